import type { GuardedChange } from '../core/guard.ts';
import type { Change, Run, RunStore } from '../db/run-store.ts';
import { createTurns } from './keyed-queue.ts';
import type { AuditChannel } from './notices.ts';
import { changeKey, type Intended } from './open-run.ts';
import type { Cause } from './results.ts';

/** How long a held run waits for a word, and how long a discarded one is not asked about again. */
const WAITS_MS = 24 * 60 * 60_000;

/** Removals that wait for an admin's word: at most one run a guild. */
export interface Holds {
  /** Tells of each change whether it is held, or decided about: discarded within a day, or approved and on its way. */
  onHold(guildId: string): Promise<(change: GuardedChange) => boolean>;
  /** Adds to what is held, and tells the admins. */
  hold(guildId: string, changes: readonly Intended[], cause: Cause): Promise<void>;
  /** After a look at everybody: takes out what is not wanted any more, unless nobody can say. */
  refresh(guildId: string, wanted: readonly Intended[], isUndecided: (change: GuardedChange) => boolean): Promise<void>;
  /** Ends the held runs that nobody decided about in time. */
  expire(): Promise<void>;
}

export function createHolds({
  runs,
  audit,
  now,
  newId,
}: {
  runs: RunStore;
  audit: AuditChannel;
  now: () => Date;
  newId: () => string;
}): Holds {
  const turns = createTurns();
  const aDayAgo = () => new Date(now().getTime() - WAITS_MS);

  /** What the guild's held run holds now; null where there is none. */
  async function open(guildId: string): Promise<{ run: Run; held: Change[] } | null> {
    const held = await runs.heldOf(guildId);
    return held && { run: held.run, held: held.changes.filter(isHeld) };
  }

  /** Decided already: discarded within a day, or approved and on its way. */
  async function decided(guildId: string): Promise<Change[]> {
    const isApproved = (run: Run) => run.guildId === guildId && run.decidedBy !== null;
    const approved = (await runs.unfinished()).filter(isApproved);
    const onTheWay = await Promise.all(approved.map(({ id }) => runs.allOf(id)));
    return [...(await runs.discardedSince(guildId, aDayAgo())), ...onTheWay.flat().filter(isHeld)];
  }

  const asHeld = (guildId: string, { discordId, roleId, action, reason, mappingIds }: Intended) => ({
    guildId,
    discordId,
    roleId,
    action,
    outcome: 'held' as const,
    reason,
    mappingIds,
    changedBy: null,
    at: now(),
  });

  const start = (id: string, guildId: string, { trigger, actor }: Cause) =>
    runs.start({
      id,
      type: 'guild',
      guildId,
      targetId: guildId,
      trigger,
      initiatedBy: actor,
      isBounded: true,
      undoOf: null,
      status: 'held',
      startedAt: now(),
    });

  return {
    async onHold(guildId) {
      const held = (await open(guildId))?.held ?? [];
      const keys = new Set([...held, ...(await decided(guildId))].map(changeKey));
      return (change) => keys.has(changeKey(change));
    },

    hold: (guildId, changes, cause) =>
      turns.alone(guildId, async () => {
        const present = await open(guildId);
        const before = present?.held ?? [];
        const known = new Set([...before, ...(await decided(guildId))].map(changeKey));
        const added = changes.filter((change) => !known.has(changeKey(change)));
        if (added.length === 0) return;
        const id = present?.run.id ?? newId();
        if (!present) await start(id, guildId, cause);
        await runs.record(
          id,
          added.map((change) => asHeld(guildId, change)),
        );
        await audit.tell(guildId, { kind: 'held', runId: id, changes: [...before, ...added] });
      }),

    refresh: (guildId, wanted, isUndecided) =>
      turns.alone(guildId, async () => {
        const present = await open(guildId);
        if (!present) return;
        const { run, held } = present;
        const keys = new Set(wanted.map(changeKey));
        const over = held.filter((change) => !keys.has(changeKey(change)) && !isUndecided(change));
        await runs.setOutcome(
          over.map(({ id }) => id),
          'cancelled',
        );
        if (over.length < held.length || held.length === 0) return;
        await runs.update(run.id, { status: 'cancelled', completedAt: now(), errors: [NOT_WANTED] }, 'held');
      }),

    async expire() {
      for (const { id } of await runs.heldBefore(aDayAgo())) {
        // Unless somebody decides about it in this very moment.
        const ended = await runs.update(id, { status: 'cancelled', completedAt: now(), errors: [EXPIRED] }, 'held');
        if (ended) await runs.settleOpen(id, 'held', 'cancelled', now());
      }
    },
  };
}

function isHeld({ outcome }: Change): boolean {
  return outcome === 'held';
}

const NOT_WANTED = 'The groups changed meanwhile: none of these removals is wanted any more.';
const EXPIRED = 'Nobody decided within a day, so nothing was removed. The next sync asks again if it is still wanted.';

import type { GuardedChange } from '../core/guard.ts';
import type { Change, RunStore } from '../db/run-store.ts';
import { createTurns } from './keyed-queue.ts';
import type { AuditChannel } from './notices.ts';
import { changeKey, type Intended } from './open-run.ts';
import type { Cause } from './results.ts';

/** How long a held run waits for a word, and how long a discarded one is not asked about again. */
const WAITS_MS = 24 * 60 * 60_000;

/** Removals that wait for an admin's word: at most one run a guild. */
export interface Holds {
  /** Tells of each change whether it is held, or was discarded within a day. */
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

  async function discarded(guildId: string): Promise<readonly Change[]> {
    return (await runs.lastDiscarded(guildId, aDayAgo()))?.changes ?? [];
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
      const held = (await runs.heldOf(guildId))?.changes.filter(({ outcome }) => outcome === 'held') ?? [];
      const keys = new Set([...held, ...(await discarded(guildId))].map(changeKey));
      return (change) => keys.has(changeKey(change));
    },

    hold: (guildId, changes, cause) =>
      turns.alone(guildId, async () => {
        const open = await runs.heldOf(guildId);
        const known = new Set([...(open?.changes ?? []), ...(await discarded(guildId))].map(changeKey));
        const added = changes.filter((change) => !known.has(changeKey(change)));
        if (added.length === 0) return;
        const rows = added.map((change) => asHeld(guildId, change));
        const id = open?.run.id ?? newId();
        if (!open) await start(id, guildId, cause);
        await runs.record(id, rows);
        const before = open?.changes.filter(({ outcome }) => outcome === 'held') ?? [];
        await audit.tell(guildId, { kind: 'held', runId: id, changes: [...before, ...added] });
      }),

    refresh: (guildId, wanted, isUndecided) =>
      turns.alone(guildId, async () => {
        const open = await runs.heldOf(guildId);
        if (!open) return;
        const keys = new Set(wanted.map(changeKey));
        const held = open.changes.filter(({ outcome }) => outcome === 'held');
        const over = held.filter((change) => !keys.has(changeKey(change)) && !isUndecided(change));
        await runs.setOutcome(
          over.map(({ id }) => id),
          'cancelled',
        );
        if (over.length < held.length || held.length === 0) return;
        await runs.update(open.run.id, { status: 'cancelled', completedAt: now(), errors: [NOT_WANTED] });
      }),

    async expire() {
      for (const run of await runs.heldBefore(aDayAgo())) {
        await runs.settleOpen(run.id, 'held', 'cancelled', now());
        await runs.update(run.id, { status: 'cancelled', completedAt: now(), errors: [EXPIRED] });
      }
    },
  };
}

const NOT_WANTED = 'The groups changed meanwhile: none of these removals is wanted any more.';
const EXPIRED = 'Nobody decided within a day, so nothing was removed. The next sync asks again if it is still wanted.';

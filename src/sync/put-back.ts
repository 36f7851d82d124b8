import { pauseBefore } from '../core/backoff.ts';
import { roleBlock } from '../core/doctor.ts';
import type { Guild, Member } from '../core/guild.ts';
import { editsLost } from '../core/put-back.ts';
import type { PlannedChange } from '../core/plan.ts';
import type { Attributions } from './attributions.ts';
import type { Retry } from './converge.ts';
import type { OpenRun } from './open-run.ts';
import type { GuildReader, RoleWriter, Sleep } from './ports.ts';
import type { ChangeResult } from './results.ts';
import type { TakeSlot } from './take-slot.ts';
import { createUrgency } from './urgency.ts';
import type { Witness } from './witness.ts';

/** A list of roles that a PATCH sent, and the roles that it was built from. */
export interface SentList {
  guildId: string;
  discordId: string;
  base: ReadonlySet<string>;
  /** When `base` was read. */
  readAt: Date;
  written: ReadonlySet<string>;
  guild: Guild;
}

/** Makes good what a PATCH overwrote: roles that somebody gave or took after we had read the member. */
export interface PutBack {
  /** What the events that came so far show of such edits, put right. The caller holds the member's turn. */
  now(sent: SentList, seen: readonly Member[], run: OpenRun, signal: AbortSignal): Promise<ChangeResult[]>;
  /** The same for events that come late; `seen` came in time. */
  late(sent: SentList, seen: readonly Member[]): (seen: readonly Member[]) => void;
  /** Goes on with what a crash cut short. */
  goOn(
    member: Pick<SentList, 'guildId' | 'discordId'>,
    changes: readonly PlannedChange[],
    run: OpenRun,
    signal: AbortSignal,
  ): Promise<ChangeResult[]>;
}

export interface PutBackParts {
  guilds: Pick<GuildReader, 'fetchMember'>;
  attributions: Pick<Attributions, 'last'>;
  writer: RoleWriter;
  witness: Witness;
  takeSlot: TakeSlot;
  now: () => Date;
  sleep: Sleep;
  random: () => number;
  retry: Retry;
  seenWithinMs: number;
  signal: AbortSignal;
  /** Starts a task in the background, with nobody else writing that member meanwhile, in a run of its own. */
  later(guildId: string, discordId: string, task: (run: OpenRun) => Promise<ChangeResult[]>): void;
}

export function createPutBack(parts: PutBackParts): PutBack {
  /**
   * What to put right. An event that is older than `base` and comes late looks like an edit too: what the audit log
   * says otherwise is left, and a role is taken again only if the audit log says that somebody took it.
   */
  function editsOf(
    { guildId, discordId, base, readAt, written, guild }: SentList,
    seen: readonly Member[],
  ): PlannedChange[] {
    const states = seen.map(({ roleIds }) => roleIds);
    const blocked = new Set(
      [...states.flatMap((roleIds) => [...roleIds]), ...base].filter((id) => roleBlock(guild, id)),
    );
    const { restore, retake } = editsLost(base, written, states, blocked);
    const last = (roleId: string) => parts.attributions.last(guildId, discordId, roleId);
    const wasTaken = (roleId: string) => {
      const edit = last(roleId);
      return edit?.did === 'removed' && edit.at >= readAt;
    };
    return [
      ...restore.filter((roleId) => last(roleId)?.did !== 'removed').map((roleId) => putting('add', roleId)),
      ...retake.filter(wasTaken).map((roleId) => putting('remove', roleId)),
    ];
  }

  /** Gives or takes one role, until it is seen so. */
  async function ensure(
    { guildId, discordId }: Pick<SentList, 'guildId' | 'discordId'>,
    { action, roleId }: PlannedChange,
    run: OpenRun,
    signal: AbortSignal,
  ): Promise<ChangeResult['outcome']> {
    const reason = `Rolewright run ${run.id}: put back`;
    const isDone = ({ roleIds }: Member) => roleIds.has(roleId) === (action === 'add');
    let outcome: ChangeResult['outcome'] = 'already';
    for (let attempt = 1; ; attempt += 1) {
      const member = await parts.guilds.fetchMember(guildId, discordId);
      if (!member) return 'member_left';
      if (isDone(member)) return outcome === 'already' ? 'already' : 'applied';
      if (attempt > parts.retry.retries + 1) return outcome;
      if (attempt > 1)
        await parts.sleep(pauseBefore(attempt - 1, { baseMs: parts.retry.baseMs, random: parts.random }), signal);
      const slot = await parts.takeSlot({ guildId, urgency: createUrgency('event'), signal }, ['role']);
      const watch = parts.witness.watch(guildId, discordId);
      try {
        const write = action === 'add' ? parts.writer.addRole : parts.writer.removeRole;
        const answer = await write(guildId, discordId, roleId, reason).finally(() => slot.end(true));
        if (answer.outcome === 'applied') {
          if (await watch.sees(isDone, { from: 0, withinMs: parts.seenWithinMs, signal })) return 'applied';
          outcome = 'lost';
        } else {
          outcome = answer.outcome === 'unauthorized' ? 'failed' : answer.outcome;
          if (answer.outcome !== 'failed' || !answer.isPassing) return outcome;
        }
      } finally {
        watch.end();
      }
    }
  }

  async function make(
    sent: Pick<SentList, 'guildId' | 'discordId'>,
    changes: readonly PlannedChange[],
    run: OpenRun,
    signal: AbortSignal,
  ): Promise<ChangeResult[]> {
    if (changes.length === 0) return [];
    await run.intend(changes.map((change) => ({ ...change, discordId: sent.discordId })));
    const results: ChangeResult[] = [];
    for (const change of changes) results.push({ ...change, outcome: await ensure(sent, change, run, signal) });
    return results;
  }

  return {
    goOn: make,

    now: (sent, seen, run, signal) => make(sent, editsOf(sent, seen), run, signal),

    late(sent, inTime) {
      const handled = new Set(editsOf(sent, inTime).map(keyOf));
      return (seen) => {
        const added = editsOf(sent, seen).filter((change) => !handled.has(keyOf(change)));
        for (const change of added) handled.add(keyOf(change));
        if (added.length === 0) return;
        parts.later(sent.guildId, sent.discordId, (run) => make(sent, added, run, parts.signal));
      };
    },
  };
}

function putting(action: 'add' | 'remove', roleId: string): PlannedChange {
  return { action, roleId, reason: 'put_back', mappingIds: [] };
}

function keyOf({ action, roleId }: PlannedChange): string {
  return `${action}:${roleId}`;
}

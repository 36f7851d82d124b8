import type { Logger } from 'pino';
import { pauseBefore } from '../core/backoff.ts';
import { roleBlock } from '../core/doctor.ts';
import type { Guild, Member } from '../core/guild.ts';
import { editsLost } from '../core/put-back.ts';
import type { PlannedChange } from '../core/plan.ts';
import { outcomeOf } from './answers.ts';
import type { Attributions } from './attributions.ts';
import type { Retry } from './converge.ts';
import type { OpenRun } from './open-run.ts';
import type { GuildReader, Outcome, RoleWriter, Sleep } from './ports.ts';
import type { ChangeResult } from './results.ts';
import type { TakeSlot } from './take-slot.ts';
import { createUrgency } from './urgency.ts';
import type { Witness } from './witness.ts';

/** A list of roles that a PATCH sent, and the roles that it was built from. */
interface SentList {
  guildId: string;
  discordId: string;
  base: ReadonlySet<string>;
  /** When `base` was read. */
  readAt: Date;
  written: ReadonlySet<string>;
  guild: Guild;
}

type Sent = Pick<SentList, 'guildId' | 'discordId'>;

/** Makes good what a PATCH overwrote: roles that somebody gave or took after we had read the member. */
export interface PutBack {
  /** What the events that came so far show of such edits, put right. The caller holds the member's turn. */
  now(sent: SentList, seen: readonly Member[], run: OpenRun): Promise<ChangeResult[]>;
  /** The same for events that come late; `seen` came in time. */
  late(sent: SentList, seen: readonly Member[]): (seen: readonly Member[]) => void;
  /** Goes on with what a crash cut short. */
  goOn(member: Sent, changes: readonly PlannedChange[], run: OpenRun): Promise<ChangeResult[]>;
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
  log: Pick<Logger, 'warn'>;
  /** Aborts when Rolewright stops. Who calls the run off does not end this: what a write of ours broke is ours to mend. */
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

  /** One try to give or take one role, and whether another one is of no use. */
  async function tryOnce(
    { guildId, discordId }: Sent,
    { action, roleId }: PlannedChange,
    run: OpenRun,
  ): Promise<{ outcome: Outcome; isOver: boolean }> {
    const { signal } = parts;
    const isDone = ({ roleIds }: Member) => roleIds.has(roleId) === (action === 'add');
    const slot = await parts.takeSlot({ guildId, urgency: createUrgency('event'), signal }, ['role']);
    const watch = parts.witness.watch(guildId, discordId);
    try {
      const write = action === 'add' ? parts.writer.addRole : parts.writer.removeRole;
      const reason = `Rolewright run ${run.id}: put back`;
      const answer = await write(guildId, discordId, roleId, reason).finally(() => slot.end(true));
      const isSeen =
        answer.outcome === 'applied' && (await watch.sees(isDone, { withinMs: parts.seenWithinMs, signal }));
      const mayPass = answer.outcome === 'applied' || (answer.outcome === 'failed' && answer.isPassing);
      return { outcome: outcomeOf(answer, isSeen), isOver: isSeen || !mayPass };
    } finally {
      watch.end();
    }
  }

  /** How it is; a read that finds it done is asked again, for it may be an old one. What cannot be read is not known. */
  async function look({ guildId, discordId }: Sent, { action, roleId }: PlannedChange): Promise<Found> {
    for (let reads = 1; reads <= 2; reads += 1) {
      const member = await parts.guilds.fetchMember(guildId, discordId).catch((err: unknown) => {
        parts.log.warn({ err, guildId, discordId, roleId }, 'a role to be put back could not be looked at');
      });
      if (!member) return member === null ? 'member_left' : 'unknown';
      if (member.roleIds.has(roleId) !== (action === 'add')) return 'open';
    }
    return 'done';
  }

  /** Somebody has decided otherwise since: he gave it again, or took it. */
  function isOverruled({ guildId, discordId }: Sent, { action, roleId }: PlannedChange): boolean {
    return parts.attributions.last(guildId, discordId, roleId)?.did === (action === 'add' ? 'removed' : 'added');
  }

  /** Gives or takes one role, until it is seen so. What Discord does not answer is told, not thrown. */
  async function ensure(sent: Sent, change: PlannedChange, run: OpenRun): Promise<Outcome> {
    let outcome: Outcome | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const found = await look(sent, change);
      if (found === 'member_left') return 'member_left';
      if (found === 'done') return outcome === null ? 'already' : 'applied';
      if (isOverruled(sent, change)) return 'cancelled';
      if (attempt > parts.retry.retries + 1) return outcome ?? 'failed';
      if (attempt > 1)
        await parts.sleep(pauseBefore(attempt - 1, { baseMs: parts.retry.baseMs, random: parts.random }), parts.signal);
      if (found === 'unknown') continue;
      const tried = await tryOnce(sent, change, run);
      if (tried.isOver) return tried.outcome;
      outcome = tried.outcome;
    }
  }

  async function make(sent: Sent, changes: readonly PlannedChange[], run: OpenRun): Promise<ChangeResult[]> {
    if (changes.length === 0) return [];
    await run.attempt(changes.map((change) => ({ ...change, discordId: sent.discordId })));
    const results: ChangeResult[] = [];
    for (const change of changes) results.push({ ...change, outcome: await ensure(sent, change, run) });
    return results;
  }

  return {
    goOn: make,

    now: (sent, seen, run) => make(sent, editsOf(sent, seen), run),

    late(sent, inTime) {
      const handled = new Set(editsOf(sent, inTime).map(keyOf));
      return (seen) => {
        const added = editsOf(sent, seen).filter((change) => !handled.has(keyOf(change)));
        for (const change of added) handled.add(keyOf(change));
        if (added.length === 0) return;
        parts.later(sent.guildId, sent.discordId, (run) => make(sent, added, run));
      };
    },
  };
}

type Found = 'done' | 'open' | 'member_left' | 'unknown';

function putting(action: 'add' | 'remove', roleId: string): PlannedChange {
  return { action, roleId, reason: 'put_back', mappingIds: [] };
}

function keyOf({ action, roleId }: PlannedChange): string {
  return `${action}:${roleId}`;
}

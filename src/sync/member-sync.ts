import { laneOf, maySync, outweighs } from '../core/occasion.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { RunStore } from '../db/run-store.ts';
import type { AutoJoin } from './auto-join.ts';
import { nothingTo, type Converged, type Job } from './attempt.ts';
import type { Converge } from './converge.ts';
import { askedByBoth, type Target } from './decide.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { createLastWrites } from './last-writes.ts';
import { openRun, type OpenRun, type RunSums } from './open-run.ts';
import { resultOf } from './permit.ts';
import type { GuildReader } from './ports.ts';
import {
  countApplied,
  notSynced,
  SWITCHED_OFF,
  UNREACHABLE,
  type Cause,
  type ChangeResult,
  type MemberResult,
} from './results.ts';
import type { LoadRules } from './rules.ts';
import { createUrgency, type Urgency } from './urgency.ts';

export interface MemberSyncParts {
  guilds: Pick<GuildReader, 'fetchMember'>;
  settings: Pick<GuildStore, 'find'>;
  grants: Pick<GrantStore, 'ofMember' | 'forgetMember'>;
  runs: RunStore;
  loadRules: LoadRules;
  converge: Converge;
  autoJoin: AutoJoin;
  now: () => Date;
  newId: () => string;
  signal: AbortSignal;
}

/**
 * Where nothing says that the facts changed since they were asked for: a run over a guild asked for everybody's at once,
 * a drift is Discord's, and what a source pushed is what it says.
 */
export const SETTLED_FACTS_MS = 60_000;
/** Somebody of whom nothing is known but that he is to be looked at. */
export const TARGET = { sighting: null, isRejoin: false, isAsked: false } as const;

/** What became of a request: the run that recorded it may be that of another request, which it was merged with. */
export type Asked = Converged & { madeBy: string };

/** The syncs of single members: one writer per member; repeats coalesce to the latest desired state. */
export function createMemberSync(parts: MemberSyncParts) {
  const { signal, loadRules } = parts;
  /** Who is being written now, and how urgent that is. */
  const underWay = new Map<string, Urgency>();
  const lastWrites = createLastWrites(parts);

  /** With what our last write tells: a page from before it is believed no more than a late event. */
  function withLastWrite(key: string, job: Job): Job {
    const { sighting } = job.target;
    const writtenAt = lastWrites.writtenAt(key);
    const isOld = sighting !== null && writtenAt !== null && sighting.at < writtenAt;
    const believed = isOld ? { ...sighting, seenIn: 'event' as const } : sighting;
    return { ...job, target: { ...job.target, sighting: believed, shown: lastWrites.shown(key) } };
  }

  async function run(key: string, job: Job): Promise<Asked> {
    const { guildId, target, cause } = job;
    const loaded = await loadRules(guildId);
    const isIdle = loaded?.rules.mappings.length === 0 && loaded.rules.nicknameTemplate === '';
    const isNews = target.instead !== undefined || job.run.open(target.discordId).length > 0;
    if (isIdle && !isNews && (await parts.grants.ofMember(guildId, target.discordId)).size === 0)
      return { ...nothingTo('synced', null), madeBy: job.run.id };
    underWay.set(key, job.urgency);
    // A guild that was switched off meanwhile counts as out of reach.
    const load = async () => {
      const latest = await loadRules(guildId);
      return latest && maySync(latest.settings, cause.trigger) ? latest : null;
    };
    try {
      const converged = await parts.converge(withLastWrite(key, job), load);
      if (converged.writtenAt) lastWrites.note(key, converged.writtenAt, converged.changes);
      return { ...converged, madeBy: job.run.id };
    } catch (error) {
      lastWrites.note(key, parts.now(), []);
      throw error;
    } finally {
      underWay.delete(key);
    }
  }

  /** Who joins a request that waits makes it look afresh: neither state need be the latest. */
  function merge(waiting: Job, added: Job): Job {
    const chosen = stronger(waiting, added);
    waiting.urgency.raise(added.urgency.lane);
    return {
      ...waiting,
      run: chosen.run,
      cause: chosen.cause,
      isAdmitted: chosen.isAdmitted,
      target: {
        ...TARGET,
        discordId: waiting.target.discordId,
        isRejoin: waiting.target.isRejoin || added.target.isRejoin,
        ...askedByBoth(waiting.target, added.target),
      },
      factsMaxAgeMs: Math.min(waiting.factsMaxAgeMs, added.factsMaxAgeMs),
      // What somebody else asked for too does not end with the run that asked first.
      signal,
    };
  }

  const members = createKeyedQueue<Job, Asked>({ run, merge });

  /** Whoever is in a greater hurry takes along what is under way for the same member. */
  function ask(job: Job): Promise<Asked> {
    const key = keyOf(job.guildId, job.target.discordId);
    underWay.get(key)?.raise(job.urgency.lane);
    // A plan of its own stands for no other request.
    return job.target.instead ? members.alone(key, () => run(key, job)) : members.ask(key, job);
  }

  async function memberIn(
    opened: OpenRun,
    guildId: string,
    target: Target,
    cause: Cause,
    isAdmitted: Job['isAdmitted'] = null,
  ): Promise<MemberResult> {
    const { discordId } = target;
    const loaded = await loadRules(guildId);
    if (!loaded) return notSynced(guildId, discordId, 'guild_unavailable');
    const guildName = loaded.rules.guild.name;
    if (!maySync(loaded.settings, cause.trigger)) return notSynced(guildId, discordId, 'disabled', guildName);
    const urgency = createUrgency(laneOf(cause.trigger));
    const isSettled = cause.trigger === 'drift' || cause.trigger === 'push';
    const factsMaxAgeMs = isSettled ? SETTLED_FACTS_MS : 0;
    const { exceptRoleIds: beyondAsker = [] } = cause.agreement ?? {};
    const job: Job = {
      guildId,
      target: { ...target, beyondAsker },
      run: opened,
      cause,
      urgency,
      factsMaxAgeMs,
      isAdmitted,
      signal,
    };
    const converged = await ask(job).catch(async (error: unknown) => {
      if (!signal.aborted) await close(opened, discordId, { changes: [], error: UNREAD });
      throw error;
    });
    // What was made in the run of somebody who joined it stands there.
    await close(opened, discordId, converged.madeBy === opened.id ? converged : { ...converged, changes: [] });
    return { guildId, guildName, discordId, runId: opened.isBegun ? opened.id : null, ...converged };
  }

  /** A part of a greater run, whose turn has come. Called off meanwhile, it does nothing. */
  async function part(opened: OpenRun, guildId: string, discordId: string, cause: Cause): Promise<void> {
    if (!(await opened.begin(cause))) return;
    const target = { ...TARGET, discordId, isAsked: true };
    const { state } = await memberIn(opened, guildId, target, cause);
    const why = state === 'disabled' ? SWITCHED_OFF : state === 'guild_unavailable' ? UNREACHABLE : null;
    if (why !== null) await opened.end('failed', sumsOf({ changes: [], error: why }));
  }

  const newRun = (guildId: string, discordId: string, cause: Cause): OpenRun =>
    openRun(parts, { type: 'user', guildId, targetId: discordId }, cause);

  async function member(
    guildId: string,
    discordId: string,
    cause: Cause,
    seen: Pick<Target, 'sighting' | 'isRejoin'> & { isAsked?: boolean } = TARGET,
  ): Promise<MemberResult> {
    const isAsked = seen.isAsked === true || (cause.trigger === 'manual' && cause.isConfirmed === true);
    return memberIn(newRun(guildId, discordId, cause), guildId, { ...seen, discordId, isAsked }, cause);
  }

  return {
    ask,
    memberIn,

    part,

    member,

    /** A task about one member with nobody else writing him meanwhile, in a run of its own. */
    async apart(guildId: string, discordId: string, cause: Cause, task: (run: OpenRun) => Promise<ChangeResult[]>) {
      await members.alone(keyOf(guildId, discordId), async () => {
        const opened = newRun(guildId, discordId, cause);
        const changes = await task(opened);
        await opened.record(discordId, changes);
        await opened.end('completed', sumsOf({ changes, error: null }));
      });
    },

    /** Brings somebody in who is not there; null where he is not to be brought. */
    async bringIn(guildId: string, discordId: string, cause: Cause): Promise<MemberResult | null> {
      const loaded = await loadRules(guildId);
      if (!loaded || !maySync(loaded.settings, cause.trigger)) return null;
      const opened = newRun(guildId, discordId, cause);
      const joined = await members.alone(keyOf(guildId, discordId), async () => {
        const isThere = await parts.guilds.fetchMember(guildId, discordId);
        return isThere ? 'is_there' : parts.autoJoin(loaded, discordId, opened);
      });
      if (joined === 'is_there') return member(guildId, discordId, cause);
      if (!joined) return null;
      await opened.record(discordId, joined.changes);
      await opened.end(joined.error === null ? 'completed' : 'failed', sumsOf(joined));
      return { guildId, guildName: loaded.rules.guild.name, discordId, runId: opened.id, state: 'synced', ...joined };
    },

    async left(guildId: string, discordId: string): Promise<void> {
      await members.alone(keyOf(guildId, discordId), async () => {
        const settings = await parts.settings.find(guildId);
        const grants = await parts.grants.ofMember(guildId, discordId);
        if (!settings?.removeRolesOnLeave || grants.size === 0) return;
        const present = await parts.guilds.fetchMember(guildId, discordId);
        if (present) return;
        await parts.grants.forgetMember(guildId, discordId);
      });
    },

    stop: members.stop,
  };
}

export type MemberSync = ReturnType<typeof createMemberSync>;

function keyOf(guildId: string, discordId: string): string {
  return `${guildId}:${discordId}`;
}

/** Ends a run of one member; of what it has not told the end of nobody knows more. */
async function close(
  opened: OpenRun,
  discordId: string,
  { changes, error }: Pick<Converged, 'changes' | 'error'>,
): Promise<void> {
  const untold = opened.open(discordId).map((change) => resultOf(change, 'failed'));
  await opened.record(discordId, untold);
  await opened.end(error === null ? 'completed' : 'failed', sumsOf({ changes, error }));
}

const UNREAD = 'Discord or the database could not be read.';

/** Of two requests the one that a person saw before, or with a person behind it; else the one that waits already. */
export function stronger<R extends { cause: Cause }>(waiting: R, added: R): R {
  return outweighs(added.cause, waiting.cause) ? added : waiting;
}

function sumsOf({ changes, error }: Pick<Converged, 'changes' | 'error'>): RunSums {
  const { rolesAdded, rolesRemoved } = countApplied(changes);
  return {
    usersProcessed: 1,
    usersSynced: rolesAdded + rolesRemoved > 0 ? 1 : 0,
    usersFailed: error === null ? 0 : 1,
    rolesAdded,
    rolesRemoved,
    errors: error === null ? [] : [error],
  };
}

import type { Logger } from 'pino';
import { isAttended, laneOf, maySync } from '../core/occasion.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import type { SuppressionStore } from '../db/suppression-store.ts';
import type { Attributions } from './attributions.ts';
import { createAutoJoin, type Joiner } from './auto-join.ts';
import { createConverge, nothingTo, type Converged, type Job, type Retry } from './converge.ts';
import { createDecide, type DecideParts, type Sighting, type Target } from './decide.ts';
import { createGate } from './gate.ts';
import { createGuard } from './guard.ts';
import { createGuildRun, keyOf as changeKey } from './guild-run.ts';
import { createHealth } from './health.ts';
import { createHolds } from './holds.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { createLanes } from './lanes.ts';
import type { AuditChannel } from './notices.ts';
import { openRun, reopenRun, type OpenRun, type RunSums } from './open-run.ts';
import { createPermit } from './permit.ts';
import type { PlanGuildParts } from './plan-guild.ts';
import type { Buckets, GuildReader, Lane, RoleWriter, Sleep } from './ports.ts';
import { createPrepare } from './prepare.ts';
import { createPreviews, type Previews } from './previews.ts';
import { createPutBack } from './put-back.ts';
import {
  countApplied,
  emptyProgress,
  notSynced,
  UNREACHABLE,
  type Cause,
  type MemberResult,
  type RunProgress,
} from './results.ts';
import { createRuleLoader } from './rules.ts';
import { createRunControl } from './run-control.ts';
import { createRunning } from './running.ts';
import type { Runs } from './runs.ts';
import { createTakeSlot } from './take-slot.ts';
import { createUrgency, type Urgency } from './urgency.ts';
import type { Witness } from './witness.ts';

/** Makes Discord agree with the decision. One writer per member; repeats coalesce to the latest desired state. */
export interface Sync extends Previews {
  /** Looks at one member now and makes him agree. Throws when Discord or the database could not be read. */
  member(guildId: string, discordId: string, cause: Cause, seen?: Seen): Promise<MemberResult>;
  /** The Discord user in every guild with mappings; tells of those where he is a member. One's failure does not stop the others. */
  everywhere(discordId: string, cause: Cause): Promise<MemberResult[]>;
  /** Somebody is said to have left: ends his grants if he really has, where the guild wants that. */
  left(guildId: string, discordId: string): Promise<void>;
  /** All members of the guild; joins the run that waits, if one does. */
  guild(guildId: string, cause: Cause, onProgress?: (progress: RunProgress) => void): Promise<RunProgress>;
  /** Goes on with what a crash or a stop cut short in this guild; whether that was a sync of all its members. */
  resume(guildId: string): Promise<boolean>;
  /** The run over the guild's members in progress, or null. */
  progress(guildId: string): RunProgress | null;
  /** Something changed that may have mended what Discord refused. */
  mended(guildId: string): void;
  /** Ends the held runs that nobody decided about in time. */
  expireHolds(): Promise<void>;
  /** How many writes wait in each lane. */
  waiting(): Record<Lane, number>;
  runs: Runs;
  /** Waits for the writes in flight, starts no more. */
  stop(): Promise<void>;
}

/** What somebody has just seen of a member. */
export interface Seen {
  sighting: Sighting | null;
  isRejoin: boolean;
}

/** The collaborators of a sync. */
export interface SyncParts extends DecideParts, PlanGuildParts {
  guilds: GuildReader;
  writer: RoleWriter;
  buckets: Buckets;
  links: DecideParts['links'] & PlanGuildParts['links'];
  grants: GrantStore;
  mappings: MappingStore;
  settings: GuildStore;
  suppressions: SuppressionStore;
  runs: RunStore;
  joiner: Joiner;
  witness: Witness;
  attributions: Attributions;
  audit: AuditChannel;
  now: () => Date;
  sleep: Sleep;
  random: () => number;
  retry: Retry;
  /** How long to wait for the event that shows a write; then the member is read. */
  seenWithinMs: number;
  /** Over all guilds. */
  writesPerSecond?: number;
  newId: () => string;
  log: Logger;
}

/** Where nothing says that the facts changed: a run over a guild asked for everybody's at once, a drift is Discord's. */
const SETTLED_FACTS_MS = 60_000;
const UNSEEN: Seen = { sighting: null, isRejoin: false };
/** Guilds whose members are read at the same time. */
const READING_AT_ONCE = 4;

interface GuildRequest {
  cause: Cause;
  run: OpenRun | null;
  listeners: ((progress: RunProgress) => void)[];
}

export function createSync(parts: SyncParts): Sync {
  const stopping = new AbortController();
  const { signal } = stopping;
  const inBackground = (work: Promise<unknown>): void => {
    work.catch((err: unknown) => {
      if (!signal.aborted) parts.log.error({ err }, 'background work failed');
    });
  };
  const loadRules = createRuleLoader(parts);
  const decide = createDecide(parts);
  const { writesPerSecond, buckets, now, sleep } = parts;
  const lanes = createLanes({ buckets, now, sleep, ...(writesPerSecond !== undefined && { writesPerSecond }) });
  const takeSlot = createTakeSlot(lanes);
  const guard = createGuard(parts);
  const holds = createHolds(parts);
  const health = createHealth({ ...parts, inBackground });
  const running = createRunning(signal);
  /** Who is being written now, and how urgent that is. */
  const underWay = new Map<string, Urgency>();

  const putBack = createPutBack({
    ...parts,
    takeSlot,
    signal,
    later: (guildId, discordId, task) =>
      inBackground(
        members.alone(keyOf(guildId, discordId), async () => {
          const run = openRun(parts, { type: 'user', guildId, targetId: discordId }, { trigger: 'drift', actor: null });
          const changes = await task(run);
          await run.record(discordId, changes);
          await run.end('completed', sumsOf({ ...nothingTo('synced', null), changes }));
        }),
      ),
  });
  const converge = createConverge({
    ...parts,
    prepare: createPrepare({ decide, takeSlot, now }),
    permit: createPermit({ guard, holds }),
    guard,
    health,
    putBack,
  });

  /** One writer per member. Who joins a request that waits makes it look afresh: neither state need be the latest. */
  const members = createKeyedQueue<Job, Converged>({
    async run(key, job) {
      const { guildId, target, cause } = job;
      const loaded = await loadRules(guildId);
      const isIdle = loaded?.rules.mappings.length === 0 && loaded.rules.nicknameTemplate === '' && !target.instead;
      if (isIdle && (await parts.grants.ofMember(guildId, target.discordId)).size === 0)
        return nothingTo('synced', null);
      underWay.set(key, job.urgency);
      // A guild that was switched off meanwhile counts as out of reach.
      const load = async () => {
        const latest = await loadRules(guildId);
        return latest && maySync(latest.settings, cause.trigger) ? latest : null;
      };
      return converge(job, load).finally(() => underWay.delete(key));
    },
    merge(waiting, added) {
      const { run, cause } = stronger(waiting, added);
      waiting.urgency.raise(added.urgency.lane);
      const isRejoin = waiting.target.isRejoin || added.target.isRejoin;
      const isAsked = waiting.target.isAsked || added.target.isAsked;
      const target = { ...waiting.target, ...added.target, sighting: null, isRejoin, isAsked };
      const isAdmitted = run === waiting.run ? waiting.isAdmitted : added.isAdmitted;
      // What somebody else asked for too does not end with the run that asked first.
      const factsMaxAgeMs = Math.min(waiting.factsMaxAgeMs, added.factsMaxAgeMs);
      return { ...waiting, run, cause, target, factsMaxAgeMs, isAdmitted, signal };
    },
  });

  /** Whoever is in a greater hurry takes along what is under way for the same member. */
  function askMember(job: Job): Promise<Converged> {
    const key = keyOf(job.guildId, job.target.discordId);
    underWay.get(key)?.raise(job.urgency.lane);
    return members.ask(key, job);
  }

  const autoJoin = createAutoJoin(parts);

  const runGuild = createGuildRun({
    ...parts,
    guard,
    holds,
    reading: createGate(READING_AT_ONCE),
    left,
    convergeMember: ({ discordId, sighting, ...job }) =>
      askMember({
        ...job,
        target: { ...TARGET, discordId, sighting },
        urgency: createUrgency('bulk'),
        factsMaxAgeMs: SETTLED_FACTS_MS,
      }),
  });

  const guildRuns = createKeyedQueue<GuildRequest, RunProgress>({
    async run(guildId, { cause, listeners, run: reopened }) {
      const loaded = await loadRules(guildId);
      if (!loaded) return notRun(UNREACHABLE);
      if (health.isPaused(guildId) && !isAttended(cause.trigger)) return notRun(PAUSED);
      const isIdle = loaded.rules.mappings.length === 0 && loaded.rules.nicknameTemplate === '';
      if (isIdle && !reopened && !(await parts.grants.hasAny(guildId))) {
        await parts.settings.noteFullSync(guildId, now());
        return { ...emptyProgress(), status: 'completed' };
      }
      const run = reopened ?? openRun(parts, { type: 'guild', guildId, targetId: guildId }, cause);
      return running.during(guildId, run.id, (tell, ends) => {
        const everybody = (progress: RunProgress): void => {
          tell(progress);
          for (const listener of listeners) listener(progress);
        };
        return runGuild({ loaded, run, cause, tell: everybody, signal: ends, isStopping: () => signal.aborted });
      });
    },
    merge: (waiting, added) => ({
      cause: stronger(waiting, added).cause,
      run: waiting.run ?? added.run,
      listeners: [...waiting.listeners, ...added.listeners],
    }),
  });

  async function left(guildId: string, discordId: string): Promise<void> {
    await members.alone(keyOf(guildId, discordId), async () => {
      const settings = await parts.settings.find(guildId);
      const grants = await parts.grants.ofMember(guildId, discordId);
      if (!settings?.removeRolesOnLeave || grants.size === 0) return;
      const present = await parts.guilds.fetchMember(guildId, discordId);
      if (present) return;
      await parts.grants.forgetMember(guildId, discordId);
      await parts.suppressions.clear(guildId, discordId);
    });
  }

  async function memberIn(
    run: OpenRun,
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
    const factsMaxAgeMs = cause.trigger === 'drift' ? SETTLED_FACTS_MS : 0;
    const job: Job = { guildId, target, run, cause, urgency, factsMaxAgeMs, isAdmitted, signal };
    const converged = await askMember(job).catch(async (error: unknown) => {
      if (!signal.aborted)
        await run.end('failed', sumsOf(nothingTo('synced', 'Discord or the database could not be read.')));
      throw error;
    });
    await run.end(converged.error === null ? 'completed' : 'failed', sumsOf(converged));
    return { guildId, guildName, discordId, runId: run.isBegun ? run.id : null, ...converged };
  }

  async function member(guildId: string, discordId: string, cause: Cause, seen = UNSEEN): Promise<MemberResult> {
    const run = openRun(parts, { type: 'user', guildId, targetId: discordId }, cause);
    const isAsked = cause.trigger === 'manual' && cause.isConfirmed === true;
    return memberIn(run, guildId, { discordId, ...seen, isAsked }, cause);
  }

  async function bringIn(guildId: string, discordId: string, cause: Cause): Promise<MemberResult | null> {
    const loaded = await loadRules(guildId);
    if (!loaded || !maySync(loaded.settings, cause.trigger)) return null;
    const run = openRun(parts, { type: 'user', guildId, targetId: discordId }, cause);
    const joined = await members.alone(keyOf(guildId, discordId), () => autoJoin(loaded, discordId, run));
    if (!joined) return null;
    await run.record(discordId, joined.changes);
    await run.end(joined.error === null ? 'completed' : 'failed', sumsOf(joined));
    return { guildId, guildName: loaded.rules.guild.name, discordId, runId: run.id, state: 'synced', ...joined };
  }

  const control = createRunControl({ ...parts, running, askMember, signal });

  let cutShort: Promise<Awaited<ReturnType<RunStore['unfinished']>>> | null = null;
  const resumed = new Set<string>();

  return {
    member,

    async everywhere(discordId, cause) {
      const guildIds = parts.guilds.guildIds();
      const one = async (guildId: string): Promise<MemberResult> => {
        const result = await member(guildId, discordId, cause);
        const mayJoin = result.state === 'not_in_guild' && cause.trigger === 'link';
        return mayJoin ? ((await bringIn(guildId, discordId, cause)) ?? result) : result;
      };
      const results = await Promise.allSettled(guildIds.map(one));
      return results.flatMap((result, index) => {
        if (result.status === 'fulfilled') return result.value.plan ? [result.value] : [];
        parts.log.error({ err: result.reason, guildId: guildIds[index], discordId }, 'member sync failed');
        return [];
      });
    },

    async guild(guildId, cause, onProgress) {
      const settings = await parts.settings.find(guildId);
      if (settings && !maySync(settings, cause.trigger)) return notRun(SWITCHED_OFF);
      return guildRuns.ask(guildId, { cause, run: null, listeners: onProgress ? [onProgress] : [] });
    },

    async resume(guildId) {
      cutShort ??= parts.runs.unfinished();
      if (resumed.has(guildId)) return false;
      resumed.add(guildId);
      let isWhole = false;
      for (const run of await cutShort) {
        if (run.guildId !== guildId) continue;
        const stored = { open: await parts.runs.openOf(run.id), wasCutShort: true };
        const reopened = reopenRun(parts, { ...run, guildId }, stored);
        const cause: Cause = { trigger: run.trigger, actor: run.initiatedBy, isConfirmed: !run.isBounded };
        const open = new Set(stored.open.map(changeKey));
        if (run.undoOf !== null || run.decidedBy !== null) inBackground(control.goOn({ ...run, guildId }));
        else if (run.type === 'user' && run.targetId !== null) {
          const target = { ...TARGET, discordId: run.targetId };
          inBackground(memberIn(reopened, guildId, target, cause, (change) => open.has(changeKey(change))));
        } else {
          isWhole = true;
          inBackground(guildRuns.ask(guildId, { cause, run: reopened, listeners: [] }));
        }
      }
      return isWhole;
    },

    left,

    ...createPreviews({ ...parts, loadRules, look: decide.look }),

    progress: running.progress,
    mended: health.mended,
    expireHolds: holds.expire,
    waiting: lanes.depth,
    runs: control.runs,

    async stop() {
      stopping.abort();
      await Promise.all([guildRuns.stop(), members.stop(), control.stop()]);
    },
  };
}

const TARGET = { sighting: null, isRejoin: false, isAsked: false } as const;
const SWITCHED_OFF = 'Syncing is turned off for this server.';
const PAUSED = 'Discord refuses what Rolewright writes here, so it has paused. It tries again by itself; run /doctor.';

function keyOf(guildId: string, discordId: string): string {
  return `${guildId}:${discordId}`;
}

/** Of two requests the one with a person behind it, else the one that waits already. */
function stronger<R extends { cause: Cause }>(waiting: R, added: R): R {
  return !isAttended(waiting.cause.trigger) && isAttended(added.cause.trigger) ? added : waiting;
}

export function notRun(why: string): RunProgress {
  return { ...emptyProgress(), status: 'failed', errors: [why] };
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

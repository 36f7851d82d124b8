import type { Logger } from 'pino';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { Run, RunStore } from '../db/run-store.ts';
import type { SuppressionStore } from '../db/suppression-store.ts';
import type { Attributions } from './attributions.ts';
import { createAutoJoin, type Joiner } from './auto-join.ts';
import { createConverge, type Retry } from './converge.ts';
import { createDecide, type DecideParts, type Sighting } from './decide.ts';
import { createGate } from './gate.ts';
import { createGuard } from './guard.ts';
import { createGuildRun } from './guild-run.ts';
import { createGuildSync, type BegunGuildSync, type GuildSyncOptions } from './guild-sync.ts';
import { createHealth } from './health.ts';
import { createHolds } from './holds.ts';
import { createLanes } from './lanes.ts';
import { createMappingChecks } from './mapping-checks.ts';
import { createMemberSync, SETTLED_FACTS_MS, TARGET } from './member-sync.ts';
import type { AuditChannel } from './notices.ts';
import { takeUpRun } from './open-run.ts';
import { createPermit } from './permit.ts';
import type { PlanGuildParts } from './plan-guild.ts';
import type { Buckets, GuildReader, Lane, RoleWriter, Sleep } from './ports.ts';
import { createPrepare } from './prepare.ts';
import { createPreviews, type Previews } from './previews.ts';
import { createPutBack } from './put-back.ts';
import type { Cause, MemberResult, RunProgress } from './results.ts';
import { createRefusedNicks } from './refused-nicks.ts';
import { createResume } from './resume.ts';
import { createRuleLoader } from './rules.ts';
import { createRunControl } from './run-control.ts';
import { createRunning } from './running.ts';
import type { Runs } from './runs.ts';
import { createTakeSlot } from './take-slot.ts';
import { createUrgency } from './urgency.ts';
import type { Witness } from './witness.ts';
import { createWriteMember } from './write-member.ts';

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
  /** The same, and its run is known at once: it is stored before it begins. */
  beginGuild(guildId: string, cause: Cause, options?: GuildSyncOptions): Promise<BegunGuildSync>;
  /** Does a part of a greater run that was stored as one that waits, when its turn comes. */
  memberPart(run: Run & { guildId: string }, discordId: string, cause: Cause): Promise<void>;
  /** Goes on with what a crash or a stop cut short in this guild; whether that was a sync of all its members. */
  resume(guildId: string): Promise<boolean>;
  /** The run over the guild's members in progress, or null. */
  progress(guildId: string): RunProgress | null;
  /** Hears how far that same run is, and comes, until it ends; null: there is none. */
  follow(guildId: string, onProgress: (progress: RunProgress) => void): Promise<RunProgress> | null;
  /** Something changed that may have mended what Discord refused. */
  mended(guildId: string): void;
  /** Stores how the guild is at this moment. */
  noteHealth(guildId: string): Promise<void>;
  /** Ends the held runs that nobody decided about in time. */
  expireHolds(): Promise<void>;
  /** How many writes wait in each lane. */
  waiting(): Record<Lane, number>;
  runs: Runs;
  /** Waits for the writes in flight, starts no more. */
  stop(): Promise<void>;
}

/** What somebody has just seen of a member. */
interface Seen {
  sighting: Sighting | null;
  isRejoin: boolean;
  /** An admin asks for this very member: nothing of his is left as it is any more. */
  isAsked?: boolean;
}

/** The collaborators of a sync. */
export interface SyncParts extends Omit<DecideParts, 'takeSlot' | 'refusedNicks'>, PlanGuildParts {
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
  /** A clock that nobody sets, for the buckets' times; `now` if that is one. */
  steady?: () => Date;
  sleep: Sleep;
  random: () => number;
  retry: Retry;
  /** How long to wait for the event that shows a write; then the member is read. */
  seenWithinMs: number;
  /** Over all guilds. */
  writesPerSecond?: number;
  /** Hears how long each write waited for its place, for the figures. */
  writeWaited?: (lane: Lane, ms: number) => void;
  newId: () => string;
  log: Logger;
}

/** Guilds whose members are read at the same time. */
const READING_AT_ONCE = 4;
/** Of all runs over several members. */
const PARTS_AT_ONCE = 6;

export function createSync(parts: SyncParts): Sync {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { writesPerSecond, buckets, now, steady = now, sleep } = parts;
  const inBackground = (work: Promise<unknown>): void => {
    work.catch((err: unknown) => {
      if (!signal.aborted) parts.log.error({ err }, 'background work failed');
    });
  };

  const loadRules = createRuleLoader(parts);
  const lanes = createLanes({ buckets, now: steady, sleep, ...(writesPerSecond !== undefined && { writesPerSecond }) });
  const takeSlot = createTakeSlot(lanes, { now: steady, waited: parts.writeWaited });
  const refusedNicks = createRefusedNicks(parts);
  const decide = createDecide({ ...parts, takeSlot, refusedNicks });
  const guard = createGuard(parts);
  const holds = createHolds(parts);
  const health = createHealth({ ...parts, inBackground });
  const running = createRunning(signal);
  const putBack = createPutBack({
    ...parts,
    takeSlot,
    signal,
    later: (guildId, discordId, task) =>
      inBackground(members.apart(guildId, discordId, { trigger: 'drift', actor: null }, task)),
  });
  const converge = createConverge({
    ...parts,
    write: createWriteMember({ ...parts, health, signal }),
    prepare: createPrepare({ guilds: parts.guilds, decide, takeSlot, now }),
    permit: createPermit({ guard, holds }),
    guard,
    health,
    putBack,
    signal,
    refusedNicks,
  });
  const members = createMemberSync({ ...parts, loadRules, converge, autoJoin: createAutoJoin(parts), signal });
  const { left, member } = members;
  const runGuild = createGuildRun({
    ...parts,
    guard,
    holds,
    reading: createGate(READING_AT_ONCE),
    left,
    convergeMember({ discordId, sighting, roleIds, ...job }) {
      const target = { ...TARGET, discordId, sighting, roleIds };
      return members.ask({ ...job, target, urgency: createUrgency('bulk'), factsMaxAgeMs: SETTLED_FACTS_MS });
    },
  });
  const guilds = createGuildSync({ ...parts, loadRules, health, running, runGuild, signal });
  const { authoriseEnding: authorise } = createMappingChecks(parts);
  const control = createRunControl({ ...parts, running, askMember: members.ask, authorise, signal });
  const { goOn } = control;
  const partsGate = createGate(PARTS_AT_ONCE);

  return {
    member,
    left,
    guild: (guildId, cause, onProgress) => guilds.guild(guildId, cause, { onProgress }),
    beginGuild: guilds.begin,
    memberPart: (run, discordId, cause) =>
      partsGate.through(() => members.part(takeUpRun(parts, run, cause), run.guildId, discordId, cause)),
    resume: createResume({ ...parts, ...members, partsGate, guild: guilds.guild, goOn, inBackground }),

    async everywhere(discordId, cause) {
      const guildIds = parts.guilds.guildIds();
      const one = async (guildId: string): Promise<MemberResult> => {
        const result = await member(guildId, discordId, cause);
        const mayJoin = result.state === 'not_in_guild' && cause.trigger === 'link';
        return mayJoin ? ((await members.bringIn(guildId, discordId, cause)) ?? result) : result;
      };
      const results = await Promise.allSettled(guildIds.map(one));
      return results.flatMap((result, index) => {
        if (result.status === 'fulfilled') return result.value.plan ? [result.value] : [];
        parts.log.error({ err: result.reason, guildId: guildIds[index], discordId }, 'member sync failed');
        return [];
      });
    },

    ...createPreviews({ ...parts, loadRules, look: decide.look, signal }),

    progress: running.progress,
    follow: running.follow,
    mended: health.mended,
    noteHealth: health.note,
    expireHolds: holds.expire,
    waiting: lanes.depth,
    runs: control.runs,

    async stop() {
      stopping.abort();
      await Promise.all([guilds.stop(), members.stop(), control.stop()]);
    },
  };
}

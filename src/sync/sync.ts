import type { Logger } from 'pino';
import { isAttended, maySync } from '../core/occasion.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import { createConverge, nothingTo, type Converged, type ConvergeParts, type Target } from './converge.ts';
import { createGuildRun } from './guild-run.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { openRun, type OpenRun, type RunSums } from './open-run.ts';
import type { PlanGuildParts } from './plan-guild.ts';
import { createPreviews, type Previews } from './previews.ts';
import type { GuildReader } from './ports.ts';
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

/** Makes Discord agree with the decision. One writer per member; repeats coalesce to the latest desired state. */
export interface Sync extends Previews {
  /** Looks at one member now and makes him agree. Throws when Discord or the database could not be read. */
  member(
    guildId: string,
    discordId: string,
    cause: Cause,
    seen?: Pick<Target, 'sighting' | 'isRejoin'>,
  ): Promise<MemberResult>;
  /** The Discord user in every guild with mappings; tells of those where he is a member. One's failure does not stop the others. */
  everywhere(discordId: string, cause: Cause): Promise<MemberResult[]>;
  /** Somebody is said to have left: ends his grants if he really has, where the guild wants that. */
  left(guildId: string, discordId: string): Promise<void>;
  /** All members of the guild; joins the run that waits, if one does. */
  guild(guildId: string, cause: Cause, onProgress?: (progress: RunProgress) => void): Promise<RunProgress>;
  /** The guild run in progress, or null. */
  progress(guildId: string): RunProgress | null;
  /** Waits for the writes in flight, starts no more. */
  stop(): Promise<void>;
}

/** The collaborators of a sync. */
export interface SyncParts extends Omit<ConvergeParts, 'signal'>, PlanGuildParts {
  guilds: GuildReader;
  links: ConvergeParts['links'] & PlanGuildParts['links'];
  grants: GrantStore;
  mappings: MappingStore;
  settings: GuildStore;
  runs: RunStore;
  newId: () => string;
  log: Logger;
}

type Seen = Pick<Target, 'sighting' | 'isRejoin'>;
const UNSEEN: Seen = { sighting: null, isRejoin: false };

interface MemberRequest {
  guildId: string;
  target: Target;
  run: OpenRun;
  cause: Cause;
}

interface GuildRequest {
  cause: Cause;
  listeners: ((progress: RunProgress) => void)[];
}

export function createSync(given: SyncParts): Sync {
  const stopping = new AbortController();
  const parts = { ...given, signal: stopping.signal };
  const loadRules = createRuleLoader(parts);
  const { converge, look } = createConverge(parts);
  const running = new Map<string, RunProgress>();

  /** One writer per member. Who joins a request that waits makes it look afresh: neither state need be the latest. */
  const members = createKeyedQueue<MemberRequest, Converged>({
    async run(_, { guildId, target, run, cause }) {
      const loaded = await loadRules(guildId);
      const isIdle = loaded?.rules.mappings.length === 0;
      if (isIdle && (await parts.grants.ofMember(guildId, target.discordId)).size === 0)
        return nothingTo('synced', null);
      return converge(guildId, loaderOf(guildId, cause), target, run, cause.trigger);
    },
    merge(waiting, added) {
      const { run, cause } = stronger(waiting, added);
      const isRejoin = waiting.target.isRejoin || added.target.isRejoin;
      return { ...waiting, run, cause, target: { ...waiting.target, sighting: null, isRejoin } };
    },
  });

  /** Loads the rules anew at each call. A guild that was switched off meanwhile counts as out of reach. */
  function loaderOf(guildId: string, { trigger }: Cause) {
    return async () => {
      const loaded = await loadRules(guildId);
      return loaded && maySync(loaded.settings, trigger) ? loaded.rules : null;
    };
  }

  const runGuild = createGuildRun({
    ...parts,
    left,
    convergeMember: (guildId, { member: seen }, run, cause) => {
      const target: Target = { discordId: seen.discordId, sighting: { member: seen, seenIn: 'page' }, isRejoin: false };
      return members.ask(keyOf(guildId, seen.discordId), { guildId, target, run, cause });
    },
  });

  const guildRuns = createKeyedQueue<GuildRequest, RunProgress>({
    async run(guildId, { cause, listeners }) {
      const loaded = await loadRules(guildId);
      if (!loaded) return notRun(UNREACHABLE);
      if (loaded.rules.mappings.length === 0 && !(await parts.grants.hasAny(guildId))) {
        await parts.settings.noteFullSync(guildId, parts.now());
        return { ...emptyProgress(), status: 'completed' };
      }
      return runGuild(loaded, cause, (progress) => {
        running.set(guildId, progress);
        for (const tell of listeners) tell(progress);
      }).finally(() => running.delete(guildId));
    },
    merge: (waiting, added) => ({
      cause: stronger(waiting, added).cause,
      listeners: [...waiting.listeners, ...added.listeners],
    }),
  });

  async function left(guildId: string, discordId: string): Promise<void> {
    await members.alone(keyOf(guildId, discordId), async () => {
      const settings = await parts.settings.find(guildId);
      const grants = await parts.grants.ofMember(guildId, discordId);
      if (!settings?.removeRolesOnLeave || grants.size === 0) return;
      const present = await parts.guilds.fetchMember(guildId, discordId);
      if (!present) await parts.grants.forgetMember(guildId, discordId);
    });
  }

  async function member(guildId: string, discordId: string, cause: Cause, seen = UNSEEN): Promise<MemberResult> {
    const loaded = await loadRules(guildId);
    if (!loaded) return notSynced(guildId, discordId, 'guild_unavailable');
    if (!maySync(loaded.settings, cause.trigger))
      return notSynced(guildId, discordId, 'disabled', loaded.rules.guild.name);
    const run = openRun(parts, { type: 'user', guildId, targetId: discordId }, cause);
    const request: MemberRequest = { guildId, target: { discordId, ...seen }, run, cause };
    const converged = await members.ask(keyOf(guildId, discordId), request).catch(async (error: unknown) => {
      await run.end('failed', sumsOf(nothingTo('synced', 'Discord or the database could not be read.')));
      throw error;
    });
    await run.end(converged.error === null ? 'completed' : 'failed', sumsOf(converged));
    const runId = run.isBegun ? run.id : null;
    return { guildId, guildName: loaded.rules.guild.name, discordId, runId, ...converged };
  }

  return {
    member,

    async everywhere(discordId, cause) {
      const guildIds = parts.guilds.guildIds();
      const results = await Promise.allSettled(guildIds.map((guildId) => member(guildId, discordId, cause)));
      return results.flatMap((result, index) => {
        if (result.status === 'fulfilled') return result.value.plan ? [result.value] : [];
        parts.log.error({ err: result.reason, guildId: guildIds[index], discordId }, 'member sync failed');
        return [];
      });
    },

    async guild(guildId, cause, onProgress) {
      const settings = await parts.settings.find(guildId);
      if (settings && !maySync(settings, cause.trigger)) return notRun(SWITCHED_OFF);
      return guildRuns.ask(guildId, { cause, listeners: onProgress ? [onProgress] : [] });
    },

    left,

    ...createPreviews({ ...parts, loadRules, look }),

    progress: (guildId) => running.get(guildId) ?? null,

    async stop() {
      stopping.abort();
      await Promise.all([guildRuns.stop(), members.stop()]);
    },
  };
}

const SWITCHED_OFF = 'Syncing is turned off for this server.';

function keyOf(guildId: string, discordId: string): string {
  return `${guildId}:${discordId}`;
}

/** Of two requests the one with a person behind it, else the one that waits already. */
function stronger<R extends { cause: Cause }>(waiting: R, added: R): R {
  return !isAttended(waiting.cause.trigger) && isAttended(added.cause.trigger) ? added : waiting;
}

function notRun(why: string): RunProgress {
  return { ...emptyProgress(), status: 'failed', errors: [why] };
}

function sumsOf({ changes, error }: Converged): RunSums {
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

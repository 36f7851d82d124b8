import type { Logger } from 'pino';
import { explainRole, type Explanation } from '../core/explain.ts';
import type { Mapping } from '../core/mapping.ts';
import { maySync, type Trigger } from '../core/occasion.ts';
import type { MemberPlan, PlannedChange } from '../core/plan.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import { AppError } from '../errors.ts';
import { createConverge, type Converged, type ConvergeParts, type Target } from './converge.ts';
import { createGuildRun, emptyProgress } from './guild-run.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { openRun, type OpenRun, type RunSums } from './open-run.ts';
import { planGuild, type PlanGuildParts } from './plan-guild.ts';
import type { GuildReader, Outcome } from './ports.ts';
import { createRuleLoader, type LoadedRules } from './rules.ts';

/** Why a sync runs, and who asked: a Discord id, or null for the bot's own work. */
export interface Cause {
  trigger: Trigger;
  actor: string | null;
}

/** One change that was tried, or could not be. */
export interface ChangeResult extends PlannedChange {
  outcome: Outcome;
}

export interface MemberResult {
  guildId: string;
  guildName: string;
  discordId: string;
  /** null when there was nothing to record. */
  runId: string | null;
  /** `not_in_guild`: this Discord user is no member; `disabled`: the guild's settings let no such sync run. */
  state: 'synced' | 'not_in_guild' | 'disabled' | 'guild_unavailable';
  changes: ChangeResult[];
  plan: MemberPlan | null;
  /** Discord's words when it did not take the write. */
  error: string | null;
}

/** How far a guild run has come, and its sums. */
export interface RunProgress {
  /** null: it could not run, `status` and `errors` say why. */
  runId: string | null;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  /** null while the members are still being read. */
  usersTotal: number | null;
  usersProcessed: number;
  /** Members who were changed. */
  usersSynced: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  blocked: number;
  errors: string[];
}

/** What a guild sync would do. */
export interface GuildPreview {
  usersTotal: number;
  /** Members with at least one change, blocked change or kept role. */
  members: { discordId: string; plan: MemberPlan }[];
  rolesAdded: number;
  rolesRemoved: number;
  blocked: number;
}

/** Makes Discord agree with the decision. One writer per member; repeats coalesce to the latest desired state. */
export interface Sync {
  /** Looks at one member now and makes him agree. Throws when Discord or the database could not be read. */
  member(
    guildId: string,
    discordId: string,
    cause: Cause,
    seen?: Pick<Target, 'sighting' | 'isRejoin'>,
  ): Promise<MemberResult>;
  /** The Discord user in every guild with mappings where he is a member. One guild's failure does not stop the others. */
  everywhere(discordId: string, cause: Cause): Promise<MemberResult[]>;
  /** All members of the guild; joins the run that waits, if one does. */
  guild(guildId: string, cause: Cause, onProgress?: (progress: RunProgress) => void): Promise<RunProgress>;
  previewMember(guildId: string, discordId: string): Promise<MemberResult>;
  /** @param mappings what the guild's mappings would be; without it, what they are */
  previewGuild(guildId: string, mappings?: readonly Mapping[]): Promise<GuildPreview>;
  /** Throws AppError member_not_found, bot_not_in_guild. */
  explain(guildId: string, discordId: string, roleId: string): Promise<Explanation>;
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

export function createSync(given: SyncParts): Sync {
  const stopping = new AbortController();
  const parts = { ...given, signal: stopping.signal };
  const loadRules = createRuleLoader(parts);
  const { converge, preview } = createConverge(parts);
  const members = createKeyedQueue<Converged>();
  const guildRuns = createKeyedQueue<RunProgress>();
  const running = new Map<string, RunProgress>();

  /** Nobody else writes this member meanwhile; the rules are those of the moment when his turn comes. */
  function convergeAlone(guildId: string, target: Target, run: OpenRun, { trigger }: Cause): Promise<Converged> {
    return members.run(`${guildId}:${target.discordId}`, async () => {
      const loaded = await loadRules(guildId);
      if (!loaded) return { state: 'guild_unavailable', plan: null, changes: [], error: null };
      const hasNoWork =
        loaded.rules.mappings.length === 0 && (await parts.grants.ofMember(guildId, target.discordId)).size === 0;
      if (hasNoWork) return { state: 'synced', plan: null, changes: [], error: null };
      return converge(loaded.rules, target, run, trigger);
    });
  }

  const runGuild = createGuildRun({
    ...parts,
    convergeMember: (guildId, { member: seen }, run, cause) =>
      convergeAlone(
        guildId,
        { discordId: seen.discordId, sighting: { member: seen, seenIn: 'page' }, isRejoin: false },
        run,
        cause,
      ),
  });

  async function member(guildId: string, discordId: string, cause: Cause, seen = UNSEEN): Promise<MemberResult> {
    const loaded = await loadRules(guildId);
    if (!loaded) return notSynced(guildId, discordId, 'guild_unavailable');
    if (!maySync(loaded.settings, cause.trigger)) return notSynced(guildId, discordId, 'disabled', loaded);
    const run = openRun(parts, { type: 'user', guildId, targetId: discordId }, cause);
    const converged = await convergeAlone(guildId, { discordId, ...seen }, run, cause);
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
        if (result.status === 'fulfilled') return result.value.state === 'not_in_guild' ? [] : [result.value];
        const guildId = guildIds[index] ?? '';
        parts.log.error({ err: result.reason, guildId, discordId }, 'member sync failed');
        return [{ ...notSynced(guildId, discordId, 'guild_unavailable'), error: 'Discord could not be asked' }];
      });
    },

    guild(guildId, cause, onProgress) {
      return guildRuns.run(guildId, async () => {
        const loaded = await loadRules(guildId);
        if (!loaded) return notRun('The server cannot be reached right now. Try again in a minute.');
        if (!maySync(loaded.settings, cause.trigger)) return notRun('Syncing is turned off for this server.');
        return runGuild(loaded, cause, (progress) => {
          if (progress.status === 'running') running.set(guildId, progress);
          else running.delete(guildId);
          onProgress?.(progress);
        });
      });
    },

    async previewMember(guildId, discordId) {
      const loaded = await loadRules(guildId);
      if (!loaded) return notSynced(guildId, discordId, 'guild_unavailable');
      const decision = await preview(loaded.rules, discordId);
      if (!decision) return notSynced(guildId, discordId, 'not_in_guild', loaded);
      const { plan } = decision;
      return { ...notSynced(guildId, discordId, 'synced', loaded), plan };
    },

    async previewGuild(guildId, mappings) {
      const loaded = await loadRules(guildId, mappings);
      if (!loaded) throw unreachable();
      const sums: GuildPreview = { usersTotal: 0, members: [], rolesAdded: 0, rolesRemoved: 0, blocked: 0 };
      for await (const page of planGuild(parts, loaded.rules)) {
        sums.usersTotal += page.length;
        for (const {
          member: { discordId },
          plan,
        } of page) {
          if (plan.changes.length + plan.blocked.length + plan.kept.length > 0) sums.members.push({ discordId, plan });
          sums.rolesAdded += plan.changes.filter(({ action }) => action === 'add').length;
          sums.rolesRemoved += plan.changes.filter(({ action }) => action === 'remove').length;
          sums.blocked += plan.blocked.length;
        }
      }
      return sums;
    },

    async explain(guildId, discordId, roleId) {
      const loaded = await loadRules(guildId);
      if (!loaded) throw unreachable();
      const decision = await preview(loaded.rules, discordId);
      if (!decision) throw new AppError('member_not_found', 'That person is not a member of this server.');
      return explainRole(loaded.rules, decision.view, roleId, parts.now());
    },

    progress: (guildId) => running.get(guildId) ?? null,

    async stop() {
      stopping.abort();
      await Promise.all([guildRuns.stop(), members.stop()]);
    },
  };
}

function notSynced(
  guildId: string,
  discordId: string,
  state: MemberResult['state'],
  loaded: LoadedRules | null = null,
): MemberResult {
  const guildName = loaded?.rules.guild.name ?? guildId;
  return { guildId, guildName, discordId, runId: null, state, changes: [], plan: null, error: null };
}

function notRun(why: string): RunProgress {
  return { ...emptyProgress(), status: 'failed', errors: [why] };
}

function unreachable(): AppError {
  return new AppError('bot_not_in_guild', 'Rolewright cannot see this server right now. Try again in a minute.');
}

function sumsOf({ changes, error }: Converged): RunSums {
  const count = (wanted: ChangeResult['action']) =>
    changes.filter(({ action, outcome }) => action === wanted && outcome === 'applied').length;
  const rolesAdded = count('add');
  const rolesRemoved = count('remove');
  return {
    usersProcessed: 1,
    usersSynced: rolesAdded + rolesRemoved > 0 ? 1 : 0,
    usersFailed: error === null ? 0 : 1,
    rolesAdded,
    rolesRemoved,
    errors: error === null ? [] : [error],
  };
}

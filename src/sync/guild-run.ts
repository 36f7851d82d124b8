import type { Logger } from 'pino';
import { mendOf } from '../core/doctor.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import type { Converged } from './converge.ts';
import { openRun, type OpenRun } from './open-run.ts';
import { needsWork, planGuild, type PlanGuildParts, type PlannedMember } from './plan-guild.ts';
import type { LoadedRules } from './rules.ts';
import { countApplied, emptyProgress, type Cause, type RunProgress } from './results.ts';

/** Writes under way at once in one guild: enough that the next one is ready when a bucket frees a place. */
const WRITES_AT_ONCE = 4;
/** Errors that a run keeps word for word. */
const ERRORS_KEPT = 20;

export interface GuildRunParts extends PlanGuildParts {
  grants: GrantStore;
  mappings: Pick<MappingStore, 'noteSynced'>;
  settings: Pick<GuildStore, 'noteFullSync'>;
  runs: RunStore;
  newId: () => string;
  log: Logger;
  signal: AbortSignal;
  /** Ends the grants of somebody whom Discord did not list, if he really left. */
  left(guildId: string, discordId: string): Promise<void>;
  /** Makes one member agree, with nobody else writing him meanwhile. */
  convergeMember(guildId: string, work: PlannedMember, run: OpenRun, cause: Cause): Promise<Converged>;
}

/** A sync of a whole guild: read and plan every member, then write those who differ. A run that fails says so and does not throw. */
export function createGuildRun(parts: GuildRunParts) {
  async function readMembers(loaded: LoadedRules, progress: RunProgress): Promise<PlannedMember[]> {
    const { guild } = loaded.rules;
    const pages = planGuild(parts, loaded.rules);
    const work: PlannedMember[] = [];
    let total = 0;
    for (;;) {
      const page = await pages.next();
      if (page.done) {
        if (total === 0) throw new Error('Discord listed no member at all, and the bot is one');
        for (const discordId of page.value) await parts.left(guild.id, discordId);
        break;
      }
      total += page.value.length;
      for (const planned of page.value) {
        progress.blocked += planned.plan.blocked.length;
        if (needsWork(planned.plan)) work.push(planned);
        else progress.usersProcessed += 1;
      }
    }
    progress.usersTotal = total;
    return work;
  }

  async function writeMember(
    guildId: string,
    work: PlannedMember,
    run: OpenRun,
    cause: Cause,
    progress: RunProgress,
  ): Promise<void> {
    const { discordId } = work.member;
    try {
      const { state, changes, error } = await parts.convergeMember(guildId, work, run, cause);
      if (state === 'guild_unavailable') throw new GuildLost();
      const { rolesAdded, rolesRemoved } = countApplied(changes);
      progress.rolesAdded += rolesAdded;
      progress.rolesRemoved += rolesRemoved;
      if (rolesAdded + rolesRemoved > 0) progress.usersSynced += 1;
      if (error !== null) noteFailure(progress, `Member ${discordId}: ${error}`);
    } catch (err) {
      if (err instanceof GuildLost || parts.signal.aborted) throw err;
      parts.log.error({ err, guildId, discordId, runId: run.id }, 'member sync failed');
      noteFailure(progress, `Member ${discordId} could not be read. Rolewright looks again at the next sync.`);
    }
    progress.usersProcessed += 1;
  }

  async function writeMembers(
    guildId: string,
    work: readonly PlannedMember[],
    run: OpenRun,
    cause: Cause,
    tell: (progress: RunProgress) => void,
    progress: RunProgress,
  ): Promise<void> {
    const queue = work.values();
    const worker = async (): Promise<void> => {
      for (const planned of queue) {
        parts.signal.throwIfAborted();
        await writeMember(guildId, planned, run, cause, progress);
        tell(progress);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: WRITES_AT_ONCE }, worker));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
  }

  return async function runGuild(
    loaded: LoadedRules,
    cause: Cause,
    tell: (progress: RunProgress) => void,
  ): Promise<RunProgress> {
    const guildId = loaded.rules.guild.id;
    const run = openRun(parts, { type: 'guild', guildId, targetId: guildId }, cause);
    const progress: RunProgress = { ...emptyProgress(), runId: run.id };
    try {
      await run.begin();
      tell(progress);
      const work = await readMembers(loaded, progress);
      progress.errors.push(...blockedRoles(loaded));
      tell(progress);
      await writeMembers(guildId, work, run, cause, tell, progress);
      progress.status = 'completed';
      await noteDone(loaded, guildId);
    } catch (err) {
      progress.status = parts.signal.aborted ? 'cancelled' : 'failed';
      if (progress.status === 'failed') parts.log.error({ err, guildId, runId: run.id }, 'guild sync failed');
      progress.errors.push(progress.status === 'cancelled' ? STOPPED : wordsFor(err));
    }
    await run.end(progress.status, progress);
    tell(progress);
    return progress;
  };

  async function noteDone({ rules }: LoadedRules, guildId: string): Promise<void> {
    const now = parts.now();
    await parts.settings.noteFullSync(guildId, now);
    await parts.mappings.noteSynced(
      rules.mappings
        .filter(({ id, roleId }) => !rules.unusable.has(id) && !rules.blocks.has(roleId))
        .map(({ id }) => id),
      now,
    );
  }
}

/** The guild went away while the run was under way. */
class GuildLost extends Error {}

const STOPPED = 'Rolewright was stopped. It looks at everybody again when it starts.';

function wordsFor(error: unknown): string {
  return error instanceof GuildLost
    ? 'The server went out of reach. Rolewright looks at everybody again when it is back.'
    : 'The members could not be read. Rolewright tries again at the next sync; its log says more.';
}

/** Mapped roles that the bot cannot write, one sentence each: what to mend. */
function blockedRoles({ rules }: LoadedRules): string[] {
  const named = new Map(rules.mappings.map(({ roleId, roleName }) => [roleId, roleName]));
  return [...rules.blocks].flatMap(([roleId, block]) => {
    const label = named.get(roleId);
    return label === undefined ? [] : [mendOf(block, rules.guild.roles.get(roleId)?.name ?? label)];
  });
}

function noteFailure(progress: RunProgress, words: string): void {
  progress.usersFailed += 1;
  if (progress.errors.length < ERRORS_KEPT) progress.errors.push(words);
}

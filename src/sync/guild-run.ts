import type { Logger } from 'pino';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import type { Converged } from './converge.ts';
import { openRun, type OpenRun } from './open-run.ts';
import { needsWork, planGuild, type PlanGuildParts, type PlannedMember } from './plan-guild.ts';
import type { LoadedRules } from './rules.ts';
import type { Cause, RunProgress } from './sync.ts';

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
  /** Makes one member agree, with nobody else writing him meanwhile. */
  convergeMember(guildId: string, work: PlannedMember, run: OpenRun, cause: Cause): Promise<Converged>;
}

/** A sync of a whole guild: read and plan every member, then write those who differ. Never throws: a failed run says so. */
export function createGuildRun(parts: GuildRunParts) {
  async function readMembers(loaded: LoadedRules, progress: RunProgress): Promise<PlannedMember[]> {
    const { guild } = loaded.rules;
    const pages = planGuild(parts, loaded.rules);
    const work: PlannedMember[] = [];
    let total = 0;
    for (;;) {
      const page = await pages.next();
      if (page.done) {
        if (!loaded.settings.removeRolesOnLeave) break;
        for (const discordId of page.value) await parts.grants.forgetMember(guild.id, discordId);
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
    loaded: LoadedRules,
    work: PlannedMember,
    run: OpenRun,
    cause: Cause,
    progress: RunProgress,
  ): Promise<void> {
    try {
      const { changes, error } = await parts.convergeMember(loaded.rules.guild.id, work, run, cause);
      const applied = changes.filter(({ outcome }) => outcome === 'applied');
      progress.rolesAdded += applied.filter(({ action }) => action === 'add').length;
      progress.rolesRemoved += applied.filter(({ action }) => action === 'remove').length;
      if (applied.length > 0) progress.usersSynced += 1;
      if (error !== null) noteFailure(progress, `Member ${work.member.discordId}: ${error}`);
    } catch (error) {
      parts.log.error(
        { err: error, guildId: loaded.rules.guild.id, discordId: work.member.discordId },
        'member sync failed',
      );
      noteFailure(progress, `Member ${work.member.discordId}: ${error instanceof Error ? error.message : 'failed'}`);
    }
    progress.usersProcessed += 1;
  }

  return async function runGuild(
    loaded: LoadedRules,
    cause: Cause,
    onProgress: (progress: RunProgress) => void,
  ): Promise<RunProgress> {
    const guildId = loaded.rules.guild.id;
    const run = openRun(parts, { type: 'guild', guildId, targetId: guildId }, cause);
    const progress: RunProgress = { ...emptyProgress(), runId: run.id };
    await run.begin();
    try {
      onProgress(progress);
      const work = await readMembers(loaded, progress);
      for (const [roleId, block] of loaded.rules.blocks) {
        const named = loaded.rules.mappings.find((mapping) => mapping.roleId === roleId);
        if (named) progress.errors.push(`@${named.roleName}: ${block}`);
      }
      onProgress(progress);
      const queue = work.values();
      const worker = async (): Promise<void> => {
        for (const planned of queue) {
          if (parts.signal.aborted) return;
          await writeMember(loaded, planned, run, cause, progress);
          onProgress(progress);
        }
      };
      await Promise.all(Array.from({ length: WRITES_AT_ONCE }, worker));
      progress.status = parts.signal.aborted ? 'cancelled' : 'completed';
    } catch (error) {
      parts.log.error({ err: error, guildId, runId: run.id }, 'guild sync failed');
      progress.status = 'failed';
      progress.errors.push(error instanceof Error ? error.message : 'The sync failed');
    }
    await run.end(progress.status, progress);
    if (progress.status === 'completed') await noteDone(loaded, guildId);
    onProgress(progress);
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

export function emptyProgress(): RunProgress {
  return {
    runId: null,
    status: 'running',
    usersTotal: null,
    usersProcessed: 0,
    usersSynced: 0,
    usersFailed: 0,
    rolesAdded: 0,
    rolesRemoved: 0,
    blocked: 0,
    errors: [],
  };
}

function noteFailure(progress: RunProgress, words: string): void {
  progress.usersFailed += 1;
  if (progress.errors.length < ERRORS_KEPT) progress.errors.push(words);
}

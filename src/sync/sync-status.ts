import type { GuildStore } from '../db/guild-store.ts';
import type { Run, RunStore } from '../db/run-store.ts';

/** How the syncs of some guilds do. */
export interface SyncStatus {
  /** When everybody of a guild was last synced; null: never yet. */
  lastFullSync: Date | null;
  isInProgress: boolean;
  /** Members whom the last sync of each guild looked at, and those of them who could not be brought to agree. */
  totalUsers: number;
  failedUsers: number;
  totalGuilds: number;
  activeMappings: number;
  /** The latest first. */
  errors: { run: Run; message: string }[];
  runs: Run[];
}

export interface SyncStatuses {
  /** @param guildIds those that the caller may see; null: all */
  status(guildIds: readonly string[] | null): Promise<SyncStatus>;
}

const RUNS_TOLD = 20;
const ERRORS_TOLD = 20;

export function createSyncStatuses(parts: {
  settings: Pick<GuildStore, 'all'>;
  runs: Pick<RunStore, 'recentIn' | 'lastSyncs' | 'isAnyUnderWay' | 'countActiveMappings'>;
}): SyncStatuses {
  const { settings, runs } = parts;
  return {
    async status(guildIds) {
      const own = guildIds && new Set(guildIds);
      const all = (await settings.all()).filter(({ leftAt, removedAt }) => leftAt === null && removedAt === null);
      const guilds = all.filter(({ guildId }) => own?.has(guildId) ?? true);
      const ids = guilds.map(({ guildId }) => guildId);
      const scope = guildIds && ids;
      const [recent, last] = await Promise.all([runs.recentIn(scope, RUNS_TOLD), runs.lastSyncs(ids)]);
      const stamps = guilds.flatMap(({ lastFullSyncAt }) => lastFullSyncAt?.getTime() ?? []);
      return {
        lastFullSync: stamps.length > 0 ? new Date(Math.max(...stamps)) : null,
        isInProgress: await runs.isAnyUnderWay(scope),
        totalUsers: last.reduce((sum, { usersProcessed }) => sum + usersProcessed, 0),
        failedUsers: last.reduce((sum, { usersFailed }) => sum + usersFailed, 0),
        totalGuilds: ids.length,
        activeMappings: await runs.countActiveMappings(ids),
        errors: recent.flatMap((run) => run.errors.map((message) => ({ run, message }))).slice(0, ERRORS_TOLD),
        runs: recent,
      };
    },
  };
}

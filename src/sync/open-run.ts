import type { Run, RunResult, RunStatus, RunStore } from '../db/run-store.ts';
import type { Cause, ChangeResult } from './results.ts';

/** A run that is under way. It is stored when its first change comes, or at once by `begin`. */
export interface OpenRun {
  readonly id: string;
  readonly isBegun: boolean;
  begin(): Promise<void>;
  record(discordId: string, results: readonly ChangeResult[]): Promise<void>;
  end(status: RunStatus, sums: RunSums): Promise<void>;
}

export type RunSums = Omit<RunResult, 'status' | 'completedAt'>;

/** Opens a run of one guild; nothing is stored before there is something to tell. */
export function openRun(
  { runs, now, newId }: { runs: RunStore; now: () => Date; newId: () => string },
  run: Pick<Run, 'type' | 'targetId'> & { guildId: string },
  cause: Cause,
): OpenRun {
  const id = newId();
  let isBegun = false;
  const begin = async (): Promise<void> => {
    if (isBegun) return;
    isBegun = true;
    await runs.start({
      ...run,
      id,
      trigger: cause.trigger,
      initiatedBy: cause.actor,
      status: 'running',
      startedAt: now(),
    });
  };
  return {
    id,
    get isBegun() {
      return isBegun;
    },
    begin,
    async record(discordId, results) {
      if (results.length === 0) return;
      await begin();
      const at = now();
      await runs.record(
        id,
        results.map(({ action, roleId, outcome, reason, mappingIds }) => ({
          guildId: run.guildId,
          discordId,
          roleId,
          action,
          outcome,
          reason,
          mappingIds,
          at,
        })),
      );
    },
    async end(status, { usersProcessed, usersSynced, usersFailed, rolesAdded, rolesRemoved, errors }) {
      if (!isBegun) return;
      const sums = { usersProcessed, usersSynced, usersFailed, rolesAdded, rolesRemoved, errors };
      await runs.finish(id, { ...sums, status, completedAt: now() });
    },
  };
}

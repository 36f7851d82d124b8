import { ENDED } from '../core/run-status.ts';
import type { Change, Run, RunStore } from '../db/run-store.ts';
import { AppError } from '../errors.ts';
import type { Running } from './running.ts';

/** What a run has come to so far; of one under way as well. */
export interface RunSums {
  /** null: not known, or not known yet. */
  usersTotal: number | null;
  usersProcessed: number;
  usersSynced: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  guildsProcessed: number;
  errors: readonly string[];
}

/** A run, whatever it goes over. Whoever asks has to be allowed to see all of its guilds. */
export interface RunFigures {
  /** AppError run_not_found. */
  look(runId: string): Promise<{ run: Run; guildIds: string[] }>;
  sums(run: Run): Promise<RunSums>;
  /** One page (from 1) of its changes and of its parts', in order, and how many there are in all. */
  allChanges(runId: string, page: number, limit: number): Promise<{ changes: Change[]; total: number }>;
}

const ERRORS_SHOWN = 50;

export function createRunFigures(parts: {
  runs: Pick<RunStore, 'find' | 'runningPartsOf' | 'partSums' | 'guildsOfParts' | 'changesOf'>;
  running: Pick<Running, 'progressOf'>;
}): RunFigures {
  const { runs, running } = parts;

  /** Of a run with parts that is under way: what its parts have come to. */
  async function sumsOfParts(run: Run): Promise<RunSums> {
    const ended = await runs.partSums(run.id);
    const live = (await runs.runningPartsOf(run.id)).flatMap((id) => running.progressOf(id) ?? []);
    const sum = (of: 'usersProcessed' | 'usersSynced' | 'usersFailed' | 'rolesAdded' | 'rolesRemoved') =>
      live.reduce((total, progress) => total + progress[of], ended[of]);
    return {
      usersTotal: null,
      usersProcessed: sum('usersProcessed'),
      usersSynced: sum('usersSynced'),
      usersFailed: sum('usersFailed'),
      rolesAdded: sum('rolesAdded'),
      rolesRemoved: sum('rolesRemoved'),
      guildsProcessed: ended.guildsProcessed,
      errors: [...run.errors, ...ended.errors].slice(0, ERRORS_SHOWN),
    };
  }

  return {
    async look(runId) {
      const run = await runs.find(runId);
      if (!run) throw new AppError('run_not_found', 'There is no such run.');
      return { run, guildIds: run.guildId === null ? await runs.guildsOfParts(runId) : [run.guildId] };
    },

    async sums(run) {
      const hasEnded = ENDED.includes(run.status);
      if (run.guildId === null && !hasEnded) return sumsOfParts(run);
      const guildsProcessed = run.guildId === null ? (await runs.guildsOfParts(run.id)).length : Number(hasEnded);
      return { usersTotal: null, ...run, guildsProcessed, ...running.progressOf(run.id) };
    },

    allChanges: (runId, page, limit) => runs.changesOf(runId, page, limit),
  };
}

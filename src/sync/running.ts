import type { RunProgress } from './results.ts';

/** The runs under way. */
export interface Running {
  /** Does a run; `tell` keeps its progress, `ends` aborts when it is cancelled or Rolewright stops. */
  during<T>(
    guildId: string,
    runId: string,
    run: (tell: (progress: RunProgress) => void, ends: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** The guild's latest run in progress, or null. */
  progress(guildId: string): RunProgress | null;
  /** How far that run has come; null: it is not under way. */
  progressOf(runId: string): RunProgress | null;
  /** Whether there was such a run to cancel. */
  cancel(guildId: string, runId: string): boolean;
}

export function createRunning(stopping: AbortSignal): Running {
  const runs = new Map<string, { guildId: string; progress: RunProgress | null; end: AbortController }>();
  return {
    async during(guildId, runId, run) {
      const entry = { guildId, progress: null as RunProgress | null, end: new AbortController() };
      runs.set(runId, entry);
      const tell = (progress: RunProgress): void => {
        entry.progress = progress;
      };
      try {
        return await run(tell, AbortSignal.any([stopping, entry.end.signal]));
      } finally {
        runs.delete(runId);
      }
    },

    progress: (guildId) => [...runs.values()].findLast((run) => run.guildId === guildId)?.progress ?? null,

    progressOf: (runId) => runs.get(runId)?.progress ?? null,

    cancel(guildId, runId) {
      const entry = runs.get(runId);
      if (entry?.guildId !== guildId) return false;
      entry.end.abort();
      return true;
    },
  };
}

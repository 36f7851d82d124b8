import type { RunProgress } from './results.ts';

/** The runs under way. */
export interface Running {
  /** Does a run; `tell` keeps its progress, `ends` aborts when it is cancelled or Rolewright stops. */
  during(
    guildId: string,
    runId: string,
    run: (tell: (progress: RunProgress) => void, ends: AbortSignal) => Promise<RunProgress>,
  ): Promise<RunProgress>;
  /** The guild's latest run in progress, or null. */
  progress(guildId: string): RunProgress | null;
  /** Hears how far that same run is, and comes, until it ends; null: there is none. */
  follow(guildId: string, onProgress: (progress: RunProgress) => void): Promise<RunProgress> | null;
  /** How far that run has come; null: it is not under way. */
  progressOf(runId: string): RunProgress | null;
  /** Whether there was such a run to cancel. */
  cancel(guildId: string, runId: string, actor: string): boolean;
}

interface Entry {
  guildId: string;
  progress: RunProgress | null;
  end: AbortController;
  cancelledBy: string | null;
  listeners: ((progress: RunProgress) => void)[];
  done: PromiseWithResolvers<RunProgress>;
}

export function createRunning(stopping: AbortSignal): Running {
  const runs = new Map<string, Entry>();
  const latestOf = (guildId: string) => [...runs.values()].findLast((run) => run.guildId === guildId) ?? null;

  return {
    async during(guildId, runId, run) {
      const done = Promise.withResolvers<RunProgress>();
      const end = new AbortController();
      const entry: Entry = { guildId, progress: null, end, cancelledBy: null, listeners: [], done };
      // Whoever follows hears of a failure; nobody need.
      done.promise.catch(() => undefined);
      runs.set(runId, entry);
      const tell = (progress: RunProgress): void => {
        entry.progress = progress;
        for (const listener of entry.listeners) listener(progress);
      };
      try {
        const ended = await run(tell, AbortSignal.any([stopping, end.signal]));
        const { cancelledBy } = entry;
        const result = ended.status === 'cancelled' && cancelledBy !== null ? { ...ended, cancelledBy } : ended;
        done.resolve(result);
        return result;
      } catch (error) {
        done.reject(error);
        throw error;
      } finally {
        runs.delete(runId);
      }
    },

    progress: (guildId) => latestOf(guildId)?.progress ?? null,

    follow(guildId, onProgress) {
      const entry = latestOf(guildId);
      if (!entry) return null;
      entry.listeners.push(onProgress);
      if (entry.progress) onProgress(entry.progress);
      return entry.done.promise;
    },

    progressOf: (runId) => runs.get(runId)?.progress ?? null,

    cancel(guildId, runId, actor) {
      const entry = runs.get(runId);
      if (entry?.guildId !== guildId) return false;
      entry.cancelledBy ??= actor;
      entry.end.abort();
      return true;
    },
  };
}

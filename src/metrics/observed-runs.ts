import type { RunStatus } from '../core/run-status.ts';
import type { Run, RunStore } from '../db/run-store.ts';
import type { Metrics } from './metrics.ts';

/** What a run's record says for good, or until somebody decides. */
const TOLD: ReadonlySet<RunStatus> = new Set(['held', 'completed', 'failed', 'cancelled']);

/** The runs' store, counting what is recorded in it. */
export function observeRuns(store: RunStore, metrics: Pick<Metrics, 'runIs' | 'changeMade'>): RunStore {
  const note = <R extends Run | null>(run: R): R => {
    if (run && TOLD.has(run.status)) metrics.runIs(run.trigger, run.status);
    return run;
  };
  return {
    ...store,
    start: async (run) => note(await store.start(run)),
    finish: async (runId, result) => note(await store.finish(runId, result)),
    async update(runId, patch, from) {
      const run = await store.update(runId, patch, from);
      return patch.status === undefined ? run : note(run);
    },
    async record(runId, made) {
      await store.record(runId, made);
      for (const { action, outcome } of made) if (outcome !== null) metrics.changeMade(action, outcome);
    },
  };
}

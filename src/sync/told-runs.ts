import type { Run, RunStore } from '../db/run-store.ts';
import type { AuditChannel } from './notices.ts';

/** The runs' store, which tells the audit channel of each run that ends and is worth a word. */
export function tellRuns(store: RunStore, audit: AuditChannel): RunStore {
  return {
    ...store,
    async finish(runId, result) {
      const run = await store.finish(runId, result);
      if (run?.guildId && isWorthTelling(run)) await audit.tell(run.guildId, { kind: 'run', run });
      return run;
    },
  };
}

/** Nothing is told of a run without a change, unless somebody waits for one that did not get through. */
function isWorthTelling({ rolesAdded, rolesRemoved, status, initiatedBy, type }: Run): boolean {
  if (rolesAdded + rolesRemoved > 0) return true;
  return status === 'failed' && initiatedBy !== null && type !== 'user';
}

import type { Run, RunStore } from '../db/run-store.ts';
import type { AuditChannel } from './notices.ts';

/** The runs' store, which tells the audit channel of each run that ends and is worth a word, and what became of one that was held. */
export function tellRuns(store: RunStore, audit: AuditChannel): RunStore {
  return {
    ...store,

    async update(runId, patch, from) {
      const run = await store.update(runId, patch, from);
      if (!run?.guildId) return run;
      if (from === 'held') {
        await audit.tell(run.guildId, { kind: 'decided', run });
      } else if (run.status === 'held') {
        const changes = (await store.allOf(runId)).filter(({ outcome }) => outcome === 'held');
        await audit.tell(run.guildId, { kind: 'held', runId, changes });
      }
      return run;
    },

    async finish(runId, result) {
      const run = await store.finish(runId, result);
      if (!run?.guildId) return run;
      if (run.decidedBy !== null) await audit.tell(run.guildId, { kind: 'decided', run });
      if (isWorthTelling(run)) await audit.tell(run.guildId, { kind: 'run', run });
      return run;
    },
  };
}

/** Nothing is told of a run without a change, unless somebody waits for one that did not get through. */
function isWorthTelling({ rolesAdded, rolesRemoved, status, initiatedBy, type }: Run): boolean {
  if (rolesAdded + rolesRemoved > 0) return true;
  return status === 'failed' && initiatedBy !== null && type !== 'user';
}

import type { Change } from '../../src/db/run-store.ts';
import type { ConfigChange } from '../../src/db/config-change-store.ts';
import type { History } from '../../src/sync/history.ts';

/** The history of what `world` holds; the newest first. */
export function createFakeHistory(world: { changes: Change[]; configChanges?: ConfigChange[] }): History {
  return {
    async changes(_, { discordId, roleId, runId, mappingId, outcome, since, until }, page, limit) {
      const meant = world.changes.filter(
        (change) =>
          (discordId === undefined || change.discordId === discordId) &&
          (roleId === undefined || change.roleId === roleId) &&
          (runId === undefined || change.runId === runId) &&
          (mappingId === undefined || change.mappingIds.includes(mappingId)) &&
          (outcome === undefined || (change.outcome ?? 'planned') === outcome) &&
          (!since || change.at >= since) &&
          (!until || change.at < until),
      );
      const made = meant.filter((change) => change.outcome === 'applied' || change.outcome === 'undone').length;
      return { ...pageOf(meant, page, limit), made };
    },
    async configuration(_, { subject, subjectId, actor, since, until }, page, limit) {
      const meant = (world.configChanges ?? []).filter(
        (change) =>
          (subject === undefined || change.subject === subject) &&
          (subjectId === undefined || change.subjectId === subjectId) &&
          (actor === undefined || change.actor === actor) &&
          (!since || change.at >= since) &&
          (!until || change.at < until),
      );
      return pageOf(meant, page, limit);
    },
  };
}

function pageOf<C>(all: readonly C[], page: number, limit: number): { changes: C[]; total: number } {
  return { changes: all.toReversed().slice((page - 1) * limit, page * limit), total: all.length };
}

import type { Change, Run } from '../../src/db/run-store.ts';
import { AppError } from '../../src/errors.ts';
import { emptyProgress, type RunProgress } from '../../src/sync/results.ts';
import type { Runs } from '../../src/sync/runs.ts';
import type { FakeWorld } from './fake-app.ts';

const GUILD_ID = '100000000000000001';
const AT = new Date('2026-11-20T12:00:00Z');

export function runOf(run: Partial<Run> & Pick<Run, 'id'>): Run {
  return {
    type: 'guild',
    guildId: GUILD_ID,
    targetId: GUILD_ID,
    trigger: 'schedule',
    status: 'completed',
    initiatedBy: null,
    startedAt: AT,
    completedAt: AT,
    usersProcessed: 0,
    usersSynced: 0,
    usersFailed: 0,
    rolesAdded: 0,
    rolesRemoved: 0,
    errors: [],
    isBounded: true,
    decidedBy: null,
    undoOf: null,
    agreement: null,
    parentId: null,
    ...run,
  };
}

let lastChange = 0;

export function changeOf(change: Partial<Change> & Pick<Change, 'runId' | 'discordId' | 'roleId'>): Change {
  return {
    id: (lastChange += 1),
    guildId: GUILD_ID,
    action: 'remove',
    outcome: 'held',
    reason: 'mapping_false',
    mappingIds: [],
    changedBy: null,
    attemptedAt: null,
    at: AT,
    ...change,
  };
}

function progressOf(run: Run, settled: readonly Change[], status: RunProgress['status']): RunProgress {
  const rolesAdded = settled.filter(({ action }) => action === 'add').length;
  const sums = { usersTotal: settled.length, usersProcessed: settled.length, usersSynced: settled.length };
  return { ...emptyProgress(), ...sums, runId: run.id, status, rolesAdded, rolesRemoved: settled.length - rolesAdded };
}

/** Runs that keep their state in `world`. */
export function createFakeRuns(world: FakeWorld, newId: () => string): Runs {
  const find = (runId: string): Run => {
    const found = world.runs.find(({ id }) => id === runId);
    if (!found) throw new AppError('run_not_found', 'There is no such run any more.');
    return found;
  };
  const changesOf = (runId: string) => world.changes.filter((change) => change.runId === runId);
  const heldRun = (runId: string): Run => {
    const run = find(runId);
    if (run.status !== 'held') throw new AppError('run_not_held', 'This run does not wait for approval any more.');
    return run;
  };
  const settle = (runId: string, from: Change['outcome'], outcome: Change['outcome']): Change[] => {
    const meant = changesOf(runId).filter((change) => change.outcome === from);
    for (const change of meant) change.outcome = outcome;
    return meant;
  };

  return {
    recent: async (_, limit) => world.runs.slice(0, limit),
    find: async (_, runId) => find(runId),
    async changes(_, runId, page, limit) {
      const all = changesOf(runId);
      return { changes: all.slice((page - 1) * limit, page * limit), total: all.length };
    },
    async look(runId) {
      const run = find(runId);
      return { run, guildIds: run.guildId === null ? [] : [run.guildId] };
    },
    sums: async (run) => ({ ...run, usersTotal: null, guildsProcessed: 1 }),
    async allChanges(runId, page, limit) {
      const all = changesOf(runId);
      return { changes: all.slice((page - 1) * limit, page * limit), total: all.length };
    },
    async startApproval(guildId, runId, author, { shown = Infinity, onProgress } = {}) {
      if (changesOf(runId).filter(({ outcome }) => outcome === 'held').length > shown) return 'grown';
      return { runId, done: this.approve(guildId, runId, author, onProgress) };
    },
    async startUndo(guildId, runId, author, onProgress) {
      const done = this.undo(guildId, runId, author, onProgress);
      return { runId: (await done).runId ?? '', done };
    },
    async held() {
      const run = world.runs.find(({ status }) => status === 'held');
      return run ? { run, changes: changesOf(run.id) } : null;
    },
    async approve(_, runId, { discordId: actor }, onProgress) {
      const run = heldRun(runId);
      onProgress?.({ ...progressOf(run, [], 'running'), usersTotal: changesOf(runId).length });
      const settled = settle(runId, 'held', 'applied');
      const rolesRemoved = settled.length;
      Object.assign(run, { status: 'completed', decidedBy: actor, isBounded: false, rolesRemoved });
      return progressOf(run, settled, 'completed');
    },
    async discard(_, runId, { discordId: actor }) {
      settle(runId, 'held', 'cancelled');
      return Object.assign(heldRun(runId), { status: 'cancelled', decidedBy: actor });
    },
    async cancel(_, runId) {
      if (world.running?.runId !== runId) throw new AppError('run_not_running', 'This sync is not running any more.');
      world.running = null;
    },
    async undo(_, runId, { discordId: actor }, onProgress) {
      const run = find(runId);
      if (world.runs.some(({ undoOf }) => undoOf === runId)) {
        throw new AppError('run_not_undoable', 'This sync cannot be undone: it was undone already.');
      }
      const settled = settle(runId, 'applied', 'undone');
      const { rolesAdded, rolesRemoved } = run;
      const sums = { rolesAdded: rolesRemoved, rolesRemoved: rolesAdded };
      const reversal = runOf({ id: newId(), trigger: 'undo', initiatedBy: actor, undoOf: runId, ...sums });
      world.runs.unshift(reversal);
      onProgress?.(progressOf(reversal, [], 'running'));
      return { ...progressOf(reversal, settled, 'completed'), ...sums };
    },
  };
}

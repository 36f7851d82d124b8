import { describe, expect, it } from 'vitest';
import type { Run, RunResult } from '../../src/db/run-store.ts';
import type { Notice } from '../../src/sync/notices.ts';
import { tellRuns } from '../../src/sync/told-runs.ts';
import { openStores } from '../support/stores.ts';

const GUILD = '100000000000000001';
const AT = new Date('2026-11-20T12:00:00Z');

async function toldOf(run: Partial<Run>, result: Partial<RunResult>) {
  const { runs, guilds } = await openStores();
  await guilds.joined(GUILD, 'Testers', AT);
  const told: { guildId: string; notice: Notice }[] = [];
  const store = tellRuns(runs, { tell: async (guildId, notice) => void told.push({ guildId, notice }) });
  const of = { id: 'run', type: 'guild', guildId: GUILD, targetId: GUILD, trigger: 'schedule' } as const;
  await store.start({
    ...of,
    status: 'running',
    initiatedBy: null,
    startedAt: AT,
    isBounded: true,
    undoOf: null,
    ...run,
  });
  const sums = { usersProcessed: 9, usersSynced: 0, usersFailed: 0, rolesAdded: 0, rolesRemoved: 0, errors: [] };
  await store.finish('run', { ...sums, status: 'completed', completedAt: AT, ...result });
  await store.finish('another', { ...sums, status: 'completed', completedAt: AT, rolesAdded: 1 });
  return told;
}

describe('runs that end', () => {
  it('are told to their guild with what they came to', async () => {
    const told = await toldOf({}, { rolesAdded: 2 });
    expect(told).toMatchObject([{ guildId: GUILD, notice: { kind: 'run', run: { id: 'run', rolesAdded: 2 } } }]);
  });

  it.each<{ name: string; run?: Partial<Run>; result: Partial<RunResult>; isTold: boolean }>([
    { name: 'without a change', result: {}, isTold: false },
    { name: 'that took roles', result: { rolesRemoved: 1 }, isTold: true },
    { name: 'that failed by the clock, without a change', result: { status: 'failed' }, isTold: false },
    {
      name: 'that failed though somebody asked',
      run: { initiatedBy: '1' },
      result: { status: 'failed' },
      isTold: true,
    },
    {
      name: 'that failed for one member who asked, who was told',
      run: { initiatedBy: '1', type: 'user' },
      result: { status: 'failed' },
      isTold: false,
    },
    { name: 'over several guilds', run: { guildId: null }, result: { rolesAdded: 1 }, isTold: false },
  ])('are told or not: $name', async ({ run = {}, result, isTold }) => {
    expect(await toldOf(run, result)).toHaveLength(isTold ? 1 : 0);
  });
});

describe('a run that was held', () => {
  const held = { status: 'held', startedAt: AT } as const;

  async function heldRun() {
    const { runs, guilds } = await openStores();
    await guilds.joined(GUILD, 'Testers', AT);
    const told: Notice[] = [];
    const store = tellRuns(runs, { tell: async (_, notice) => void told.push(notice) });
    const of = { id: 'run', type: 'guild', guildId: GUILD, targetId: GUILD, trigger: 'schedule' } as const;
    await store.start({ ...of, ...held, initiatedBy: null, isBounded: true, undoOf: null });
    const change = { guildId: GUILD, discordId: '1', roleId: '2', action: 'remove', reason: 'mapping_false' } as const;
    const more = { outcome: 'held', mappingIds: [], changedBy: null, at: AT } as const;
    await store.record('run', [{ ...change, ...more }]);
    return { store, told };
  }

  it('is told when somebody decides about it, and when that has been carried out', async () => {
    const { store, told } = await heldRun();
    await store.update('run', { status: 'running', isBounded: false, decidedBy: '9' }, 'held');
    const sums = { usersProcessed: 1, usersSynced: 1, usersFailed: 0, rolesAdded: 0, rolesRemoved: 0, errors: [] };
    await store.finish('run', { ...sums, status: 'completed', completedAt: AT });
    expect(told).toMatchObject([
      { kind: 'decided', run: { id: 'run', status: 'running', decidedBy: '9' } },
      { kind: 'decided', run: { id: 'run', status: 'completed', decidedBy: '9' } },
    ]);
  });

  it('is told once, when two decide', async () => {
    const { store, told } = await heldRun();
    await store.update('run', { status: 'cancelled', decidedBy: '9' }, 'held');
    await store.update('run', { status: 'running', decidedBy: '8' }, 'held');
    expect(told).toMatchObject([{ kind: 'decided', run: { decidedBy: '9' } }]);
  });

  it('asks again, when what was decided did not begin', async () => {
    const { store, told } = await heldRun();
    await store.update('run', { status: 'running', decidedBy: '9' }, 'held');
    await store.update('run', { status: 'held', decidedBy: null }, 'running');
    expect(told.at(-1)).toMatchObject({ kind: 'held', runId: 'run', changes: [{ discordId: '1', roleId: '2' }] });
  });
});

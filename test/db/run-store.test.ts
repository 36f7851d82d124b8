import { describe, expect, it } from 'vitest';
import type { NewChange, NewRun } from '../../src/db/run-store.ts';
import { after, noon, openStores } from '../support/stores.ts';

const aRun: NewRun = {
  id: 'r1',
  type: 'guild',
  guildId: 'guild',
  targetId: 'guild',
  trigger: 'manual',
  status: 'running',
  initiatedBy: 'ann',
  startedAt: noon,
  isBounded: true,
  undoOf: null,
};
const aChange: NewChange = {
  guildId: 'guild',
  discordId: 'bob',
  roleId: 'role',
  action: 'add',
  outcome: 'applied',
  reason: 'mapping_true',
  mappingIds: ['m1'],
  changedBy: null,
  at: noon,
};
const sums = {
  usersProcessed: 3,
  usersSynced: 2,
  usersFailed: 1,
  rolesAdded: 4,
  rolesRemoved: 5,
  errors: ['Missing Access'],
};
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe('a run', () => {
  it('starts with nothing done, and ends with its sums', async () => {
    const { runs } = await openStores();
    expect(await runs.start(aRun)).toMatchObject({ ...aRun, completedAt: null, usersProcessed: 0, errors: [] });
    await runs.finish('r1', { ...sums, status: 'completed', completedAt: after(9) });
    expect(await runs.find('r1')).toEqual({
      ...aRun,
      ...sums,
      status: 'completed',
      completedAt: after(9),
      decidedBy: null,
    });
    expect(await runs.find('r2')).toBeNull();
    expect(await runs.finish('r2', { ...sums, status: 'failed', completedAt: noon })).toBeNull();
  });

  it('shows its changes page by page, in the order they happened', async () => {
    const { runs } = await openStores();
    await runs.start(aRun);
    await runs.record('r1', [aChange, { ...aChange, discordId: 'cid', outcome: 'blocked:role_above_bot' }]);
    await runs.record('r1', [{ ...aChange, discordId: 'dan', action: 'remove', reason: 'mapping_false' }]);
    await runs.record('r1', []);
    const first = await runs.changesOf('r1', 1, 2);
    expect(first.total).toBe(3);
    expect(first.changes).toMatchObject([{ ...aChange, runId: 'r1' }, { outcome: 'blocked:role_above_bot' }]);
    expect(await runs.changesOf('r1', 2, 2)).toMatchObject({ changes: [{ discordId: 'dan' }], total: 3 });
    expect(await runs.changesOf('r2', 1, 20)).toEqual({ changes: [], total: 0 });
  });

  it('records thousands of changes, all or none', async () => {
    const { runs } = await openStores();
    await runs.start(aRun);
    const many = Array.from({ length: 4000 }, (_, index) => ({ ...aChange, discordId: `member-${index}` }));
    const broken: NewChange = { ...aChange, ...JSON.parse('{ "discordId": null }') };
    await expect(runs.record('r1', [...many, broken])).rejects.toThrow(/NOT NULL/);
    expect((await runs.changesOf('r1', 1, 1)).total).toBe(0);
    await runs.record('r1', many);
    expect((await runs.changesOf('r1', 1, 1)).total).toBe(4000);
  });

  it('is refused changes when there is no such run', async () => {
    const { runs } = await openStores();
    await expect(runs.record('nowhere', [aChange])).rejects.toThrow(/FOREIGN KEY/);
  });
});

describe('runs', () => {
  it('are listed the newest first', async () => {
    const { runs } = await openStores();
    await runs.start(aRun);
    await runs.start({ ...aRun, id: 'r2', type: 'user', startedAt: after(1) });
    await runs.start({ ...aRun, id: 'r3', type: 'full', guildId: null, startedAt: after(2) });
    expect(ids(await runs.recent('guild', 10))).toEqual(['r2', 'r1']);
    expect(ids(await runs.recent('guild', 1))).toEqual(['r2']);
    expect(await runs.lastOf('guild', 'guild')).toMatchObject({ id: 'r1' });
    expect(await runs.lastOf('guild', 'mapping')).toBeNull();
  });

  it('that were cut short are found again, the oldest first', async () => {
    const { runs } = await openStores();
    for (const [index, status] of (
      ['running', 'completed', 'pending', 'held', 'failed', 'cancelled', 'planned'] as const
    ).entries()) {
      await runs.start({ ...aRun, id: status, status, startedAt: after(-index) });
    }
    expect(ids(await runs.unfinished())).toEqual(['pending', 'running']);
  });

  it('tell what happened last to one role of one member', async () => {
    const { runs } = await openStores();
    await runs.start(aRun);
    await runs.record('r1', [
      aChange,
      { ...aChange, roleId: 'other' },
      { ...aChange, discordId: 'cid' },
      { ...aChange, action: 'remove', at: after(1) },
    ]);
    expect(await runs.lastChangesOf('guild', 'bob', 'role', 5)).toMatchObject([
      { action: 'remove' },
      { action: 'add' },
    ]);
    expect(await runs.lastChangesOf('guild', 'bob', 'role', 1)).toMatchObject([{ action: 'remove' }]);
  });
});

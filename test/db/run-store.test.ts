import { describe, expect, it } from 'vitest';
import { aChange, after, aRun, noon, openStores } from '../support/stores.ts';

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
    const started = await runs.start(aRun());
    expect(started).toMatchObject({ ...aRun(), completedAt: null, usersProcessed: 0, errors: [], decidedBy: null });
    const end = { ...sums, status: 'completed', completedAt: after(9) } as const;
    await runs.finish('r1', end);
    expect(await runs.find('r1')).toEqual({ ...aRun(), ...end, decidedBy: null, agreement: null, parentId: null });
    expect(await runs.find('r2')).toBeNull();
    expect(await runs.finish('r2', { ...sums, status: 'failed', completedAt: noon })).toBeNull();
  });

  it('knows which one it reverses, and what was agreed to', async () => {
    const { runs } = await openStores();
    await runs.start(aRun());
    const agreement = { roleIds: ['a'], removals: 3 };
    await runs.start(aRun({ id: 'r2', undoOf: 'r1', isBounded: false, agreement }));
    expect(await runs.find('r2')).toMatchObject({ undoOf: 'r1', isBounded: false, agreement });
  });

  it('is brought up to date, only what is named', async () => {
    const { runs } = await openStores();
    await runs.start(aRun());
    const errors = ['Nobody answered for 24 hours.'];
    expect(await runs.update('r1', { status: 'cancelled', errors, completedAt: after(1) })).toEqual({
      ...(await runs.find('r1')),
      ...aRun({ status: 'cancelled' }),
      errors,
      completedAt: after(1),
    });
    expect(await runs.update('r2', { status: 'failed' })).toBeNull();
  });

  it('that is held is decided about by one person only', async () => {
    const { runs } = await openStores();
    await runs.start(aRun({ status: 'held' }));
    const decisions = await Promise.all([
      runs.update('r1', { status: 'running', isBounded: false, decidedBy: 'ann' }, 'held'),
      runs.update('r1', { status: 'cancelled', decidedBy: 'bob' }, 'held'),
    ]);
    expect(decisions).toMatchObject([{ status: 'running', decidedBy: 'ann' }, null]);
    expect(await runs.find('r1')).toMatchObject({ status: 'running', isBounded: false, decidedBy: 'ann' });
  });
});

describe('runs', () => {
  it('are listed the newest first', async () => {
    const { runs } = await openStores();
    await runs.start(aRun());
    await runs.start(aRun({ id: 'r2', type: 'user', startedAt: after(1) }));
    await runs.start(aRun({ id: 'r3', type: 'full', guildId: null, startedAt: after(2) }));
    expect(ids(await runs.recent('guild', 10))).toEqual(['r2', 'r1']);
    expect(ids(await runs.recent('guild', 1))).toEqual(['r2']);
  });

  it('are listed when they changed something or did not end well', async () => {
    const { runs } = await openStores();
    const nothing = { usersProcessed: 3, usersSynced: 0, usersFailed: 0, rolesAdded: 0, rolesRemoved: 0, errors: [] };
    const end = async (id: string, result: Partial<Parameters<typeof runs.finish>[1]>) => {
      await runs.start(aRun({ id }));
      await runs.finish(id, { ...nothing, status: 'completed', completedAt: after(1), ...result });
    };
    await end('all-was-well', {});
    await end('gave', { rolesAdded: 1 });
    await end('took', { rolesRemoved: 1 });
    await end('failed', { status: 'failed' });
    await end('cancelled', { status: 'cancelled' });
    await runs.start(aRun({ id: 'held', status: 'held' }));
    await runs.start(aRun({ id: 'running' }));
    expect(ids(await runs.recent('guild', 9)).toSorted()).toEqual([
      'cancelled',
      'failed',
      'gave',
      'held',
      'running',
      'took',
    ]);
    expect(await runs.find('all-was-well')).not.toBeNull();
  });

  it('are listed by when they ended: one that was held and approved later comes first', async () => {
    const { runs } = await openStores();
    await runs.start(aRun({ id: 'held', status: 'held' }));
    await runs.start(aRun({ id: 'quick', startedAt: after(10) }));
    await runs.finish('quick', { ...sums, status: 'completed', completedAt: after(20) });
    expect(ids(await runs.recent('guild', 9))).toEqual(['quick', 'held']);
    await runs.update('held', { status: 'running', isBounded: false, decidedBy: 'ann' }, 'held');
    await runs.finish('held', { ...sums, status: 'completed', completedAt: after(30) });
    expect(ids(await runs.recent('guild', 9))).toEqual(['held', 'quick']);
    await runs.start(aRun({ id: 'now', startedAt: after(40) }));
    expect(ids(await runs.recent('guild', 2))).toEqual(['now', 'held']);
  });

  it('that were cut short are found again, the oldest first', async () => {
    const { runs } = await openStores();
    for (const [index, status] of (
      ['running', 'completed', 'pending', 'held', 'failed', 'cancelled', 'planned'] as const
    ).entries()) {
      await runs.start(aRun({ id: status, status, startedAt: after(-index) }));
    }
    expect(ids(await runs.unfinished())).toEqual(['pending', 'running']);
  });
});

describe('held runs', () => {
  it('are found by their guild, with what they hold', async () => {
    const { runs, guilds } = await openStores();
    await guilds.joined('other', 'Other', noon);
    await runs.start(aRun());
    await runs.start(aRun({ id: 'held', status: 'held', startedAt: after(1) }));
    await runs.record('held', [aChange({ action: 'remove', outcome: 'held' })]);
    expect(await runs.heldOf('guild')).toMatchObject({ run: { id: 'held' }, changes: [{ outcome: 'held' }] });
    expect(await runs.heldOf('other')).toBeNull();
    await runs.update('held', { status: 'running' });
    expect(await runs.heldOf('guild')).toBeNull();
  });

  it('are found once they wait for too long', async () => {
    const { runs } = await openStores();
    await runs.start(aRun({ id: 'running', startedAt: after(-9) }));
    for (const [index, id] of ['new', 'older', 'oldest'].entries()) {
      await runs.start(aRun({ id, status: 'held', startedAt: after(-index) }));
    }
    expect(ids(await runs.heldBefore(noon))).toEqual(['oldest', 'older']);
  });

  it('are remembered for a while after somebody discarded them', async () => {
    const { runs } = await openStores();
    const end = async (id: string, patch: Parameters<typeof runs.update>[1]) => {
      await runs.start(aRun({ id, status: 'held' }));
      await runs.record(id, [aChange({ outcome: 'held' })]);
      await runs.update(id, { status: 'cancelled', ...patch });
    };
    await end('expired', { completedAt: after(50) });
    await end('approved-then-stopped', { completedAt: after(50), decidedBy: 'ann', isBounded: false });
    await end('done', { completedAt: after(50), decidedBy: 'ann', status: 'completed' });
    expect(await runs.discardedSince('guild', noon)).toEqual([]);
    await end('discarded', { completedAt: after(10), decidedBy: 'ann' });
    await end('discarded-later', { completedAt: after(20), decidedBy: 'bob' });
    const discarded = async (guildId: string, since: Date) =>
      (await runs.discardedSince(guildId, since)).map(({ runId, discordId }) => `${runId} ${discordId}`);
    expect(await discarded('guild', after(10))).toEqual(['discarded bob', 'discarded-later bob']);
    expect(await discarded('guild', after(20))).toEqual(['discarded-later bob']);
    expect(await discarded('guild', after(21))).toEqual([]);
    expect(await discarded('other', noon)).toEqual([]);
  });
});

describe('retention', () => {
  it('forgets what ended long ago, and nothing that is open, held or newer', async () => {
    const { runs } = await openStores();
    const stays = ['planned', 'held', 'pending', 'running'] as const;
    for (const status of [...stays, 'completed', 'failed', 'cancelled'] as const) {
      await runs.start(aRun({ id: status, startedAt: after(-100) }));
      await runs.record(status, [aChange(), aChange({ discordId: 'cid' })]);
      await runs.update(status, { status, completedAt: stays.some((one) => one === status) ? null : after(-1) });
    }
    await runs.start(aRun({ id: 'new', startedAt: after(-100) }));
    await runs.update('new', { status: 'completed', completedAt: noon });

    expect(await runs.purgeBefore(noon)).toBe(3);

    const all = await Promise.all([...stays, 'completed', 'failed', 'cancelled', 'new'].map((id) => runs.find(id)));
    expect(ids(all.filter((run) => run !== null))).toEqual([...stays, 'new']);
    expect(await runs.lastAppliedTo('guild', 'bob', 'role', 20)).toHaveLength(stays.length);
    expect(await runs.purgeBefore(noon)).toBe(0);
  });

  it('gets through many runs and through long ones, and lets other work in between', async () => {
    const { runs } = await openStores();
    for (let index = 0; index < 250; index += 1) {
      await runs.start(aRun({ id: `short-${index}` }));
      await runs.update(`short-${index}`, { status: 'completed', completedAt: after(index) });
    }
    await runs.start(aRun({ id: 'long' }));
    const many = Array.from({ length: 1700 }, (_, index) => aChange({ discordId: `member-${index}` }));
    await runs.record('long', many);
    await runs.update('long', { status: 'failed', completedAt: noon });
    let turns = 0;
    const purging = runs.purgeBefore(after(1000));
    const counting = (async () => {
      while (await runs.find('short-249')) {
        turns += 1;
        await new Promise(setImmediate);
      }
    })();
    expect(await purging).toBe(251);
    await counting;
    expect(turns).toBeGreaterThan(3);
    expect(await runs.allOf('long')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { NewChange } from '../../src/db/run-store.ts';
import { aChange, after, aRun, noon, openStores } from '../support/stores.ts';

async function openRuns() {
  const { runs, guilds } = await openStores();
  await guilds.joined('other', 'Other', noon);
  await runs.start(aRun());
  return runs;
}

function back(change: Partial<NewChange>): NewChange {
  return aChange({ at: after(9), reason: 'drift_reverted', ...change });
}

describe('the changes of a run', () => {
  it('show page by page, in the order they happened', async () => {
    const runs = await openRuns();
    await runs.record('r1', [aChange(), aChange({ discordId: 'cid', outcome: 'blocked:role_above_bot' })]);
    await runs.record('r1', [aChange({ discordId: 'dan', action: 'remove', changedBy: 'mod' })]);
    await runs.record('r1', []);
    const first = await runs.changesOf('r1', 1, 2);
    expect(first.total).toBe(3);
    expect(first.changes).toMatchObject([{ ...aChange(), runId: 'r1' }, { outcome: 'blocked:role_above_bot' }]);
    const last = { discordId: 'dan', changedBy: 'mod' };
    expect(await runs.changesOf('r1', 2, 2)).toMatchObject({ changes: [last], total: 3 });
    expect(await runs.changesOf('r2', 1, 20)).toEqual({ changes: [], total: 0 });
    expect(await runs.allOf('r1')).toMatchObject([...first.changes, last]);
  });

  it('are recorded all or none', async () => {
    const runs = await openRuns();
    await runs.plan('r1', [aChange({ discordId: 'member-0' })]);
    const many = Array.from({ length: 4000 }, (_, index) => aChange({ discordId: `member-${index}` }));
    const broken: NewChange = { ...aChange(), ...JSON.parse('{ "discordId": null }') };
    await expect(runs.record('r1', [...many, broken])).rejects.toThrow(/NOT NULL/);
    expect(await runs.allOf('r1')).toMatchObject([{ discordId: 'member-0', outcome: null }]);
    await runs.record('r1', many);
    expect((await runs.changesOf('r1', 1, 1)).total).toBe(4000);
  });

  it('need a run', async () => {
    const runs = await openRuns();
    await expect(runs.record('nowhere', [aChange()])).rejects.toThrow(/FOREIGN KEY/);
    await expect(runs.plan('nowhere', [aChange()])).rejects.toThrow(/FOREIGN KEY/);
  });
});

describe('a planned change', () => {
  it('is open until it is recorded, and takes what became of it', async () => {
    const runs = await openRuns();
    const planned = [aChange(), aChange({ discordId: 'cid' }), aChange({ action: 'remove' })];
    await runs.plan('r1', planned);
    expect(await runs.openOf('r1')).toMatchObject(planned.map((change) => Object.assign(change, { outcome: null })));
    const [id] = (await runs.openOf('r1')).map((change) => change.id);
    const done = aChange({ reason: 'drift_reverted', mappingIds: ['m2'], changedBy: 'mod', at: after(7) });
    await runs.record('r1', [done]);
    expect(await runs.openOf('r1')).toMatchObject([{ discordId: 'cid' }, { action: 'remove' }]);
    expect((await runs.allOf('r1'))[0]).toEqual({ ...done, id, runId: 'r1', attemptedAt: null });
  });

  it('tells what its run had set out to write from what it only meant to', async () => {
    const runs = await openRuns();
    await runs.plan('r1', [aChange(), aChange({ discordId: 'cid' })]);
    await runs.attempt('r1', [aChange(), aChange({ discordId: 'nobody' })], after(3));
    await runs.plan('r1', [aChange({ roleId: 'other' })], after(4));
    expect(await runs.openOf('r1')).toMatchObject([
      { roleId: 'role', attemptedAt: after(3) },
      { discordId: 'cid', attemptedAt: null },
      { roleId: 'other', attemptedAt: after(4) },
    ]);
  });

  it('leaves other runs, members and roles alone when it is recorded', async () => {
    const runs = await openRuns();
    await runs.start(aRun({ id: 'r2' }));
    await runs.plan('r1', [aChange()]);
    await runs.record('r2', [aChange()]);
    await runs.record('r1', [
      aChange({ roleId: 'other' }),
      aChange({ discordId: 'cid' }),
      aChange({ action: 'remove' }),
    ]);
    expect(await runs.openOf('r1')).toMatchObject([aChange({ outcome: null })]);
    expect((await runs.allOf('r1')).length).toBe(4);
    expect((await runs.allOf('r2')).length).toBe(1);
  });

  it('that is done stays as it was: what follows for the same role is a row of its own', async () => {
    const runs = await openRuns();
    await runs.plan('r1', [aChange()]);
    await runs.record('r1', [aChange({ outcome: 'failed' })]);
    await runs.record('r1', [aChange({ at: after(1) })]);
    expect((await runs.allOf('r1')).map(({ outcome }) => outcome)).toEqual(['failed', 'applied']);
  });

  it('is stored once, however often its plan is', async () => {
    const runs = await openRuns();
    const many = Array.from({ length: 1100 }, (_, index) => aChange({ discordId: `member-${index}` }));
    await runs.plan('r1', many.slice(0, 300));
    await runs.record('r1', [aChange({ discordId: 'member-0', action: 'remove', outcome: 'held' })]);
    await runs.plan('r1', many);
    await runs.plan('r1', [...many, aChange({ discordId: 'member-0', action: 'remove' })]);
    expect((await runs.openOf('r1')).map(({ discordId }) => discordId)).toEqual(many.map((one) => one.discordId));
    await runs.plan('r1', []);
  });

  it('was not applied yet', async () => {
    const runs = await openRuns();
    await runs.record('r1', [
      aChange(),
      aChange({ roleId: 'other' }),
      aChange({ discordId: 'cid' }),
      aChange({ guildId: 'other' }),
      aChange({ action: 'remove', at: after(1) }),
    ]);
    await runs.plan('r1', [aChange()]);
    const last = await runs.lastAppliedTo('guild', 'bob', 'role', 5);
    expect(last).toMatchObject([{ action: 'remove' }, { action: 'add', outcome: 'applied' }]);
  });
});

describe('a held change', () => {
  it('waits in its run, once, until it is decided', async () => {
    const runs = await openRuns();
    const removal = aChange({ action: 'remove', outcome: 'held' });
    await runs.record('r1', [removal]);
    await runs.record('r1', [{ ...removal, reason: 'not_linked', at: after(5) }]);
    expect(await runs.allOf('r1')).toMatchObject([{ outcome: 'held', reason: 'not_linked', at: after(5) }]);
    await runs.record('r1', [{ ...removal, outcome: 'applied' }]);
    expect(await runs.allOf('r1')).toMatchObject([{ outcome: 'applied' }]);
  });

  it('may have been planned', async () => {
    const runs = await openRuns();
    await runs.plan('r1', [aChange()]);
    await runs.record('r1', [aChange({ outcome: 'held' })]);
    expect(await runs.openOf('r1')).toEqual([]);
    expect(await runs.allOf('r1')).toMatchObject([{ outcome: 'held' }]);
  });

  it('is settled apart from what is only planned', async () => {
    const runs = await openRuns();
    await runs.start(aRun({ id: 'r2' }));
    for (const runId of ['r1', 'r2']) {
      await runs.plan(runId, [aChange({ discordId: 'planned' })]);
      const held = aChange({ discordId: 'held', outcome: 'held' });
      await runs.record(runId, [held, aChange({ discordId: 'done' })]);
    }
    const told = async (runId: string) =>
      (await runs.allOf(runId)).map(({ discordId, outcome, at }) => `${discordId} ${outcome} ${at.getSeconds()}`);
    await runs.settleOpen('r1', 'held', 'cancelled', after(4));
    expect(await told('r1')).toEqual(['planned null 0', 'held cancelled 4', 'done applied 0']);
    await runs.settleOpen('r1', null, 'deferred', after(5));
    expect(await told('r1')).toEqual(['planned deferred 5', 'held cancelled 4', 'done applied 0']);
    expect(await told('r2')).toEqual(['planned null 0', 'held held 0', 'done applied 0']);
  });
});

describe('what was applied', () => {
  it('can be said to be undone, with the time that it happened', async () => {
    const runs = await openRuns();
    await runs.record('r1', [aChange(), aChange({ discordId: 'cid' }), aChange({ discordId: 'dan' })]);
    const [first, , third] = await runs.allOf('r1');
    await runs.setOutcome([first?.id ?? 0, third?.id ?? 0], 'undone');
    expect(await runs.allOf('r1')).toMatchObject([
      { outcome: 'undone', at: noon },
      { outcome: 'applied' },
      { outcome: 'undone' },
    ]);
    await runs.setOutcome([], 'failed');
    expect((await runs.allOf('r1')).some(({ outcome }) => outcome === 'failed')).toBe(false);
  });

  it('is found for one role of one member, whatever was refused since', async () => {
    const runs = await openRuns();
    await runs.record('r1', [aChange(), aChange({ action: 'remove', at: after(1) })]);
    for (let times = 0; times < 3; times += 1) await runs.record('r1', [aChange({ outcome: 'failed' })]);
    expect(await runs.lastAppliedTo('guild', 'bob', 'role', 1)).toMatchObject([{ action: 'remove' }]);
    expect(await runs.lastAppliedTo('guild', 'bob', 'role', 5)).toMatchObject([
      { action: 'remove' },
      { action: 'add' },
    ]);
  });

  it('counts as spent for the guild, where a bounded run did it lately', async () => {
    const runs = await openRuns();
    await runs.start(aRun({ id: 'confirmed', isBounded: false }));
    await runs.record('confirmed', [aChange({ at: after(9) })]);
    await runs.record('r1', [
      aChange({ at: after(8), action: 'remove' }),
      aChange({ at: after(5), roleId: 'second' }),
      aChange({ at: after(4) }),
      aChange({ at: after(9), guildId: 'other' }),
      aChange({ at: after(9), outcome: 'already' }),
      aChange({ at: after(9), outcome: null, action: 'remove' }),
    ]);
    expect(await runs.spentSince('guild', after(5))).toEqual([
      { discordId: 'bob', action: 'add', roleId: 'second', reason: 'mapping_true', at: after(5) },
      { discordId: 'bob', action: 'remove', roleId: 'role', reason: 'mapping_true', at: after(8) },
    ]);
  });

  it('shows how often a role went back and forth', async () => {
    const runs = await openRuns();
    await runs.record('r1', [
      back({}),
      back({ at: after(5) }),
      back({ at: after(4) }),
      back({ outcome: 'failed' }),
      back({ reason: 'mapping_true' }),
      back({ roleId: 'foreign', action: 'remove', reason: 'foreign_removed' }),
      back({ discordId: 'cid' }),
      back({ guildId: 'other' }),
    ]);
    const flips = new Map([
      ['foreign', 1],
      ['role', 2],
    ]);
    expect(await runs.flipsSince('guild', 'bob', after(5))).toEqual(flips);
    expect(await runs.flipsSince('guild', 'dan', after(5))).toEqual(new Map());
  });

  it('is summed up for a run that goes on', async () => {
    const runs = await openRuns();
    const none = { usersProcessed: 0, usersSynced: 0, usersFailed: 0, rolesAdded: 0, rolesRemoved: 0 };
    expect(await runs.sumsOf('r1')).toEqual(none);
    await runs.plan('r1', [aChange({ discordId: 'half', roleId: 'second' }), aChange({ discordId: 'waits' })]);
    await runs.record('r1', [
      aChange({ discordId: 'half' }),
      aChange({ discordId: 'both' }),
      aChange({ discordId: 'both', roleId: 'second', action: 'remove' }),
      aChange({ discordId: 'failed', outcome: 'forbidden' }),
      aChange({ discordId: 'failed', roleId: 'second', outcome: 'lost' }),
      aChange({ discordId: 'held', outcome: 'held' }),
      aChange({ discordId: 'left', outcome: 'member_left' }),
      aChange({ discordId: 'blocked', outcome: 'blocked:role_above_bot' }),
    ]);
    expect(await runs.sumsOf('r1')).toEqual({
      usersProcessed: 5,
      usersSynced: 2,
      usersFailed: 1,
      rolesAdded: 2,
      rolesRemoved: 1,
    });
  });
});

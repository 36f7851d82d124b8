import { describe, expect, it } from 'vitest';
import { aChange, after, aRun, noon, openStores } from '../support/stores.ts';

const WHOLE = aRun({ id: 'whole', type: 'full', guildId: null, targetId: null });
const nothing = { usersProcessed: 1, usersSynced: 0, usersFailed: 0, rolesAdded: 0, rolesRemoved: 0, errors: [] };

async function twoParts() {
  const stores = await openStores();
  await stores.guilds.joined('other', 'Other', noon);
  const parts = [aRun({ id: 'p1' }), aRun({ id: 'p2', guildId: 'other', startedAt: after(1) })];
  await stores.runs.startWhole(WHOLE, parts);
  const end = (id: string, status: 'completed' | 'failed' | 'cancelled', seconds: number, errors: string[] = []) =>
    stores.runs.finish(id, { ...nothing, status, errors, completedAt: after(seconds) });
  return { ...stores, end };
}

describe('a run with parts', () => {
  it('waits until all its parts are there, and ends with the last of them', async () => {
    const { runs, end } = await twoParts();
    expect((await runs.partsOf('whole')).map(({ id, status }) => `${id} ${status}`)).toEqual([
      'p1 pending',
      'p2 pending',
    ]);
    expect(await runs.guildsOfParts('whole')).toEqual(['guild', 'other']);
    await end('p1', 'completed', 5);
    await end('p2', 'completed', 6);
    expect(await runs.find('whole')).toMatchObject({ status: 'pending', completedAt: null });
    await runs.beginWhole('whole', ['One was left out.'], after(7));
    expect(await runs.find('whole')).toMatchObject({
      status: 'completed',
      completedAt: after(7),
      usersProcessed: 2,
      errors: ['One was left out.'],
    });
  });

  it.each([
    { ends: ['completed', 'failed'], status: 'completed' },
    { ends: ['failed', 'failed'], status: 'failed' },
    { ends: ['completed', 'cancelled'], status: 'cancelled' },
  ] as const)('comes out as $status of $ends', async ({ ends: [first, second], status }) => {
    const { runs, end } = await twoParts();
    await runs.beginWhole('whole', [], noon);
    await end('p1', first, 5, ['a']);
    expect(await runs.find('whole')).toMatchObject({ status: 'running' });
    expect(await runs.partSums('whole')).toMatchObject({ guildsProcessed: 1, errors: ['Guild: a'] });
    await end('p2', second, 6, ['b']);
    const errors = ['Guild: a', 'Other: b'];
    expect(await runs.find('whole')).toMatchObject({ status, completedAt: after(6), errors });
  });

  it('tells which of its parts are being done', async () => {
    const { runs, end } = await twoParts();
    expect(await runs.runningPartsOf('whole')).toEqual([]);
    for (const id of ['p2', 'p1']) await runs.update(id, { status: 'running' });
    expect(await runs.runningPartsOf('whole')).toEqual(['p1', 'p2']);
    await end('p1', 'completed', 5);
    expect(await runs.runningPartsOf('whole')).toEqual(['p2']);
  });

  it('is found by who ordered it until it has ended', async () => {
    const { runs, end } = await twoParts();
    const ofBob = aRun({ id: 'of bob', type: 'full', guildId: null, targetId: null, initiatedBy: 'bob' });
    await runs.startWhole(ofBob, [aRun({ id: 'p3' })]);
    const open = async (actor: string | null) => (await runs.openWholesOf(actor)).map(({ id }) => id);
    expect([await open('bob'), await open(WHOLE.initiatedBy), await open('cay')]).toEqual([['of bob'], ['whole'], []]);
    await runs.beginWhole('of bob', [], noon);
    expect(await open('bob')).toEqual(['of bob']);
    await end('p3', 'completed', 5);
    expect(await open('bob')).toEqual([]);
  });

  it('has the changes of its parts, in order', async () => {
    const { runs } = await twoParts();
    await runs.record('p2', [aChange({ guildId: 'other', discordId: 'ann' })]);
    await runs.record('p1', [aChange({ discordId: 'bob' }), aChange({ discordId: 'cay' })]);
    const { changes, total } = await runs.changesOf('whole', 1, 2);
    expect(changes.map(({ runId, discordId }) => `${runId} ${discordId}`)).toEqual(['p2 ann', 'p1 bob']);
    expect(total).toBe(3);
  });

  it('can take in a run that is nobody’s part yet', async () => {
    const { runs } = await twoParts();
    await runs.start(aRun({ id: 'free' }));
    expect(await runs.adopt('free', 'whole')).toBe(true);
    expect(await runs.adopt('free', 'other')).toBe(false);
    expect(await runs.adopt('whole', 'whole')).toBe(false);
    expect(await runs.adopt('no-such', 'whole')).toBe(false);
  });

  it('called off, begins with none of its parts that wait', async () => {
    const { runs, end } = await twoParts();
    await runs.beginWhole('whole', [], noon);
    await runs.update('p1', { status: 'running' });
    await runs.cancelWaitingParts('whole', after(3));
    expect(await runs.find('p2')).toMatchObject({ status: 'cancelled', completedAt: after(3) });
    expect(await runs.find('whole')).toMatchObject({ status: 'running' });
    await end('p1', 'completed', 5);
    expect(await runs.find('whole')).toMatchObject({ status: 'cancelled' });
  });

  it('that a crash left open ends at the start, unless a part is open', async () => {
    const { runs, end } = await twoParts();
    await end('p1', 'completed', 5);
    await runs.settleWholes(after(8));
    expect(await runs.find('whole')).toMatchObject({ status: 'running' });
    await end('p2', 'failed', 9);
    expect(await runs.find('whole')).toMatchObject({ status: 'completed', completedAt: after(9) });
  });
});

describe('the latest runs of several guilds', () => {
  it('show a whole run to who may see all of it, and else its part', async () => {
    const { runs, end } = await twoParts();
    await runs.beginWhole('whole', [], noon);
    await end('p1', 'completed', 5);
    await end('p2', 'completed', 5);
    await runs.start(aRun({ id: 'held', status: 'held', initiatedBy: null, startedAt: after(20) }));
    await runs.start(aRun({ id: 'dull', status: 'completed', initiatedBy: null, startedAt: after(30) }));
    const ids = async (guildIds: string[] | null, limit = 9) =>
      (await runs.recentIn(guildIds, limit)).map(({ id }) => id);
    expect(await ids(null)).toEqual(['held', 'whole']);
    expect(await ids(['guild', 'other'])).toEqual(['held', 'whole']);
    expect(await ids(['guild'])).toEqual(['held', 'p1']);
    expect(await ids(['other'])).toEqual(['p2']);
    expect(await ids([])).toEqual([]);
    expect(await ids(null, 1)).toEqual(['held']);
  });

  it('tell of each guild the last sync of everybody, and whether anything is under way', async () => {
    const { runs } = await twoParts();
    await runs.start(aRun({ id: 'old', status: 'completed', startedAt: after(1) }));
    await runs.start(aRun({ id: 'last', status: 'failed', startedAt: after(2) }));
    await runs.start(aRun({ id: 'undo', status: 'completed', undoOf: 'old', startedAt: after(3) }));
    await runs.start(aRun({ id: 'user', type: 'user', status: 'completed', startedAt: after(4) }));
    expect((await runs.lastSyncs(['guild', 'other'])).map(({ id }) => id)).toEqual(['last']);
    expect(await runs.isAnyUnderWay(['guild'])).toBe(true);
    expect(await runs.isAnyUnderWay(['nowhere'])).toBe(false);
    await runs.cancelWaitingParts('whole', noon);
    expect(await runs.isAnyUnderWay(['guild'])).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import type { ChangeFilter } from '../../src/db/change-search.ts';
import { aChange, after, aRun, openStores } from '../support/stores.ts';

/** Two runs, one of them a part, and changes of two members, one minute apart. */
async function history() {
  const { runs } = await openStores();
  await runs.startWhole(aRun({ id: 'whole', type: 'full', guildId: null, targetId: null }), [aRun({ id: 'part' })]);
  await runs.start(aRun({ id: 'other' }));
  await runs.record('part', [
    aChange({ discordId: 'ann', roleId: 'a', mappingIds: ['m1', 'm2'], at: after(60) }),
    aChange({ discordId: 'bob', roleId: 'b', mappingIds: ['m2'], at: after(120) }),
  ]);
  await runs.record('other', [
    aChange({ discordId: 'ann', roleId: 'b', mappingIds: ['m12'], outcome: 'held', at: after(180) }),
    aChange({ discordId: 'ann', roleId: 'c', outcome: 'failed', at: after(240) }),
  ]);
  await runs.plan('other', [{ ...aChange({ discordId: 'cay', roleId: 'a', mappingIds: [] }), at: after(300) }]);
  await runs.start(aRun({ id: 'elsewhere', guildId: 'guild' }));
  const found = async (filter: Partial<ChangeFilter>, page = 1, limit = 10) => {
    const { changes, total } = await runs.searchChanges({ guildId: 'guild', ...filter }, page, limit);
    return { lines: changes.map(({ discordId, roleId }) => `${discordId} ${roleId}`), total };
  };
  return { runs, found };
}

const EVERYTHING = ['cay a', 'ann c', 'ann b', 'bob b', 'ann a'];

describe('the changes of a guild', () => {
  it('are told apart from what was not made', async () => {
    const { runs } = await history();
    expect(await runs.searchChanges({ guildId: 'guild' }, 2, 1)).toMatchObject({ total: 5, made: 2 });
    expect(await runs.searchChanges({ guildId: 'nowhere' }, 1, 1)).toMatchObject({ total: 0, made: 0 });
    await runs.record('other', [aChange({ discordId: 'bob', roleId: 'c', outcome: 'undone' })]);
    expect(await runs.searchChanges({ guildId: 'guild', discordIds: ['bob'] }, 1, 1)).toMatchObject({ made: 2 });
  });

  it('are found the newest first, page by page', async () => {
    const { found } = await history();
    expect(await found({})).toEqual({ lines: EVERYTHING, total: 5 });
    expect(await found({}, 2, 2)).toEqual({ lines: ['ann b', 'bob b'], total: 5 });
    expect(await found({}, 9, 2)).toEqual({ lines: [], total: 5 });
    expect(await found({ guildId: 'other' })).toEqual({ lines: [], total: 0 });
  });

  it.each<{ name: string; filter: Partial<ChangeFilter>; lines: string[] }>([
    { name: 'a member', filter: { discordIds: ['bob'] }, lines: ['bob b'] },
    { name: 'several members', filter: { discordIds: ['bob', 'cay'] }, lines: ['cay a', 'bob b'] },
    { name: 'nobody', filter: { discordIds: [] }, lines: [] },
    { name: 'a role', filter: { roleId: 'b' }, lines: ['ann b', 'bob b'] },
    { name: 'a mapping, and none whose id only begins so', filter: { mappingId: 'm1' }, lines: ['ann c', 'ann a'] },
    { name: 'a run', filter: { runId: 'other' }, lines: ['cay a', 'ann c', 'ann b'] },
    { name: 'a run with parts', filter: { runId: 'whole' }, lines: ['bob b', 'ann a'] },
    { name: 'what is not done yet', filter: { outcome: 'planned' }, lines: ['cay a'] },
    { name: 'what is held', filter: { outcome: 'held' }, lines: ['ann b'] },
    { name: 'what was done', filter: { outcome: 'applied' }, lines: ['bob b', 'ann a'] },
    { name: 'a time', filter: { since: after(120), until: after(240) }, lines: ['ann b', 'bob b'] },
    {
      name: 'all of it at once',
      filter: { discordIds: ['ann'], roleId: 'b', runId: 'other', outcome: 'held', mappingId: 'm12', since: after(1) },
      lines: ['ann b'],
    },
    { name: 'what does not go together', filter: { discordIds: ['bob'], runId: 'other' }, lines: [] },
  ])('are found by $name', async ({ filter, lines }) => {
    const { found } = await history();
    expect(await found(filter)).toEqual({ lines, total: lines.length });
  });
});

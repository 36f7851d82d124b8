import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { createGroupImports } from '../../src/groups/group-imports.ts';
import type { ImportRow } from '../../src/groups/import-rows.ts';
import type { Cause } from '../../src/sync/results.ts';
import { aGuild, aRole } from '../support/core-worlds.ts';
import { aGroup, aMapping, after, noon, openStores } from '../support/stores.ts';

/** May manage groups, and give no role by hand. */
const mod = { discordId: 'mod', roleIds: ['303'] };
const guild = aGuild([
  aRole({ id: '302', name: 'Captain', position: 5, permissions: PERMISSIONS.administrator }),
  aRole({ id: '303', name: 'Staff', position: 3, permissions: PERMISSIONS.manageGuild }),
]);

/** A guild with the group Pilots, in which Ann is until a minute from now and Bob without an end; Ann is linked. */
async function setUp() {
  const stores = await openStores();
  const clock = { now: noon };
  const synced: { who: readonly string[] | string; cause: Cause }[] = [];
  let ids = 0;
  const imports = createGroupImports({
    ...stores,
    now: () => clock.now,
    newId: () => `id-${++ids}`,
    onChanged: ({ discordIds }, cause) => synced.push({ who: discordIds, cause }),
    syncGuildLater: (guildId, cause) => synced.push({ who: guildId, cause }),
    guilds: { guild: () => guild },
  });
  const { groups } = stores;
  await stores.link('a', 'ann', 'ann-alt');
  await groups.create(aGroup({ id: 'pilots', name: 'Pilots' }));
  await groups.addMember({ id: '1', groupId: 'pilots', discordId: 'ann', expiresAt: after(60), addedBy: null }, noon);
  await groups.addMember({ id: '2', groupId: 'pilots', discordId: 'bob', expiresAt: null, addedBy: null }, noon);
  let place = 1;
  const row = (group: string, discordId: string, more: Partial<ImportRow> = {}): ImportRow => ({
    place: (place += 1),
    group,
    discordId,
    ...more,
  });
  const membersOf = async (name: string) => {
    const group = await groups.findByName('guild', name);
    const members = group ? await groups.members(group.id, clock.now) : [];
    return members.map(({ discordId, expiresAt }) => [discordId, expiresAt]);
  };
  return { ...stores, imports, clock, synced, row, membersOf };
}

describe('an import', () => {
  it('shows what it would do, and does just that', async () => {
    const { imports, row, membersOf, groups } = await setUp();
    const rows = [
      row('PILOTS', 'ann', { expiresAt: null }),
      row('pilots', 'bob'),
      row('Pilots', 'new', { expiresAt: after(90) }),
      row('Cadets', 'ann'),
      row('cadets', 'cid'),
    ];
    const sums = { newGroups: ['Cadets'], added: 3, changed: 1, unchanged: 1, mappings: 0, bad: [] };
    expect(await imports.preview('guild', rows, mod)).toEqual(sums);
    expect(await groups.findByName('guild', 'Cadets')).toBeNull();
    expect(await membersOf('Pilots')).toHaveLength(2);

    expect(await imports.run('guild', rows, mod)).toEqual(sums);
    expect(await membersOf('Pilots')).toEqual([
      ['ann', null],
      ['bob', null],
      ['new', after(90)],
    ]);
    expect(await membersOf('Cadets')).toEqual([
      ['ann', null],
      ['cid', null],
    ]);
    expect(await imports.preview('guild', rows, mod)).toMatchObject({
      newGroups: [],
      added: 0,
      changed: 0,
      unchanged: 5,
    });
  });

  it('leaves the end of a membership as it is where the file does not name one', async () => {
    const { imports, row, membersOf } = await setUp();
    expect(await imports.run('guild', [row('Pilots', 'ann')], mod)).toMatchObject({ changed: 0, unchanged: 1 });
    expect(await membersOf('Pilots')).toContainEqual(['ann', after(60)]);
  });

  it('takes in again whose membership has just run out', async () => {
    const { imports, row, membersOf, clock } = await setUp();
    clock.now = after(61);
    expect(await imports.run('guild', [row('Pilots', 'ann')], mod)).toMatchObject({ added: 1 });
    expect(await membersOf('Pilots')).toContainEqual(['ann', null]);
  });

  it('syncs those alone who came, with all of their Discord users, as somebody who has seen what it does', async () => {
    const { imports, row, synced } = await setUp();
    await imports.run('guild', [row('Pilots', 'bob', { expiresAt: after(9) }), row('Cadets', 'ann')], mod);
    const agreement = { exceptRoleIds: ['302', '303'] };
    const cause = { trigger: 'group', actor: 'mod', isConfirmed: true, agreement };
    expect(synced).toEqual([{ who: ['ann', 'ann-alt'], cause }]);
  });

  it('of very many syncs the guild once, for the roles that can follow', async () => {
    const { imports, row, synced, mappings, link } = await setUp();
    const ids = Array.from({ length: 60 }, (_, index) => `user-${index}`);
    for (const id of ids) await link(`account-${id}`, id);
    await mappings.create(aMapping({ id: 'm1', roleId: 'pilot', groupId: 'pilots' }));
    await mappings.create(aMapping({ id: 'm2', roleId: 'other', groupId: 'others' }));
    const rows = ids.flatMap((id) => [row('Pilots', id), row('Cadets', id)]);
    expect(await imports.run('guild', rows, mod)).toMatchObject({ added: 120, mappings: 1 });
    const agreement = { roleIds: ['pilot'], exceptRoleIds: ['302', '303'] };
    const cause = { trigger: 'group', actor: 'mod', isConfirmed: true, agreement };
    expect(synced).toEqual([{ who: 'guild', cause }]);
  });

  it('leaves global groups to the operators', async () => {
    const { imports, row, groups, membersOf } = await setUp();
    await groups.create(aGroup({ id: 'all', name: 'All', guildId: null }));
    const sums = await imports.run('guild', [row('all', 'ann'), row('Pilots', 'new')], mod);
    expect(sums).toMatchObject({
      newGroups: [],
      added: 1,
      bad: [{ place: 2, why: expect.stringContaining('global') }],
    });
    expect(await membersOf('All')).toEqual([]);
  });

  it('says which rows are over by the time that it runs', async () => {
    const { imports, row, clock } = await setUp();
    const rows = [row('Pilots', 'new', { expiresAt: after(60) })];
    expect(await imports.preview('guild', rows, mod)).toMatchObject({ added: 1, bad: [] });
    clock.now = after(60);
    const sums = await imports.run('guild', rows, mod);
    expect(sums).toMatchObject({ added: 0, bad: [{ place: 2, why: 'expires_at has passed meanwhile' }] });
  });

  it('makes no more than a hundred groups', async () => {
    const { imports, row, groups } = await setUp();
    const rows = Array.from({ length: 101 }, (_, index) => row(`Group ${index}`, 'ann'));
    const refused = expect.objectContaining({ code: 'invalid_input' });
    await expect(imports.preview('guild', rows, mod)).rejects.toEqual(refused);
    await expect(imports.run('guild', rows, mod)).rejects.toEqual(refused);
    expect(await groups.ofGuilds(['guild'], noon)).toHaveLength(1);
    expect((await imports.run('guild', rows.slice(1), mod)).newGroups).toHaveLength(100);
  });

  it('is kept in a line a group, with who did it', async () => {
    const { imports, row, configChanges } = await setUp();
    await imports.run('guild', [row('Cadets', 'ann'), row('Pilots', 'bob')], mod);
    const { changes } = await configChanges.search({ guildId: 'guild' }, 1, 10);
    expect(changes).toMatchObject([
      { subject: 'membership', actor: 'mod', before: { removed: 0 }, after: { added: 1, changed: 0 } },
      { subject: 'group', action: 'create', actor: 'mod', after: { name: 'Cadets' } },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import type { Guild } from '../../src/core/guild.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { createGroupImports } from '../../src/groups/group-imports.ts';
import { createLocalGroups } from '../../src/groups/local-groups.ts';
import type { Editor } from '../../src/groups/member-rights.ts';
import type { Cause } from '../../src/sync/results.ts';
import { aGuild, aRole, OWNER_ID } from '../support/core-worlds.ts';
import { aMapping, noon, openStores } from '../support/stores.ts';

const corp = aGuild(
  [
    aRole({ id: '301', name: 'Pilot', position: 1 }),
    aRole({ id: '302', name: 'Captain', position: 5, permissions: PERMISSIONS.administrator }),
    aRole({ id: '303', name: 'Staff', position: 3, permissions: PERMISSIONS.manageGuild }),
    aRole({ id: '304', name: 'Admiral', position: 9, permissions: PERMISSIONS.manageGuild | PERMISSIONS.manageRoles }),
    aRole({ id: '305', name: 'Veteran', position: 8 }),
    aRole({ id: '399', name: 'Rolewright', position: 20 }),
  ],
  { permissions: PERMISSIONS.manageRoles, roleIds: ['399'] },
);
const staff: Editor = { discordId: 'staff', roleIds: ['303'] };
const admiral: Editor = { discordId: 'admiral', roleIds: ['304'] };
const owner: Editor = { discordId: OWNER_ID, roleIds: [] };
const operator: Editor = { discordId: 'op', roleIds: [], isOperator: true };

const REFUSED =
  "@Captain gives power, by its permissions or by its place, and you could not give it by hand, so you can't change who is in “Boss”. Ask somebody who stands above it.";

/** The group Boss, with Ann in it, that gives @Captain, and Crew, that gives a harmless role. */
async function setUp() {
  const stores = await openStores();
  await stores.link('a', 'ann');
  await stores.link('b', 'bob');
  const seen: { guild: Guild | null } = { guild: corp };
  const causes: Cause[] = [];
  let ids = 0;
  const parts = {
    ...stores,
    guilds: { guild: () => seen.guild },
    now: () => noon,
    newId: () => `id-${++ids}`,
    onChanged: (_: unknown, cause: Cause) => void causes.push(cause),
    syncGuildLater: () => undefined,
  };
  const groups = createLocalGroups({
    ...parts,
    removeMappings: async () => undefined,
    authoriseEnding: () => undefined,
  });
  const make = (name: string) => groups.create({ guildId: 'guild', name, description: null, createdBy: 'owner' });
  const [boss, crew] = [await make('Boss'), await make('Crew')];
  await stores.mappings.create(aMapping({ id: 'm1', groupId: boss.id, roleId: '302' }));
  await stores.mappings.create(aMapping({ id: 'm2', groupId: crew.id, roleId: '301' }));
  await groups.addDiscordUser(boss, 'ann', { editor: null });
  const everyWay = (group: typeof boss, editor: Editor) => [
    () => groups.addDiscordUser(group, 'bob', { editor }),
    () => groups.addAccount(group, 'b', { editor }),
    () => groups.addDiscordUser(group, 'ann', { editor, expiresAt: null }),
    () => groups.removeDiscordUser(group, 'ann', editor),
    () => groups.removeAccount(group, 'a', editor),
    () => groups.replaceMembers(group, { accountIds: ['a', 'b'], discordIds: [] }, { editor, isConfirmed: true }),
  ];
  return { ...stores, groups, imports: createGroupImports(parts), boss, crew, seen, causes, everyWay };
}

describe('who is in a group that powerful roles follow from', () => {
  it('is not changed by somebody who could not give them by hand, in no way', async () => {
    const { groups, boss, everyWay } = await setUp();
    const before = await groups.members(boss.id);
    for (const change of everyWay(boss, staff)) {
      await expect(change()).rejects.toMatchObject({ code: 'forbidden', message: REFUSED });
    }
    expect(await groups.members(boss.id)).toEqual(before);
  });

  it('is changed by whoever stands above them, by the owner, and by operators', async () => {
    const { boss, everyWay } = await setUp();
    for (const editor of [admiral, owner, operator]) {
      for (const change of everyWay(boss, editor)) await expect(change()).resolves.toBeDefined();
    }
  });

  it('is not imported either, and the preview says so, row by row; the rest of the file is', async () => {
    const { groups, imports, boss, crew } = await setUp();
    const rows = [
      { place: 2, group: 'boss', discordId: 'bob' },
      { place: 3, group: 'Crew', discordId: 'bob' },
      { place: 4, group: 'Boss', discordId: 'ann', expiresAt: null },
    ];
    const why = REFUSED.replace(/\.$/, '');
    const bad = [
      { place: 2, why },
      { place: 4, why },
    ];
    const sums = { newGroups: [], added: 1, changed: 0, unchanged: 0, mappings: 1, bad };
    expect(await imports.preview('guild', rows, staff)).toEqual(sums);
    expect(await imports.run('guild', rows, staff)).toEqual(sums);
    expect(await groups.members(boss.id)).toHaveLength(1);
    expect(await groups.members(crew.id)).toHaveLength(1);
    expect(await imports.preview('guild', rows, owner)).toMatchObject({ added: 1, unchanged: 2, bad: [] });
  });

  it('may be called what they like', async () => {
    const { groups, boss } = await setUp();
    expect(await groups.update(boss, { name: 'Chiefs' }, { actor: 'staff' })).toMatchObject({ name: 'Chiefs' });
  });

  it('is not changed by anybody of a guild that cannot be seen, but for operators', async () => {
    const { everyWay, boss, seen, groups } = await setUp();
    seen.guild = null;
    for (const change of everyWay(boss, owner)) {
      await expect(change()).rejects.toMatchObject({ code: 'discord_unavailable' });
    }
    for (const change of everyWay(boss, operator)) await expect(change()).resolves.toBeDefined();
    const unmapped = await groups.create({ guildId: 'guild', name: 'New', description: null, createdBy: null });
    expect(await groups.addDiscordUser(unmapped, 'bob', { editor: staff })).toMatchObject({ isNew: true });
  });
});

describe('who is in another group', () => {
  it('is changed by whoever has Manage Server', async () => {
    const { everyWay, crew } = await setUp();
    for (const change of everyWay(crew, staff)) await expect(change()).resolves.toBeDefined();
  });

  it('is not, where powerful roles stand in an exclusive set with its own, or exclude it', async () => {
    const { groups, mappings, crew } = await setUp();
    const add = () => groups.addDiscordUser(crew, 'bob', { editor: staff });
    await mappings.create(aMapping({ id: 'm3', groupId: crew.id, roleId: '301', exclusiveSet: 'rank' }));
    await mappings.create(aMapping({ id: 'm4', groupId: 'http:x', roleId: '302', exclusiveSet: 'rank' }));
    await expect(add()).rejects.toThrow("so you can't change who is in “Crew”");
    await mappings.remove(['m4'], 'keep');
    await expect(add()).resolves.toMatchObject({ isNew: true });
    const conditions = { ...NO_CONDITIONS, excludedGroups: [crew.id] };
    await mappings.create(aMapping({ id: 'm5', groupId: 'http:x', roleId: '302', conditions }));
    await expect(add()).rejects.toThrow('@Captain');
  });

  it('and what follows is a yes to the roles alone that its author could take by hand', async () => {
    const { groups, mappings, crew, causes } = await setUp();
    await mappings.create(aMapping({ id: 'm3', groupId: crew.id, roleId: '305' }));
    const replace = (editor: Editor, ...accountIds: string[]) =>
      groups.replaceMembers(crew, { accountIds, discordIds: [] }, { editor, isConfirmed: true });
    causes.length = 0;
    await replace(admiral, 'a');
    await replace(staff, 'a', 'b');
    await replace(operator, 'b');
    await groups.removeAccount(crew, 'b', admiral);
    const group = { trigger: 'group', isConfirmed: true };
    const all = ['301', '302', '303', '304', '305', '399'];
    expect(causes).toEqual([
      { ...group, actor: 'admiral', agreement: { exceptRoleIds: ['304', '399'] } },
      { ...group, actor: 'staff', agreement: { exceptRoleIds: all } },
      { ...group, actor: 'op' },
      { ...group, actor: 'admiral', agreement: { exceptRoleIds: ['304', '399'] } },
    ]);
  });
});

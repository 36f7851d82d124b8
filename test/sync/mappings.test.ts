import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { createMappings } from '../../src/sync/mappings.ts';
import type { Cause } from '../../src/sync/results.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld } from '../support/sync-world.ts';

const OWNER = { discordId: '1', roleIds: [] };
const CAPTAIN = { discordId: '7', roleIds: ['captain'] };

async function createWorld() {
  const world = await createSyncWorld();
  const { discord } = world;
  discord.withRole('pilot', { position: 1 });
  discord.withRole('captain', { position: 10, permissions: PERMISSIONS.manageRoles });
  discord.withRole('admiral', { position: 20 });
  discord.withRole('police', { position: 2, permissions: PERMISSIONS.banMembers });
  discord.withRole('booster', { position: 3, isManaged: true });
  await world.group('pilots');
  const syncs: { guildId: string; cause: Cause }[] = [];
  const syncLater = (guildId: string, cause: Cause) => void syncs.push({ guildId, cause });
  const { mappings, settings, configChanges, facts, sync } = world;
  const stores = { mappings, settings, configChanges, facts, sync };
  return {
    ...world,
    pilotOf: (discordId: string) => world.pilot(discordId),
    syncs,
    edit: createMappings({ ...stores, guilds: discord, syncLater, now: world.now, newId: world.newId }),
  };
}

const draft = { groupId: 'pilots', roleId: 'pilot' };
/** What the captain could not give by hand. */
const BEYOND = expect.arrayContaining(['captain', 'admiral']);

describe('the mappings of a guild', () => {
  it('saves a mapping with the defaults, and has the guild synced', async () => {
    const { edit, syncs } = await createWorld();
    const mapping = await edit.create(GUILD_ID, CAPTAIN, draft, { confirmDangerous: false, isConfirmed: true });
    expect(mapping).toMatchObject({
      ...draft,
      roleName: 'pilot',
      priority: 0,
      onForeign: 'keep',
      onDrift: 'revert',
      isActive: true,
    });
    expect(syncs).toEqual([
      {
        guildId: GUILD_ID,
        cause: {
          trigger: 'mapping',
          actor: '7',
          isConfirmed: true,
          agreement: { roleIds: ['pilot'], exceptRoleIds: BEYOND },
        },
      },
    ]);
    expect(await edit.list(GUILD_ID)).toMatchObject([{ mapping: { id: mapping.id }, findings: [] }]);
  });

  it.each([
    {
      name: 'without Manage Roles',
      author: { discordId: '8', roleIds: ['pilot'] },
      roleId: 'pilot',
      code: 'forbidden',
    },
    { name: 'for the own highest role', author: CAPTAIN, roleId: 'captain', code: 'forbidden' },
    { name: 'for a role above the own', author: CAPTAIN, roleId: 'admiral', code: 'forbidden' },
    { name: 'for a role that is not there', author: OWNER, roleId: 'ghost', code: 'role_not_mappable' },
    { name: 'for a managed role', author: OWNER, roleId: 'booster', code: 'role_not_mappable' },
    { name: 'for @everyone', author: OWNER, roleId: GUILD_ID, code: 'role_not_mappable' },
  ])('refuses one $name', async ({ author, roleId, code }) => {
    const { edit, mappings, syncs } = await createWorld();
    await expect(
      edit.create(GUILD_ID, author, { ...draft, roleId }, { confirmDangerous: true, isConfirmed: true }),
    ).rejects.toMatchObject({ code });
    await expect(edit.preview(GUILD_ID, author, { ...draft, roleId })).rejects.toMatchObject({ code });
    expect(await mappings.ofGuild(GUILD_ID)).toEqual([]);
    expect(syncs).toEqual([]);
  });

  it('lets nobody beat, in an exclusive set, the mapping of a role above his own', async () => {
    const { edit } = await createWorld();
    const yes = { confirmDangerous: true, isConfirmed: true };
    await edit.create(GUILD_ID, OWNER, { ...draft, roleId: 'admiral', exclusiveSet: 'rank' }, yes);
    const rival = { ...draft, exclusiveSet: 'rank', priority: 9 };
    await expect(edit.create(GUILD_ID, CAPTAIN, rival, yes)).rejects.toMatchObject({ code: 'forbidden' });
    const { id } = await edit.create(GUILD_ID, CAPTAIN, draft, yes);
    const joins = { exclusiveSet: 'rank', priority: 9 };
    await expect(edit.edit(GUILD_ID, CAPTAIN, id, joins, { ...yes, roles: 'remove' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const below = { exclusiveSet: 'rank', priority: -1 };
    await expect(edit.edit(GUILD_ID, CAPTAIN, id, below, { ...yes, roles: 'remove' })).resolves.toMatchObject(below);
    await expect(edit.create(GUILD_ID, OWNER, { ...rival, roleId: 'captain' }, yes)).resolves.toMatchObject({
      roleId: 'captain',
    });
  });

  it('takes nobody’s yes for the roles above him that share a set with his mapping', async () => {
    const { edit, syncs } = await createWorld();
    const yes = { confirmDangerous: true, isConfirmed: true };
    await edit.create(GUILD_ID, OWNER, { ...draft, roleId: 'admiral', exclusiveSet: 'rank' }, yes);
    await edit.create(GUILD_ID, CAPTAIN, { ...draft, exclusiveSet: 'rank', priority: -1 }, yes);
    expect(syncs.map(({ cause }) => cause.agreement)).toEqual([
      { roleIds: ['admiral'] },
      { roleIds: ['pilot', 'admiral'], exceptRoleIds: BEYOND },
    ]);
  });

  it('asks for an explicit yes before a role with dangerous permissions', async () => {
    const { edit } = await createWorld();
    const dangerous = { ...draft, roleId: 'police' };
    expect((await edit.preview(GUILD_ID, CAPTAIN, dangerous)).dangerous).toEqual(['banMembers']);
    await expect(
      edit.create(GUILD_ID, CAPTAIN, dangerous, { confirmDangerous: false, isConfirmed: true }),
    ).rejects.toMatchObject({ code: 'dangerous_role' });
    await expect(
      edit.create(GUILD_ID, CAPTAIN, dangerous, { confirmDangerous: true, isConfirmed: true }),
    ).resolves.toMatchObject({ roleId: 'police' });
  });

  it('leaves alone what an edit says as it is: no other moment, no sync', async () => {
    const { edit, syncs } = await createWorld();
    const made = await edit.create(GUILD_ID, CAPTAIN, { ...draft, conditions: { groups: ['pilots'] } }, {});
    const begun = syncs.length;
    for (const same of [{}, { priority: 0 }, { ...draft, conditions: { groups: ['pilots'], requireAll: false } }]) {
      const after = await edit.edit(GUILD_ID, CAPTAIN, made.id, same, { roles: 'remove' });
      expect(after.updatedAt).toEqual(made.updatedAt);
    }
    expect(syncs.length).toBe(begun);
    const other = await edit.edit(GUILD_ID, CAPTAIN, made.id, { priority: 1 }, { roles: 'remove' });
    expect([other.updatedAt > made.updatedAt, syncs.length]).toEqual([true, begun + 1]);
  });

  it('refuses a group that is not there, and one of another guild', async () => {
    const { edit, groups, settings, now } = await createWorld();
    await settings.joined('other', 'Other', now());
    const times = { createdAt: now(), updatedAt: now() };
    await groups.create({
      id: 'theirs',
      guildId: 'other',
      name: 'theirs',
      description: null,
      createdBy: null,
      ...times,
    });
    for (const groupId of ['nowhere', 'theirs', 'http:unset']) {
      await expect(
        edit.create(GUILD_ID, OWNER, { ...draft, groupId }, { confirmDangerous: false, isConfirmed: true }),
      ).rejects.toMatchObject({
        code: 'group_not_found',
      });
    }
  });

  it('refuses a second mapping that says the same, and takes one with another condition', async () => {
    const { edit, group } = await createWorld();
    await group('officers');
    await edit.create(GUILD_ID, OWNER, draft, { confirmDangerous: false, isConfirmed: true });
    await expect(
      edit.create(GUILD_ID, OWNER, draft, { confirmDangerous: false, isConfirmed: true }),
    ).rejects.toMatchObject({ code: 'mapping_exists' });
    const other = { ...draft, conditions: { groups: ['officers'], requireAll: true } };
    await expect(
      edit.create(GUILD_ID, OWNER, other, { confirmDangerous: false, isConfirmed: true }),
    ).resolves.toMatchObject({ roleId: 'pilot' });
  });

  it('shows who would get the role and who holds it already, and changes nothing by that', async () => {
    const { edit, discord, link, addToGroup, mappings } = await createWorld();
    discord.withMember('2');
    discord.withMember('3', ['pilot']);
    await link('2');
    await addToGroup('pilots', '2');

    const { preview, foreignHolders } = await edit.preview(GUILD_ID, OWNER, draft);

    expect(preview).toMatchObject({ rolesAdded: 1, rolesRemoved: 0 });
    expect(foreignHolders).toBe(1);
    expect((await edit.preview(GUILD_ID, OWNER, { ...draft, onForeign: 'remove' })).preview.rolesRemoved).toBe(1);
    expect(discord.writes).toEqual([]);
    expect(await mappings.ofGuild(GUILD_ID)).toEqual([]);
  });

  it('checks without a look at the members, and saves nothing by that', async () => {
    const { edit, syncs } = await createWorld();
    const police = { ...draft, roleId: 'police' };
    const author = { discordId: '1', roleIds: [] };
    const checked = await edit.check(GUILD_ID, author, police);
    expect(checked).toMatchObject({ after: { ...police, roleName: 'police' }, dangerous: ['banMembers'] });
    await expect(edit.check(GUILD_ID, CAPTAIN, { ...draft, roleId: 'admiral' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(edit.check(GUILD_ID, CAPTAIN, { ...draft, groupId: 'nobody' })).rejects.toMatchObject({
      code: 'group_not_found',
    });
    expect([await edit.list(GUILD_ID), syncs]).toEqual([[], []]);
    const { id } = await edit.create(GUILD_ID, CAPTAIN, draft, {});
    const change = await edit.checkEdit(GUILD_ID, CAPTAIN, id, { priority: 5 });
    expect(change).toMatchObject({ before: { priority: 0 }, after: { priority: 5 }, dangerous: [] });
    expect(await edit.find(GUILD_ID, id)).toMatchObject({ mapping: { priority: 0 } });
  });

  it('maps a role above the bot, and says how to mend that', async () => {
    const { edit, discord } = await createWorld();
    discord.withRole('chief', { position: 200 });
    await edit.create(GUILD_ID, OWNER, { ...draft, roleId: 'chief' }, { confirmDangerous: false, isConfirmed: true });
    const [listed] = await edit.list(GUILD_ID);
    expect(listed?.findings).toMatchObject([{ code: 'role_above_bot', mend: expect.stringContaining('Drag') }]);
  });

  it('shows what an edit would do, and lets a mapping that cannot work be switched off', async () => {
    const { edit, discord, link, addToGroup, sync } = await createWorld();
    discord.withMember('2');
    await link('2');
    await addToGroup('pilots', '2');
    const { id } = await edit.create(GUILD_ID, OWNER, draft, { confirmDangerous: false, isConfirmed: true });
    await sync.guild(GUILD_ID, { trigger: 'mapping', actor: '1' });
    const excluded = { conditions: { excludedGroups: ['pilots'] } };
    const preview = await edit.previewEdit(GUILD_ID, OWNER, id, excluded, 'remove');
    expect(preview).toMatchObject({ after: { conditions: excluded.conditions }, preview: { rolesRemoved: 1 } });
    expect(preview.findings).toMatchObject([{ code: 'never_true' }]);

    discord.roles.delete('pilot');
    const options = { confirmDangerous: false, roles: 'remove' } as const;
    await expect(edit.edit(GUILD_ID, CAPTAIN, id, { priority: 2 }, options)).rejects.toMatchObject({
      code: 'role_not_mappable',
    });
    await expect(edit.edit(GUILD_ID, CAPTAIN, id, { isActive: false }, options)).resolves.toMatchObject({
      isActive: false,
    });
  });

  it('lets nobody edit or remove a mapping of a role that he could not give', async () => {
    const { edit } = await createWorld();
    const { id } = await edit.create(
      GUILD_ID,
      OWNER,
      { ...draft, roleId: 'admiral' },
      { confirmDangerous: false, isConfirmed: true },
    );
    const options = { confirmDangerous: true, roles: 'remove' } as const;
    await expect(edit.edit(GUILD_ID, CAPTAIN, id, { priority: 5 }, options)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(edit.remove(GUILD_ID, CAPTAIN, [id], { roles: 'remove', isConfirmed: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      edit.remove('400000000000000000', OWNER, [id], { roles: 'remove', isConfirmed: true }),
    ).rejects.toMatchObject({
      code: 'mapping_not_found',
    });
    await expect(edit.edit(GUILD_ID, OWNER, id, { priority: 5 }, options)).resolves.toMatchObject({ priority: 5 });
  });

  it.each(['remove', 'keep'] as const)('removes a mapping, and the roles that only it gave: %s', async (roles) => {
    const { edit, discord, link, addToGroup, sync } = await createWorld();
    discord.withMember('2');
    await link('2');
    await addToGroup('pilots', '2');
    const { id } = await edit.create(GUILD_ID, OWNER, draft, { confirmDangerous: false, isConfirmed: true });
    await sync.guild(GUILD_ID, { trigger: 'mapping', actor: '1' });
    expect(discord.rolesOf('2')).toEqual(['pilot']);

    await edit.remove(GUILD_ID, OWNER, [id], { roles, isConfirmed: true });
    await sync.guild(GUILD_ID, { trigger: 'mapping', actor: '1' });

    expect(discord.rolesOf('2')).toEqual(roles === 'keep' ? ['pilot'] : []);
  });

  it.each(['remove', 'keep'] as const)('points a mapping at another role; what the old one gave: %s', async (roles) => {
    const { edit, discord, pilotOf, sync } = await createWorld();
    discord.withRole('cadet', { position: 1 });
    await pilotOf('2');
    const { id } = await edit.create(GUILD_ID, OWNER, draft, { isConfirmed: true });
    await sync.guild(GUILD_ID, { trigger: 'mapping', actor: '1' });
    const preview = await edit.previewEdit(GUILD_ID, CAPTAIN, id, { roleId: 'cadet' }, roles);
    expect(preview).toMatchObject({ after: { roleName: 'cadet' }, preview: { rolesAdded: 1 } });

    await edit.edit(GUILD_ID, CAPTAIN, id, { roleId: 'cadet' }, { roles, isConfirmed: true });
    await sync.guild(GUILD_ID, { trigger: 'mapping', actor: '1', isConfirmed: true });

    expect((await edit.find(GUILD_ID, id)).mapping).toMatchObject({ roleId: 'cadet', roleName: 'cadet' });
    expect(discord.rolesOf('2')).toEqual(roles === 'keep' ? ['cadet', 'pilot'] : ['cadet']);
  });

  it('is pointed only at roles that its author could give, and at a dangerous one by his explicit yes', async () => {
    const { edit } = await createWorld();
    const { id } = await edit.create(GUILD_ID, CAPTAIN, draft, {});
    const point = (roleId: string, confirmDangerous = false) =>
      edit.edit(GUILD_ID, CAPTAIN, id, { roleId }, { roles: 'keep', confirmDangerous });
    await expect(point('admiral')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(point('booster')).rejects.toMatchObject({ code: 'role_not_mappable' });
    await expect(point('police')).rejects.toMatchObject({ code: 'dangerous_role' });
    await expect(point('police', true)).resolves.toMatchObject({ roleId: 'police' });
  });

  it('keeps who made, changed and removed a mapping, with how it was before', async () => {
    const { edit, configChanges } = await createWorld();
    const { id } = await edit.create(GUILD_ID, CAPTAIN, draft, {});
    await edit.edit(GUILD_ID, OWNER, id, { priority: 3, conditions: { characterCountMin: 2 } }, { roles: 'keep' });
    await edit.edit(GUILD_ID, OWNER, id, { priority: 3 }, { roles: 'keep' });
    await edit.remove(GUILD_ID, OWNER, [id], { roles: 'keep' });
    const { changes } = await configChanges.search({ guildId: GUILD_ID, subject: 'mapping', subjectId: id }, 1, 10);
    expect(changes.toReversed()).toMatchObject([
      { action: 'create', actor: '7', before: null, after: { discord_role_id: 'pilot', group_id: 'pilots' } },
      {
        action: 'update',
        actor: '1',
        before: { priority: 0, conditions: { character_count_min: null } },
        after: { priority: 3, conditions: { character_count_min: 2 } },
      },
      { action: 'delete', actor: '1', before: { priority: 3, discord_role_id: 'pilot' }, after: null },
    ]);
    expect(Object.keys(changes[1]?.after ?? {})).toEqual(['conditions', 'priority']);
  });

  it('removes the mapping of a role that was deleted', async () => {
    const { edit, discord } = await createWorld();
    const { id } = await edit.create(GUILD_ID, CAPTAIN, draft, { confirmDangerous: false, isConfirmed: true });
    discord.roles.delete('pilot');
    await expect(edit.remove(GUILD_ID, CAPTAIN, [id], { roles: 'remove', isConfirmed: true })).resolves.toMatchObject([
      { id },
    ]);
  });
});

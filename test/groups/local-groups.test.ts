import { describe, expect, it } from 'vitest';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import type { Affected } from '../../src/groups/group-changes.ts';
import { createLocalGroups } from '../../src/groups/local-groups.ts';
import type { Cause } from '../../src/sync/results.ts';
import { aGrant, aGroup, aMapping, after, noon, openStores } from '../support/stores.ts';

const author = { discordId: 'mod', roleIds: [] };

async function setUp() {
  const stores = await openStores();
  const affected: (Affected & { actor: string | null })[] = [];
  const causes: Cause[] = [];
  const syncedGuilds: { guildId: string; cause: Cause }[] = [];
  const refusedRoles = new Set<string>();
  let ids = 0;
  const localGroups = createLocalGroups({
    ...stores,
    now: () => noon,
    newId: () => `id-${++ids}`,
    removeMappings: async (_, __, mappingIds, { roles }) => stores.mappings.remove(mappingIds, roles),
    authoriseEnding(_, __, roleId) {
      if (refusedRoles.has(roleId)) throw new AppError('forbidden', 'not this role');
    },
    onChanged(whom, cause) {
      affected.push({ ...whom, actor: cause.actor });
      causes.push(cause);
    },
    syncGuildLater: (guildId, cause) => syncedGuilds.push({ guildId, cause }),
  });
  const recorded = async (guildId: string | null = 'guild') => {
    const { changes } = await stores.configChanges.search({ guildId }, 1, 100);
    return changes.toReversed().map(({ id: _, at: __, guildId: ___, ...change }) => change);
  };
  const create = (name: string) => localGroups.create({ guildId: 'guild', name, description: null, createdBy: 'mod' });
  return { ...stores, localGroups, create, affected, causes, syncedGuilds, refusedRoles, recorded };
}

const withCode = (code: ErrorCode): unknown => expect.objectContaining({ name: 'AppError', code });

describe('making a group', () => {
  it('tidies its name and keeps who made it', async () => {
    const { localGroups } = await setUp();
    const input = { guildId: 'guild', name: '  Élite   pilots ', description: '  ', createdBy: 'mod' };
    expect(await localGroups.create(input)).toEqual({
      id: 'id-1',
      guildId: 'guild',
      name: 'Élite pilots',
      description: null,
      createdBy: 'mod',
      createdAt: noon,
      updatedAt: noon,
    });
  });

  it('refuses a name that is taken, in whatever case', async () => {
    const { create } = await setUp();
    await create('Pilots');
    await expect(create('PILOTS')).rejects.toEqual(withCode('group_exists'));
    await expect(create('pilots ')).rejects.toThrow(/a group “pilots” already\. Use that one/);
  });

  it.each([
    '',
    '   ',
    'x'.repeat(101),
    'two\nlines',
    'turn\u202eed',
    'null\u0000',
    'zero\u200bwidth',
    'a,b',
    'None',
    'HTTP:pilots',
  ])('refuses the name %j', async (name) => {
    const { create } = await setUp();
    await expect(create(name)).rejects.toEqual(withCode('invalid_input'));
  });

  it.each(['x', 'x'.repeat(100), '🚀 Piloten/innen', '操縦士', '👩‍🚀'])('takes the name %j', async (name) => {
    const { create } = await setUp();
    expect(await create(name)).toMatchObject({ name });
  });

  it('refuses a description that is too long', async () => {
    const { localGroups } = await setUp();
    const input = { guildId: null, name: 'x', description: 'y'.repeat(501), createdBy: null };
    await expect(localGroups.create(input)).rejects.toEqual(withCode('invalid_input'));
  });
});

describe('finding groups', () => {
  it('takes an id or a name in any case', async () => {
    const { localGroups, create } = await setUp();
    const made = await create('Pilots');
    expect(await localGroups.find('guild', made.id)).toEqual(made);
    expect(await localGroups.find('guild', ' PILOTS ')).toEqual(made);
  });

  it('shows global ones, and hides those of another guild', async () => {
    const { localGroups, groups, guilds } = await setUp();
    await guilds.joined('other', 'Other', noon);
    await groups.create(aGroup({ id: 'theirs', guildId: 'other' }));
    await groups.create(aGroup({ id: 'global', guildId: null }));
    expect(await localGroups.find('guild', 'global')).toMatchObject({ guildId: null });
    await expect(localGroups.find('guild', 'theirs')).rejects.toEqual(withCode('group_not_found'));
    await expect(localGroups.find('guild', 'nothing')).rejects.toThrow(/See \/group list/);
  });

  it('counts members and the guild’s mappings that name them', async () => {
    const { localGroups, create, mappings } = await setUp();
    const pilots = await create('Pilots');
    await create('Cadets');
    await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, actor: 'mod' });
    await mappings.create(aMapping({ id: 'm1', groupId: pilots.id }));
    await mappings.create(
      aMapping({ id: 'm2', groupId: 'x', conditions: { ...NO_CONDITIONS, excludedGroups: [pilots.id] } }),
    );
    const counts = (await localGroups.list('guild')).map(({ name, memberCount, mappingCount }) => [
      name,
      memberCount,
      mappingCount,
    ]);
    expect(counts).toEqual([
      ['Cadets', 0, 0],
      ['Pilots', 1, 2],
    ]);
  });
});

describe('who is in a group', () => {
  it('counts at once when he is linked, for every Discord user of his account', async () => {
    const { localGroups, create, link, affected, groups } = await setUp();
    await link('a', 'ann', 'alt');
    const pilots = await create('Pilots');
    const added = await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: after(60), actor: 'mod' });
    expect(added).toEqual({ isNew: true, isLinked: true, expiresAt: after(60), isEndChanged: false });
    expect(affected).toEqual([{ discordIds: ['ann', 'alt'], guildId: 'guild', actor: 'mod' }]);
    expect((await groups.groupIdsOf(['a'], noon)).get('a')).toEqual(new Set([pilots.id]));
    expect(await localGroups.members(pilots.id)).toEqual([
      { accountId: null, discordId: 'ann', isLinked: true, expiresAt: after(60), addedAt: noon },
    ]);
  });

  it('waits for the link otherwise', async () => {
    const { localGroups, create, affected } = await setUp();
    const pilots = await create('Pilots');
    const added = await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, actor: 'mod' });
    expect(added).toEqual({ isNew: true, isLinked: false, expiresAt: null, isEndChanged: false });
    expect(affected).toEqual([]);
    expect(await localGroups.members(pilots.id)).toMatchObject([{ discordId: 'ann', isLinked: false }]);
  });

  it('is nothing new the second time', async () => {
    const { localGroups, create, link, affected } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, actor: 'mod' });
    const again = await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: after(60), actor: 'mod' });
    expect(again).toEqual({ isNew: false, isLinked: true, expiresAt: after(60), isEndChanged: true });
    expect(await localGroups.addDiscordUser(pilots, 'ann', { actor: 'mod' })).toEqual({
      ...again,
      isEndChanged: false,
    });
    expect(affected).toHaveLength(1);
  });

  it('refuses a membership that is over before it begins, and a group that is gone', async () => {
    const { localGroups, create } = await setUp();
    const pilots = await create('Pilots');
    const options = { expiresAt: noon, actor: 'mod' };
    await expect(localGroups.addDiscordUser(pilots, 'ann', options)).rejects.toEqual(withCode('invalid_input'));
    await localGroups.remove(pilots, { mappings: 'refuse', author });
    const late = localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, actor: 'mod' });
    await expect(late).rejects.toEqual(withCode('group_not_found'));
  });

  it('is out by his Discord user, even when his account was added', async () => {
    const { localGroups, create, link, groups, affected } = await setUp();
    await link('a', 'ann', 'alt');
    const pilots = await create('Pilots');
    await groups.addMember({ id: 'x', groupId: pilots.id, accountId: 'a', expiresAt: null, addedBy: null }, noon);
    expect(await localGroups.removeDiscordUser(pilots, 'ann', 'mod')).toEqual({ wasMember: true });
    expect(affected).toEqual([{ discordIds: ['ann', 'alt'], guildId: 'guild', actor: 'mod' }]);
    expect(await localGroups.members(pilots.id)).toEqual([]);
  });

  it('touches nobody when he was not in it, or is not linked', async () => {
    const { localGroups, create, link, affected } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'waiting', { expiresAt: null, actor: 'mod' });
    expect(await localGroups.removeDiscordUser(pilots, 'ann', 'mod')).toEqual({ wasMember: false });
    expect(await localGroups.removeDiscordUser(pilots, 'waiting', 'mod')).toEqual({ wasMember: true });
    expect(affected).toEqual([]);
  });
});

/** A group with two mappings of its own; one of their roles is given by a third mapping as well. */
async function mapped() {
  const world = await setUp();
  const pilots = await world.create('Pilots');
  await world.mappings.create(aMapping({ id: 'm1', groupId: pilots.id, roleId: 'only' }));
  await world.mappings.create(aMapping({ id: 'm2', groupId: pilots.id, roleId: 'shared' }));
  await world.mappings.create(aMapping({ id: 'm3', groupId: 'cadets', roleId: 'shared' }));
  await world.grants.save([
    aGrant({ roleId: 'only', mappingIds: ['m1'] }),
    aGrant({ roleId: 'shared', mappingIds: ['m2', 'm3'] }),
  ]);
  return { ...world, pilots };
}

describe('deleting a group', () => {
  it('is refused while mappings name it, and nothing changes', async () => {
    const { localGroups, pilots, mappings, affected } = await mapped();
    const refused = localGroups.remove(pilots, { mappings: 'refuse', author });
    await expect(refused).rejects.toEqual(withCode('group_in_use'));
    await expect(refused).rejects.toBeInstanceOf(AppError);
    await expect(refused).rejects.toThrow(
      '2 mappings name the group “Pilots”. Remove them first, or delete the group together with them.',
    );
    expect(await localGroups.find('guild', 'Pilots')).toEqual(pilots);
    expect(await mappings.ofGuild('guild')).toHaveLength(3);
    expect(affected).toEqual([]);
  });

  it('takes its mappings along, and the roles that only they gave', async () => {
    const { localGroups, pilots, mappings, grants } = await mapped();
    expect(await localGroups.remove(pilots, { mappings: 'remove', author })).toEqual({ removedMappings: 2 });
    expect((await mappings.ofGuild('guild')).map(({ id }) => id)).toEqual(['m3']);
    const roles = await grants.ofMember('guild', 'ann');
    expect(roles.get('only')?.isReleased).toBe(true);
    expect(roles.get('shared')?.isReleased).toBe(false);
    await expect(localGroups.find('guild', 'Pilots')).rejects.toEqual(withCode('group_not_found'));
  });

  it('or leaves the roles to those who hold them', async () => {
    const { localGroups, pilots, grants } = await mapped();
    await localGroups.remove(pilots, { mappings: 'keep', author });
    expect([...(await grants.ofMember('guild', 'ann')).keys()]).toEqual(['shared']);
  });

  it('touches nobody when no mapping names it', async () => {
    const { localGroups, create, affected, link } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, actor: 'mod' });
    affected.length = 0;
    expect(await localGroups.remove(pilots, { mappings: 'refuse', author })).toEqual({ removedMappings: 0 });
    expect(affected).toEqual([]);
  });
});

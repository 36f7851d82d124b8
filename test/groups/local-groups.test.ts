import { describe, expect, it } from 'vitest';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import type { Affected } from '../../src/groups/group-changes.ts';
import { createLocalGroups } from '../../src/groups/local-groups.ts';
import type { Cause } from '../../src/sync/results.ts';
import { aGrant, aGroup, aMapping, after, noon, openStores } from '../support/stores.ts';

const author = { discordId: 'mod', roleIds: [] };
const operator = { discordId: 'op', roleIds: [], isOperator: true };
const host = { ...operator, discordId: 'host' };

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
    guilds: { guild: () => null },
  });
  const recorded = async (guildId: string | null = 'guild') => {
    const { changes } = await stores.configChanges.search({ guildId }, 1, 100);
    return changes.toReversed().map(({ subject, subjectId, action, actor, before, after: then }) => ({
      subject,
      subjectId,
      action,
      actor,
      before,
      after: then,
    }));
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
    await expect(localGroups.find('guild', 'nothing')).rejects.toThrow('There is no group “nothing” here.');
  });

  it('tells which ones somebody was added to by his Discord id, of those that count here', async () => {
    const { localGroups, create, groups, guilds } = await setUp();
    await guilds.joined('other', 'Other', noon);
    await groups.create(aGroup({ id: 'theirs', guildId: 'other' }));
    await groups.create(aGroup({ id: 'global', guildId: null, name: 'Global' }));
    const pilots = await create('Pilots');
    const end = after(60);
    await groups.addMany('theirs', [{ id: 't', discordId: 'zed', expiresAt: null }], { addedBy: null, now: noon });
    await groups.addMany('global', [{ id: 'g', discordId: 'zed', expiresAt: null }], { addedBy: null, now: noon });
    await groups.addMany(pilots.id, [{ id: 'p', discordId: 'zed', expiresAt: end }], { addedBy: null, now: noon });
    const names = async () => (await localGroups.withDiscordUser('guild', 'zed')).map(({ name }) => name);
    expect(await names()).toEqual(['Global', 'Pilots']);
    expect(await groups.groupIdsByDiscordId('zed', end)).toEqual(new Set(['theirs', 'global']));
    expect(await localGroups.withDiscordUser('guild', 'ann')).toEqual([]);
  });

  it('counts members and the guild’s mappings that name them', async () => {
    const { localGroups, create, mappings } = await setUp();
    const pilots = await create('Pilots');
    await create('Cadets');
    await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, editor: author });
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
    const added = await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: after(60), editor: author });
    expect(added).toEqual({ isNew: true, isLinked: true, expiresAt: after(60), isEndChanged: false });
    expect(affected).toEqual([{ discordIds: ['ann', 'alt'], guildId: 'guild', actor: 'mod' }]);
    expect((await groups.groupIdsOf(['a'], noon)).get('a')).toEqual(new Set([pilots.id]));
    expect(await localGroups.members(pilots.id)).toEqual([
      { accountId: 'a', discordId: 'ann', isLinked: true, expiresAt: after(60), addedAt: noon },
    ]);
  });

  it('waits for the link otherwise', async () => {
    const { localGroups, create, affected } = await setUp();
    const pilots = await create('Pilots');
    const added = await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, editor: author });
    expect(added).toEqual({ isNew: true, isLinked: false, expiresAt: null, isEndChanged: false });
    expect(affected).toEqual([]);
    expect(await localGroups.members(pilots.id)).toMatchObject([{ discordId: 'ann', isLinked: false }]);
  });

  it('is nothing new the second time', async () => {
    const { localGroups, create, link, affected } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, editor: author });
    const again = await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: after(60), editor: author });
    expect(again).toEqual({ isNew: false, isLinked: true, expiresAt: after(60), isEndChanged: true });
    expect(await localGroups.addDiscordUser(pilots, 'ann', { editor: author })).toEqual({
      ...again,
      isEndChanged: false,
    });
    expect(affected).toHaveLength(1);
  });

  it('refuses a membership that is over before it begins, and a group that is gone', async () => {
    const { localGroups, create } = await setUp();
    const pilots = await create('Pilots');
    const options = { expiresAt: noon, editor: author };
    await expect(localGroups.addDiscordUser(pilots, 'ann', options)).rejects.toEqual(withCode('invalid_input'));
    await localGroups.remove(pilots, { mappings: 'refuse', author });
    const late = localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, editor: author });
    await expect(late).rejects.toEqual(withCode('group_not_found'));
  });

  it('is out by his Discord user, even when his account was added', async () => {
    const { localGroups, create, link, groups, affected } = await setUp();
    await link('a', 'ann', 'alt');
    const pilots = await create('Pilots');
    await groups.addMember({ id: 'x', groupId: pilots.id, accountId: 'a', expiresAt: null, addedBy: null }, noon);
    expect(await localGroups.removeDiscordUser(pilots, 'ann', author)).toEqual({ wasMember: true });
    expect(affected).toEqual([{ discordIds: ['ann', 'alt'], guildId: 'guild', actor: 'mod' }]);
    expect(await localGroups.members(pilots.id)).toEqual([]);
  });

  it('touches nobody when he was not in it, or is not linked', async () => {
    const { localGroups, create, link, affected } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'waiting', { expiresAt: null, editor: author });
    expect(await localGroups.removeDiscordUser(pilots, 'ann', author)).toEqual({ wasMember: false });
    expect(await localGroups.removeDiscordUser(pilots, 'waiting', author)).toEqual({ wasMember: true });
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

  it('happens once: who is late learns that it is gone', async () => {
    const { localGroups, pilots, recorded } = await mapped();
    const remove = () => localGroups.remove(pilots, { mappings: 'remove', author });
    const ends = await Promise.allSettled([remove(), remove(), remove()]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(remove()).rejects.toEqual(withCode('group_not_found'));
    expect((await recorded()).filter(({ action }) => action === 'delete')).toHaveLength(1);
    const seen = { actor: 'mod', unchangedSince: pilots.updatedAt };
    await expect(localGroups.update(pilots, { name: 'x' }, seen)).rejects.toEqual(withCode('group_not_found'));
  });

  it('can be of all of a guild’s own at once, and no global one', async () => {
    const { localGroups, create } = await setUp();
    await localGroups.create({ guildId: null, name: 'All', description: null, createdBy: 'op' });
    const names = ['Pilots', 'Cadets'];
    for (const name of names) await create(name);
    await Promise.all([localGroups.removeAll('guild', author), localGroups.removeAll('guild', author)]);
    expect((await localGroups.list('guild')).map(({ name }) => name)).toEqual(['All']);
  });

  it('touches nobody when no mapping names it', async () => {
    const { localGroups, create, affected, link } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'ann', { expiresAt: null, editor: author });
    affected.length = 0;
    expect(await localGroups.remove(pilots, { mappings: 'refuse', author })).toEqual({ removedMappings: 0 });
    expect(affected).toEqual([]);
  });
});

describe('a group of every guild', () => {
  it('is listed for each of them, with the mappings of those that are asked for', async () => {
    const { localGroups, guilds, mappings } = await setUp();
    await guilds.joined('other', 'Other', noon);
    const everywhere = await localGroups.create({ guildId: null, name: 'All', description: null, createdBy: 'op' });
    await localGroups.create({ guildId: 'other', name: 'Theirs', description: null, createdBy: 'mod' });
    await mappings.create(aMapping({ id: 'm1', groupId: everywhere.id }));
    await mappings.create(aMapping({ id: 'm2', groupId: everywhere.id, guildId: 'other' }));
    const sums = async (...guildIds: string[]) =>
      (await localGroups.listOf(guildIds)).map(({ name, mappingCount }) => `${name} ${mappingCount}`);
    expect(await sums('guild')).toEqual(['All 1']);
    expect(await sums('guild', 'other')).toEqual(['All 2', 'Theirs 0']);
    expect(await sums()).toEqual(['All 0']);
    expect(await localGroups.count(everywhere, null)).toMatchObject({ mappingCount: 2, memberCount: 0 });
    expect(await localGroups.count(everywhere, ['other'])).toMatchObject({ mappingCount: 1 });
  });

  it('is synced everywhere', async () => {
    const { localGroups, link, affected } = await setUp();
    await link('a', 'ann');
    const everywhere = await localGroups.create({ guildId: null, name: 'All', description: null, createdBy: 'op' });
    await localGroups.addAccount(everywhere, 'a', { editor: operator });
    expect(affected).toEqual([{ discordIds: ['ann'], guildId: null, actor: 'op' }]);
  });

  it('needs a guild that is there, if it is of one', async () => {
    const { localGroups } = await setUp();
    const nowhere = localGroups.create({ guildId: 'nowhere', name: 'x', description: null, createdBy: 'op' });
    await expect(nowhere).rejects.toEqual(withCode('bot_not_in_guild'));
  });

  it('goes with the mappings of all guilds, or of none: who may not end one of them ends nothing', async () => {
    const { localGroups, guilds, mappings, refusedRoles } = await setUp();
    await guilds.joined('other', 'Other', noon);
    const everywhere = await localGroups.create({ guildId: null, name: 'All', description: null, createdBy: 'op' });
    await mappings.create(aMapping({ id: 'm1', groupId: everywhere.id }));
    await mappings.create(aMapping({ id: 'm2', groupId: everywhere.id, guildId: 'other', roleId: 'high' }));
    const asked: string[] = [];
    const authorIn = async (guildId: string) => {
      asked.push(guildId);
      return author;
    };
    refusedRoles.add('high');
    const options = { mappings: 'remove', author, authorIn } as const;
    await expect(localGroups.remove(everywhere, options)).rejects.toEqual(withCode('forbidden'));
    expect(await mappings.naming(everywhere.id)).toHaveLength(2);
    expect(await localGroups.get(everywhere.id)).toEqual(everywhere);
    refusedRoles.clear();
    expect(await localGroups.remove(everywhere, options)).toEqual({ removedMappings: 2 });
    expect(asked).toEqual(['guild', 'other', 'guild', 'other']);
    expect(await localGroups.get(everywhere.id)).toBeNull();
  });
});

describe('editing a group', () => {
  it('changes what is said, by the rules for making one', async () => {
    const { localGroups, create } = await setUp();
    const pilots = await create('Pilots');
    await create('Cadets');
    const edited = await localGroups.update(pilots, { description: ' who fly ' }, { actor: 'mod' });
    expect(edited).toMatchObject({ name: 'Pilots', description: 'who fly' });
    expect(await localGroups.update(pilots, { name: ' PILOTS  two ' }, { actor: 'mod' })).toMatchObject({
      name: 'PILOTS two',
      description: 'who fly',
    });
    const taken = localGroups.update(pilots, { name: 'cadets' }, { actor: 'mod' });
    await expect(taken).rejects.toEqual(withCode('group_exists'));
    const bad = localGroups.update(pilots, { name: 'a,b' }, { actor: 'mod' });
    await expect(bad).rejects.toEqual(withCode('invalid_input'));
  });

  it('is refused on top of an edit that one has not seen', async () => {
    const { localGroups, create } = await setUp();
    const pilots = await create('Pilots');
    const seen = { actor: 'mod', unchangedSince: pilots.updatedAt };
    await localGroups.update(pilots, { name: 'Flyers' }, seen);
    const late = localGroups.update(pilots, { name: 'Aces' }, seen);
    await expect(late).rejects.toEqual(withCode('changed_meanwhile'));
    const lateEnd = { mappings: 'refuse', author, unchangedSince: pilots.updatedAt } as const;
    await expect(localGroups.remove(pilots, lateEnd)).rejects.toEqual(withCode('changed_meanwhile'));
    await localGroups.remove(pilots, { mappings: 'refuse', author });
    const gone = localGroups.update(pilots, { name: 'Aces' }, { actor: 'mod' });
    await expect(gone).rejects.toEqual(withCode('group_not_found'));
  });
});

describe('an account in a group', () => {
  it('is in with each of its Discord users, and out with each of them', async () => {
    const { localGroups, create, link, affected } = await setUp();
    await link('a', 'ann', 'alt');
    const pilots = await create('Pilots');
    await localGroups.addDiscordUser(pilots, 'alt', { editor: author });
    const added = await localGroups.addAccount(pilots, 'a', { expiresAt: after(60), editor: operator });
    expect(added).toEqual({ isNew: false, isLinked: true, expiresAt: after(60), isEndChanged: true });
    affected.length = 0;
    expect(await localGroups.removeAccount(pilots, 'a', author)).toEqual({ wasMember: true });
    expect(affected).toEqual([{ discordIds: ['ann', 'alt'], guildId: 'guild', actor: 'mod' }]);
    expect(await localGroups.members(pilots.id)).toEqual([]);
    expect(await localGroups.removeAccount(pilots, 'a', author)).toEqual({ wasMember: false });
  });

  it('waits where it has no Discord user, and has to exist', async () => {
    const { localGroups, create, link, affected } = await setUp();
    await link('a');
    const pilots = await create('Pilots');
    expect(await localGroups.addAccount(pilots, 'a', { editor: operator })).toMatchObject({
      isNew: true,
      isLinked: false,
    });
    expect(affected).toEqual([]);
    const add = localGroups.addAccount(pilots, 'nobody', { editor: author });
    await expect(add).rejects.toEqual(withCode('user_not_found'));
    await expect(localGroups.removeAccount(pilots, 'nobody', author)).rejects.toEqual(withCode('user_not_found'));
  });
});

/** So many accounts, `a1`, each with one Discord user, `d1`. */
async function withPeople(count: number) {
  const world = await setUp();
  const accountIds = Array.from({ length: count }, (_, index) => `a${index}`);
  for (const id of accountIds) await world.link(id, id.replace('a', 'd'));
  return { ...world, accountIds, pilots: await world.create('Pilots') };
}

const unconfirmed = { editor: host, isConfirmed: false };

describe('replacing who is in a group', () => {
  it('counts what it did, and syncs those alone who came or went, bounded unless it is confirmed', async () => {
    const { localGroups, pilots, accountIds, affected, causes } = await withPeople(4);
    const replace = (ids: string[], isConfirmed: boolean) =>
      localGroups.replaceMembers(pilots, { accountIds: ids, discordIds: ['later'] }, { editor: host, isConfirmed });
    expect(await replace(accountIds.slice(0, 3), false)).toEqual({ added: 4, removed: 0, unchanged: 0 });
    expect(await replace(accountIds.slice(1), true)).toEqual({ added: 1, removed: 1, unchanged: 3 });
    expect(await replace(accountIds.slice(1), true)).toEqual({ added: 0, removed: 0, unchanged: 4 });
    expect(affected.map(({ discordIds }) => discordIds)).toEqual([
      ['d0', 'd1', 'd2'],
      ['d0', 'd3'],
    ]);
    expect(causes).toEqual([
      { trigger: 'group', actor: 'host', isConfirmed: false },
      { trigger: 'group', actor: 'host', isConfirmed: true },
    ]);
  });

  it('says which accounts do not exist, some by name, and changes nothing', async () => {
    const { localGroups, pilots, accountIds, recorded } = await withPeople(2);
    await localGroups.replaceMembers(pilots, { accountIds, discordIds: [] }, unconfirmed);
    const before = await recorded();
    const replace = (...ids: string[]) =>
      localGroups.replaceMembers(pilots, { accountIds: ids, discordIds: [] }, unconfirmed);
    await expect(replace('nobody')).rejects.toThrow('There is no user nobody. Nothing was changed.');
    const many = Array.from({ length: 1_012 }, (_, index) => `x${index}`);
    await expect(replace(...many)).rejects.toThrow(/^There are no users x0, x1, .*, x9 and 1,002 more\. Nothing/);
    await expect(replace('nobody')).rejects.toEqual(withCode('user_not_found'));
    expect(await localGroups.members(pilots.id)).toHaveLength(2);
    expect(await recorded()).toEqual(before);
  });

  it('takes ten thousand, and no more', async () => {
    const { localGroups, pilots } = await withPeople(0);
    const discordIds = Array.from({ length: 10_001 }, (_, index) => `user-${index}`);
    const tooMany = localGroups.replaceMembers(pilots, { accountIds: [], discordIds }, unconfirmed);
    await expect(tooMany).rejects.toEqual(withCode('invalid_input'));
    const most = { accountIds: [], discordIds: discordIds.slice(1) };
    expect(await localGroups.replaceMembers(pilots, most, unconfirmed)).toMatchObject({ added: 10_000 });
    expect(await localGroups.memberPage(pilots.id, { page: 2, limit: 3 }, author)).toMatchObject({
      members: [{ isLinked: false }, {}, {}],
      total: 10_000,
    });
    await localGroups.remove(pilots, { mappings: 'refuse', author });
    await expect(localGroups.replaceMembers(pilots, most, unconfirmed)).rejects.toEqual(withCode('group_not_found'));
  });

  it('of very many syncs the guilds whose mappings name the group, each as one set', async () => {
    const { localGroups, pilots, accountIds, affected, syncedGuilds, mappings } = await withPeople(51);
    const terms = { groupId: pilots.id, exclusiveSet: 'rank' };
    await mappings.create(aMapping({ id: 'm1', roleId: 'pilot', ...terms }));
    await mappings.create(aMapping({ id: 'm2', roleId: 'chief', ...terms, groupId: 'chiefs' }));
    await mappings.create(aMapping({ id: 'm3', roleId: 'other', groupId: 'others' }));
    await mappings.create(aMapping({ id: 'm4', roleId: 'off', groupId: pilots.id, isActive: false }));
    await localGroups.replaceMembers(pilots, { accountIds, discordIds: [] }, unconfirmed);
    const confirmed = { editor: host, isConfirmed: true };
    await localGroups.replaceMembers(pilots, { accountIds: [], discordIds: [] }, confirmed);
    expect(affected).toEqual([]);
    expect(syncedGuilds).toEqual([
      { guildId: 'guild', cause: { trigger: 'group', actor: 'host', isConfirmed: false } },
      {
        guildId: 'guild',
        cause: { trigger: 'group', actor: 'host', isConfirmed: true, agreement: { roleIds: ['pilot', 'chief'] } },
      },
    ]);
  });
});

describe('what is changed by hand', () => {
  it('is kept, with who did it and how it was', async () => {
    const { localGroups, create, recorded, link } = await setUp();
    await link('a', 'ann');
    const pilots = await create('Pilots');
    await localGroups.update(pilots, { description: 'x' }, { actor: 'mod' });
    await localGroups.update(pilots, { description: 'x' }, { actor: 'mod' });
    await localGroups.addDiscordUser(pilots, 'bob', { expiresAt: after(60), editor: author });
    await localGroups.addDiscordUser(pilots, 'bob', { expiresAt: null, editor: author });
    await localGroups.addDiscordUser(pilots, 'bob', { editor: author });
    await localGroups.removeDiscordUser(pilots, 'bob', author);
    await localGroups.removeDiscordUser(pilots, 'bob', author);
    await localGroups.addAccount(pilots, 'a', { editor: operator });
    await localGroups.remove(pilots, { mappings: 'refuse', author });
    const ofGroup = { subject: 'group', subjectId: pilots.id, actor: 'mod' };
    const ofMember = { ...ofGroup, subject: 'membership' };
    const ends = after(60).toISOString();
    expect(await recorded()).toEqual([
      { ...ofGroup, action: 'create', before: null, after: { name: 'Pilots', description: null } },
      { ...ofGroup, action: 'update', before: { description: null }, after: { description: 'x' } },
      { ...ofMember, action: 'create', before: null, after: { discord_id: 'bob', expires_at: ends } },
      {
        ...ofMember,
        action: 'update',
        before: { discord_id: 'bob', expires_at: ends },
        after: { discord_id: 'bob', expires_at: null },
      },
      { ...ofMember, action: 'delete', before: { discord_id: 'bob', expires_at: null }, after: null },
      { ...ofMember, action: 'create', actor: 'op', before: null, after: { user_id: 'a', expires_at: null } },
      { ...ofGroup, action: 'delete', before: { name: 'Pilots', description: 'x', member_count: 1 }, after: null },
    ]);
  });

  it('of a global group is kept apart', async () => {
    const { localGroups, recorded } = await setUp();
    await localGroups.create({ guildId: null, name: 'All', description: null, createdBy: 'op' });
    expect(await recorded()).toEqual([]);
    expect(await recorded(null)).toMatchObject([{ subject: 'group', action: 'create', actor: 'op' }]);
  });

  it('in very many places is one line, with a hundred names at most', async () => {
    const { localGroups, pilots, accountIds, recorded } = await withPeople(60);
    await localGroups.replaceMembers(pilots, { accountIds, discordIds: [] }, unconfirmed);
    const discordIds = Array.from({ length: 70 }, (_, index) => `user-${index}`);
    await localGroups.replaceMembers(pilots, { accountIds: [], discordIds }, unconfirmed);
    const last = (await recorded()).at(-1);
    expect(last).toMatchObject({ subject: 'membership', action: 'update', actor: 'host', before: { removed: 60 } });
    expect(last?.before?.['members']).toHaveLength(50);
    expect(last?.after).toMatchObject({ added: 70 });
    expect(last?.after?.['members']).toHaveLength(50);
  });
});

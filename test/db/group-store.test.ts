import { describe, expect, it } from 'vitest';
import { aGroup, after, noon, openStores } from '../support/stores.ts';

const forever = { expiresAt: null, addedBy: null };

describe('groups', () => {
  it('have a name of their own in a guild, whatever its case', async () => {
    const { groups, guilds } = await openStores();
    await guilds.joined('other', 'Other', noon);
    const pilots = aGroup({ id: 'a', name: 'Élite Pilots' });
    expect(await groups.create(pilots)).toEqual(pilots);
    expect(await groups.create(aGroup({ id: 'b', name: 'élite PILOTS' }))).toBe('name_taken');
    expect(await groups.create(aGroup({ id: 'c', name: 'Élite Pilots', guildId: 'other' }))).toMatchObject({ id: 'c' });
    expect(await groups.create(aGroup({ id: 'd', name: 'Élite Pilots', guildId: null }))).toMatchObject({ id: 'd' });
    expect(await groups.create(aGroup({ id: 'e', name: 'ÉLITE PILOTS', guildId: null }))).toBe('name_taken');
    expect(await groups.create(aGroup({ id: 'f', guildId: 'nowhere' }))).toBe('no_guild');
  });

  it('are found by name: the own one first, then the global one, never another guild’s', async () => {
    const { groups, guilds } = await openStores();
    await guilds.joined('other', 'Other', noon);
    await groups.create(aGroup({ id: 'global', name: 'Pilots', guildId: null }));
    await groups.create(aGroup({ id: 'theirs', name: 'Cadets', guildId: 'other' }));
    expect(await groups.findByName('guild', 'PILOTS')).toMatchObject({ id: 'global' });
    await groups.create(aGroup({ id: 'own', name: 'pilots' }));
    expect(await groups.findByName('guild', 'Pilots')).toMatchObject({ id: 'own' });
    expect(await groups.findByName(null, 'Pilots')).toMatchObject({ id: 'global' });
    expect(await groups.findByName('guild', 'Cadets')).toBeNull();
    expect(await groups.find('theirs')).toMatchObject({ name: 'Cadets' });
    expect(await groups.find('nowhere')).toBeNull();
  });

  it('are listed by name with how many are in them now', async () => {
    const { groups } = await openStores();
    await groups.create(aGroup({ id: 'b', name: 'beta' }));
    await groups.create(aGroup({ id: 'a', name: 'Alpha', guildId: null }));
    await groups.addMember({ ...forever, id: '1', groupId: 'b', discordId: 'ann' }, noon);
    await groups.addMember({ ...forever, id: '2', groupId: 'b', discordId: 'bob' }, noon);
    await groups.addMember({ ...forever, id: '3', groupId: 'b', discordId: 'cid', expiresAt: after(5) }, noon);
    const counts = (await groups.ofGuilds(['guild'], after(5))).map(({ name, memberCount }) => [name, memberCount]);
    expect(counts).toEqual([
      ['Alpha', 0],
      ['beta', 2],
    ]);
  });

  it('change their name unless it is taken', async () => {
    const { groups } = await openStores();
    await groups.create(aGroup({ id: 'a', name: 'Alpha' }));
    await groups.create(aGroup({ id: 'b', name: 'Beta' }));
    expect(await groups.update('a', { name: 'BETA' }, after(1))).toBe('name_taken');
    expect(await groups.update('a', { name: 'ALPHA', description: 'First' }, after(1))).toMatchObject({
      before: { name: 'Alpha', description: null, updatedAt: noon },
      after: { name: 'ALPHA', description: 'First', updatedAt: after(1) },
    });
    expect(await groups.update('a', { name: 'Gamma' }, after(2), noon)).toBeNull();
    expect(await groups.update('a', { name: 'Alpha' }, after(1), after(1))).toMatchObject({
      after: { updatedAt: new Date(after(1).getTime() + 1) },
    });
    expect(await groups.findByName('guild', 'alpha')).toMatchObject({ id: 'a' });
    expect(await groups.update('nowhere', { description: null }, after(1))).toBeNull();
  });

  it('say which of some ids a guild’s mappings may name: its own and the global ones', async () => {
    const { groups, guilds } = await openStores();
    await guilds.joined('other', 'Other', noon);
    await groups.create(aGroup({ id: 'own' }));
    await groups.create(aGroup({ id: 'global', guildId: null }));
    await groups.create(aGroup({ id: 'theirs', guildId: 'other' }));
    const wanted = ['own', 'global', 'theirs', 'http:own', 'missing'];
    expect(await groups.existing('guild', wanted)).toEqual(new Set(['own', 'global']));
    expect(await groups.existing('guild', [])).toEqual(new Set());
  });
});

describe('a membership', () => {
  it('of a Discord user counts for the account that he is linked to now', async () => {
    const { groups, links, link } = await openStores();
    await groups.create(aGroup({ id: 'g' }));
    await groups.addMember({ ...forever, id: '1', groupId: 'g', discordId: 'ann' }, noon);
    await link('other');
    expect(await groups.groupIdsOf(['a', 'other'], noon)).toEqual(new Map());
    expect(await groups.members('g', noon)).toMatchObject([{ discordId: 'ann', isLinked: false }]);

    await link('a', 'ann');
    expect(await groups.groupIdsOf(['a', 'other'], noon)).toEqual(new Map([['a', new Set(['g'])]]));
    expect(await groups.members('g', noon)).toMatchObject([{ discordId: 'ann', isLinked: true }]);

    await links.unlink('ann', noon);
    await link('other', 'ann');
    expect(await groups.groupIdsOf(['a', 'other'], noon)).toEqual(new Map([['other', new Set(['g'])]]));
  });

  it('counts once for an account, whichever way it is in', async () => {
    const { groups, link } = await openStores();
    await link('a', 'ann', 'alt');
    await groups.create(aGroup({ id: 'g' }));
    await groups.create(aGroup({ id: 'h' }));
    await groups.addMember({ ...forever, id: '1', groupId: 'g', discordId: 'ann' }, noon);
    await groups.addMember({ ...forever, id: '2', groupId: 'g', accountId: 'a' }, noon);
    await groups.addMember({ ...forever, id: '3', groupId: 'h', discordId: 'alt' }, noon);
    expect(await groups.groupIdsOf(['a'], noon)).toEqual(new Map([['a', new Set(['g', 'h'])]]));
  });

  it('ends with its expiry, to the moment', async () => {
    const { groups, link } = await openStores();
    await link('a', 'ann');
    await groups.create(aGroup({ id: 'g' }));
    await groups.addMember({ id: '1', groupId: 'g', discordId: 'ann', expiresAt: after(60), addedBy: 'mod' }, noon);
    expect((await groups.groupIdsOf(['a'], after(59))).get('a')).toEqual(new Set(['g']));
    expect((await groups.groupIdsOf(['a'], after(60))).get('a')).toBeUndefined();
    expect(await groups.members('g', after(60))).toEqual([]);
  });

  it('is new once; a second time only its expiry changes; after its end it is new again', async () => {
    const { groups } = await openStores();
    await groups.create(aGroup({ id: 'g' }));
    const add = (id: string, expiresAt: Date | null, now: Date) =>
      groups.addMember({ id, groupId: 'g', discordId: 'ann', expiresAt, addedBy: null }, now);
    expect(await add('1', null, noon)).toEqual({ before: null, expiresAt: null });
    expect(await add('2', after(60), after(1))).toEqual({ before: { expiresAt: null }, expiresAt: after(60) });
    expect(await groups.members('g', after(2))).toMatchObject([{ expiresAt: after(60), addedAt: noon }]);
    expect(await add('3', null, after(60))).toEqual({ before: null, expiresAt: null });
    expect(await groups.members('g', after(61))).toMatchObject([{ expiresAt: null, addedAt: after(60) }]);
  });

  it('keeps its end when it is given again without one', async () => {
    const { groups } = await openStores();
    await groups.create(aGroup({ id: 'g' }));
    const ann = { groupId: 'g', discordId: 'ann', addedBy: null };
    await groups.addMember({ ...ann, id: '1', expiresAt: after(60) }, noon);
    const end = { before: { expiresAt: after(60) }, expiresAt: after(60) };
    expect(await groups.addMember({ ...ann, id: '2' }, after(1))).toEqual(end);
    expect(await groups.members('g', after(2))).toMatchObject([{ expiresAt: after(60) }]);
    expect(await groups.addMember({ ...ann, id: '3', expiresAt: null }, after(3))).toEqual({ ...end, expiresAt: null });
    expect(await groups.members('g', after(61))).toHaveLength(1);
  });

  it('needs a group', async () => {
    const { groups } = await openStores();
    expect(await groups.addMember({ ...forever, id: '1', groupId: 'nowhere', discordId: 'ann' }, noon)).toBeNull();
  });

  it('needs an account that is there', async () => {
    const { groups } = await openStores();
    await groups.create(aGroup({ id: 'g' }));
    const added = await groups.addMember({ ...forever, id: '1', groupId: 'g', accountId: 'nobody' }, noon);
    expect(added).toBe('no_account');
  });

  it('is one for a person, however many names of his it has: until the last of them ends', async () => {
    const { groups, link } = await openStores();
    await groups.create(aGroup({ id: 'g' }));
    await link('a');
    await groups.addMember({ ...forever, id: '1', groupId: 'g', discordId: 'ann', expiresAt: after(60) }, noon);
    await groups.addMember({ ...forever, id: '2', groupId: 'g', discordId: 'bob' }, after(1));
    await groups.addMember({ ...forever, id: '3', groupId: 'g', accountId: 'a', expiresAt: after(90) }, after(2));
    await groups.addMember({ ...forever, id: '4', groupId: 'g', discordId: 'alt' }, after(3));
    expect(await groups.memberCount('g', after(3))).toBe(4);

    await link('a', 'ann');
    const bob = { accountId: null, discordId: 'bob', isLinked: false, expiresAt: null, addedAt: after(1) };
    const alt = { ...bob, discordId: 'alt', addedAt: after(3) };
    const ann = { accountId: 'a', discordId: 'ann', isLinked: true, expiresAt: after(90), addedAt: noon };
    expect(await groups.members('g', after(3))).toEqual([ann, bob, alt]);
    expect(await groups.members('g', after(3), { page: 2, limit: 1 })).toEqual([bob]);
    expect(await groups.memberCount('g', after(3))).toBe(3);
    expect(await groups.ofGuilds(['guild'], after(3))).toMatchObject([{ memberCount: 3 }]);

    await link('a', 'alt');
    expect(await groups.members('g', after(3))).toMatchObject([
      { accountId: 'a', discordId: 'alt', expiresAt: null },
      bob,
    ]);
    expect(await groups.memberCount('g', after(3))).toBe(2);
  });

  it('has one end, whichever of his names it is given by', async () => {
    const { groups, link } = await openStores();
    await groups.create(aGroup({ id: 'g' }));
    await link('a', 'ann');
    await groups.addMember({ ...forever, id: '1', groupId: 'g', discordId: 'ann', expiresAt: after(60) }, noon);
    const again = { id: '2', groupId: 'g', accountId: 'a', expiresAt: after(5), addedBy: null };
    const ended = await groups.addMember(again, after(1), [{ discordId: 'ann' }]);
    expect(ended).toEqual({ before: { expiresAt: after(60) }, expiresAt: after(5) });
    expect(await groups.members('g', after(1))).toMatchObject([{ expiresAt: after(5) }]);
    expect(await groups.members('g', after(5))).toEqual([]);
  });

  it('ends for those who are named, and for nobody when none is', async () => {
    const { groups, link } = await openStores();
    await link('a');
    await groups.create(aGroup({ id: 'g' }));
    await groups.addMember({ ...forever, id: '1', groupId: 'g', discordId: 'ann' }, noon);
    await groups.addMember({ ...forever, id: '2', groupId: 'g', accountId: 'a' }, noon);
    await groups.addMember({ ...forever, id: '3', groupId: 'g', discordId: 'bob' }, noon);
    expect(await groups.removeMembers('g', [])).toEqual({ removed: [] });
    expect(await groups.removeMembers('g', [{ discordId: 'ann' }, { accountId: 'a' }])).toEqual({
      removed: [
        { name: { discordId: 'ann' }, expiresAt: null },
        { name: { accountId: 'a' }, expiresAt: null },
      ],
    });
    expect(await groups.removeMembers('g', [{ discordId: 'ann' }])).toEqual({ removed: [] });
    expect(await groups.members('g', noon)).toMatchObject([{ discordId: 'bob' }]);
  });
});

/** Two groups: one with a membership that ends and one that stays, and one where somebody waits for his link. */
async function peopled() {
  const stores = await openStores();
  await stores.link('a', 'ann', 'ann-alt');
  await stores.link('b', 'bob');
  const { groups } = stores;
  await groups.create(aGroup({ id: 'g' }));
  await groups.create(aGroup({ id: 'h' }));
  await groups.addMember({ ...forever, id: '1', groupId: 'g', discordId: 'ann', expiresAt: after(10) }, noon);
  await groups.addMember({ ...forever, id: '2', groupId: 'g', accountId: 'b' }, noon);
  await groups.addMember({ ...forever, id: '3', groupId: 'h', discordId: 'waiting', expiresAt: after(10) }, noon);
  return stores;
}

describe('whom a group touches', () => {
  it('is told when memberships run out, once', async () => {
    const { groups } = await peopled();
    expect(await groups.takeExpired(after(9))).toEqual({ groupIds: [], accountIds: [], discordIds: [] });
    expect(await groups.takeExpired(after(10))).toEqual({
      groupIds: ['g', 'h'],
      accountIds: ['a'],
      discordIds: ['ann', 'ann-alt'],
    });
    expect(await groups.takeExpired(after(10))).toEqual({ groupIds: [], accountIds: [], discordIds: [] });
    expect(await groups.members('g', noon)).toMatchObject([{ accountId: 'b' }]);
  });

  it('is nobody any more once it is removed, which happens once', async () => {
    const { groups } = await peopled();
    expect(await groups.remove('g')).toBe(true);
    expect(await groups.remove('g')).toBe(false);
    expect(await groups.find('g')).toBeNull();
    expect(await groups.groupIdsOf(['a', 'b'], noon)).toEqual(new Map());
  });
});

/** Replaces the members of `g`, at noon unless said otherwise. */
async function replacing() {
  const stores = await peopled();
  let ids = 0;
  const options = { addedBy: 'mod', newId: () => `new-${++ids}`, now: noon };
  const replace = (accountIds: string[], discordIds: string[], now = noon) =>
    stores.groups.replaceMembers('g', { accountIds, discordIds }, { ...options, now });
  return { ...stores, replace };
}

describe('the whole set of a group’s members', () => {
  it('is replaced: who stays keeps his end, and duplicates are one', async () => {
    const { groups, replace } = await replacing();
    expect(await replace(['b', 'b'], ['new', 'ann', 'new'])).toEqual({
      added: [{ discordId: 'new' }],
      removed: [],
      unchanged: 2,
      discordIds: [],
    });
    expect(await groups.members('g', noon)).toMatchObject([
      { discordId: 'ann', expiresAt: after(10) },
      { accountId: 'b' },
      { discordId: 'new', isLinked: false },
    ]);
  });

  it('concerns every Discord user of the accounts that came or went, and nobody else', async () => {
    const { replace, link } = await replacing();
    await link('c', 'cid', 'cid-alt');
    expect(await replace(['b', 'c'], [])).toEqual({
      added: [{ accountId: 'c' }],
      removed: [{ discordId: 'ann' }],
      unchanged: 1,
      discordIds: ['ann', 'ann-alt', 'cid', 'cid-alt'],
    });
  });

  it('concerns nobody who is in it by another name', async () => {
    const { replace } = await replacing();
    const replaced = await replace(['a', 'b'], []);
    expect(replaced).toEqual({
      added: [{ accountId: 'a' }],
      removed: [{ discordId: 'ann' }],
      unchanged: 1,
      discordIds: [],
    });
  });

  it('can be nobody', async () => {
    const { groups, replace } = await replacing();
    expect(await replace([], [])).toMatchObject({ added: [], unchanged: 0, discordIds: ['ann', 'ann-alt', 'bob'] });
    expect(await groups.memberCount('g', noon)).toBe(0);
  });

  it('takes in again whose membership has just run out, and leaves others who ran out to their end', async () => {
    const { groups, replace } = await replacing();
    expect(await replace([], ['ann'], after(10))).toEqual({
      added: [{ discordId: 'ann' }],
      removed: [{ accountId: 'b' }],
      unchanged: 0,
      discordIds: ['ann', 'ann-alt', 'bob'],
    });
    expect(await groups.members('g', after(10))).toMatchObject([{ discordId: 'ann', expiresAt: null }]);
    await groups.addMember({ ...forever, id: 'x', groupId: 'g', discordId: 'old', expiresAt: after(11) }, after(10));
    expect(await replace([], ['ann'], after(12))).toMatchObject({ removed: [], unchanged: 1 });
    expect(await groups.takeExpired(after(12))).toMatchObject({ groupIds: ['g', 'h'] });
  });

  it('is not touched when an account of the new one does not exist', async () => {
    const { groups, replace } = await replacing();
    expect(await replace(['nobody', 'b', 'no-one'], [])).toEqual({ unknown: ['nobody', 'no-one'] });
    expect(await groups.memberCount('g', noon)).toBe(2);
    const nowhere = { addedBy: null, newId: () => 'x', now: noon };
    expect(await groups.replaceMembers('nowhere', { accountIds: [], discordIds: [] }, nowhere)).toBeNull();
  });

  it('takes ten thousand at once', async () => {
    const { groups, replace } = await replacing();
    const ids = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
    expect(await replace([], ids)).toMatchObject({ unchanged: 0 });
    expect(await groups.memberCount('g', noon)).toBe(10_000);
    expect(await groups.members('g', noon, { page: 500, limit: 20 })).toHaveLength(20);
    expect(await groups.members('g', noon, { page: 501, limit: 20 })).toEqual([]);
  });
});

describe('many memberships at once', () => {
  it('begin, or get a new end, and tell of everybody whom they concern', async () => {
    const { groups } = await peopled();
    const entry = { expiresAt: null };
    const entries = [
      { ...entry, id: 'n1', discordId: 'ann', expiresAt: after(99) },
      { ...entry, id: 'n2', discordId: 'new' },
    ];
    const added = await groups.addMany('g', entries, { addedBy: 'mod', now: after(1) });
    expect(added).toEqual({ discordIds: ['ann', 'ann-alt'] });
    expect(await groups.endsOf('g', ['ann', 'new', 'stranger'], after(1))).toEqual(
      new Map([
        ['ann', after(99)],
        ['new', null],
      ]),
    );
    expect(await groups.endsOf('g', ['ann', 'new'], after(99))).toEqual(new Map([['new', null]]));
    expect(await groups.addMany('g', [], { addedBy: null, now: noon })).toEqual({ discordIds: [] });
    expect(await groups.addMany('nowhere', [], { addedBy: null, now: noon })).toBeNull();
  });
});

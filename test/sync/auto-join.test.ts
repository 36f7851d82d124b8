import { describe, expect, it } from 'vitest';
import { aMember } from '../support/core-worlds.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

const LINK = { trigger: 'link', actor: '1' } as const;
const JOINS = ['identify', 'guilds.join'];

/** Somebody who earns two roles, and is in no guild of ours yet. */
async function outsider({ autoJoin = true, scopes = JOINS } = {}): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.settings.update(GUILD_ID, { autoJoin }, world.now());
  await world.mapping('pilots', 'pilot');
  await world.mapping('pilots', 'crew');
  await world.link('1', scopes);
  await world.addToGroup('pilots', '1');
  return world;
}

describe('somebody who links and is not in the server', () => {
  it('is brought in with his roles in the one call, which are ours, and nothing is left to do', async () => {
    const world = await outsider();

    const results = await world.sync.everywhere('1', LINK);

    expect(world.discord.writes).toEqual(['join 1 crew,pilot']);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(results).toMatchObject([{ guildId: GUILD_ID, state: 'synced', error: null }]);
    const [run] = await world.runs.recent(GUILD_ID, 9);
    expect(run).toMatchObject({ type: 'user', trigger: 'link', status: 'completed', rolesAdded: 2 });
    expect((await world.changesOf(run?.id)).toSorted()).toEqual(['1 +crew applied', '1 +pilot applied']);
    expect(world.discord.reasons.at(-1)).toContain(run?.id);
    const member = world.discord.members.get('1');
    if (member) await world.events.memberJoined(GUILD_ID, member);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes).toHaveLength(1);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
    await world.removeFromGroup('pilots', '1');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it.each([
    { name: 'the server does not want that', setting: { autoJoin: false } },
    { name: 'he did not agree to it', setting: { scopes: ['identify'] } },
  ])('stays out when $name', async ({ setting }) => {
    const world = await outsider(setting);
    expect(await world.sync.everywhere('1', LINK)).toEqual([]);
    expect(world.discord.writes).toEqual([]);
    expect(await world.runs.recent(GUILD_ID, 9)).toEqual([]);
  });

  it('stays out when no mapping gives him a role, or only one that the bot cannot give', async () => {
    const world = await outsider();
    await world.removeFromGroup('pilots', '1');
    expect(await world.sync.everywhere('1', LINK)).toEqual([]);
    await world.addToGroup('pilots', '1');
    for (const role of ['pilot', 'crew']) world.discord.withRole(role, { position: 200 });
    expect(await world.sync.everywhere('1', LINK)).toEqual([]);
    expect(world.discord.writes).toEqual([]);
  });

  it('is told why when Discord does not let him in; nothing counts as given', async () => {
    const world = await outsider();
    world.discord.joinRefusals.push({ outcome: 'banned', detail: 'he is banned there', isPassing: false });

    const [result] = await world.sync.everywhere('1', LINK);

    expect(result?.error).toContain('he is banned there');
    expect(await world.grantsOf('1')).toEqual([]);
    const [run] = await world.runs.recent(GUILD_ID, 9);
    expect(run).toMatchObject({ status: 'failed', usersFailed: 1, rolesAdded: 0 });
    expect((await world.changesOf(run?.id)).toSorted()).toEqual(['1 +crew forbidden', '1 +pilot forbidden']);
  });

  it('keeps his roles as ours when nobody knows whether he came in', async () => {
    const world = await outsider();
    world.discord.joinRefusals.push({ outcome: 'failed', detail: 'socket closed', isPassing: true });
    await world.sync.everywhere('1', LINK);
    world.discord.withMember('1', ['crew', 'pilot']);
    await world.removeFromGroup('pilots', '1');
    await world.events.memberJoined(GUILD_ID, aMember(['crew', 'pilot'], { discordId: '1' }));
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('who came in by himself meanwhile gets his roles as a member', async () => {
    const world = await outsider();
    const join = world.discord.join;
    world.discord.join = async (...args) => {
      world.discord.withMember('1');
      return join(...args);
    };

    await world.sync.everywhere('1', LINK);

    const member = world.discord.members.get('1');
    if (member) await world.events.memberJoined(GUILD_ID, member);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
  });

  it('is brought in once when he links twice at the same moment', async () => {
    const world = await outsider();
    await Promise.all([world.sync.everywhere('1', LINK), world.sync.everywhere('1', LINK)]);
    expect(world.discord.writes.filter((line) => line === 'join 1 crew,pilot')).toHaveLength(1);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
  });

  it('is not brought in again by a scheduled sync after he has left', async () => {
    const world = await outsider();
    await world.sync.everywhere('1', LINK);
    world.discord.withMember('2');
    world.discord.members.delete('1');
    await world.events.memberLeft(GUILD_ID, '1');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes).toHaveLength(1);
    expect(await world.grantsOf('1')).toEqual([]);
  });
});

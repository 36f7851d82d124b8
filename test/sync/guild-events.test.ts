import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/guild.ts';
import { aMember } from '../support/core-worlds.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, MANUAL, type SyncWorld } from '../support/sync-world.ts';

/** Member 1 is linked, in the group, and holds the role by our grant. */
async function onePilot(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  world.discord.withMember('1');
  await world.mapping('pilots', 'pilot');
  await world.link('1');
  await world.addToGroup('pilots', '1');
  await world.sync.member(GUILD_ID, '1', MANUAL);
  world.discord.writes = [];
  return world;
}

function member(roleIds: readonly string[] = [], parts: Partial<Omit<Member, 'roleIds'>> = {}): Member {
  return aMember(roleIds, { discordId: '1', ...parts });
}

describe('what happens in a guild', () => {
  it('gives a role back that a moderator took away', async () => {
    const world = await onePilot();
    world.discord.withMember('1', []);
    await world.events.memberChanged(GUILD_ID, member([]));
    expect(world.discord.writes).toEqual(['put 1 pilot']);
    const [run] = await world.runs.recent(GUILD_ID, 1);
    expect(run).toMatchObject({ trigger: 'drift', initiatedBy: null });
    expect((await world.runs.changesOf(run?.id ?? '', 1, 1)).changes).toMatchObject([{ reason: 'drift_reverted' }]);
  });

  it('makes no call and no read for an event that changes nothing', async () => {
    const world = await onePilot();
    world.discord.looks = 0;
    await world.events.memberChanged(GUILD_ID, member(['pilot']));
    expect(world.discord.writes).toEqual([]);
    expect(world.discord.looks).toBe(0);
  });

  it('gives the roles at the join, with one call and without another read', async () => {
    const world = await onePilot();
    world.discord.members.delete('1');
    await world.events.memberLeft(GUILD_ID, '1');
    expect(await world.grantsOf('1')).toEqual([]);
    world.discord.withMember('1', []);
    world.discord.looks = 0;

    await world.events.memberJoined(GUILD_ID, member());

    expect(world.discord.writes).toEqual(['put 1 pilot']);
    expect(world.discord.looks).toBe(0);
  });

  it('waits while a member is pending and gives the roles as soon as he is not', async () => {
    const world = await onePilot();
    world.discord.members.delete('1');
    await world.events.memberLeft(GUILD_ID, '1');
    world.discord.withMember('1', [], { isPending: true });
    await world.events.memberJoined(GUILD_ID, member([], { isPending: true }));
    expect(world.discord.writes).toEqual([]);

    world.discord.withMember('1', []);
    await world.events.memberChanged(GUILD_ID, member([]));
    expect(world.discord.writes).toEqual(['put 1 pilot']);
  });

  it('leaves a newcomer alone where sync_on_join is off', async () => {
    const world = await onePilot();
    await world.settings.update(GUILD_ID, { syncOnJoin: false }, world.now());
    await world.events.memberLeft(GUILD_ID, '1');
    world.discord.withMember('1', []);
    await world.events.memberJoined(GUILD_ID, member());
    expect(world.discord.writes).toEqual([]);
  });

  it('gives granted roles back on rejoin where they outlast a leave, even with sync_on_join off', async () => {
    const world = await onePilot();
    await world.settings.update(GUILD_ID, { syncOnJoin: false, removeRolesOnLeave: false }, world.now());
    await world.events.memberLeft(GUILD_ID, '1');
    expect(await world.grantsOf('1')).toEqual(['pilot']);
    world.discord.withMember('1', []);

    await world.events.memberJoined(GUILD_ID, member());

    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });

  it('forgets the grants of a role that was deleted, and makes no doomed call for it', async () => {
    const world = await onePilot();
    world.discord.roles.delete('pilot');
    world.discord.withMember('1', []);
    await world.events.roleDeleted(GUILD_ID, 'pilot');
    await world.events.memberChanged(GUILD_ID, member([]));
    expect(await world.grantsOf('1')).toEqual([]);
    expect(world.discord.writes).toEqual([]);
  });

  it('syncs the guild when a role that was above the bot comes below it, and only then', async () => {
    const world = await onePilot();
    world.discord.withRole('chief', { position: 200 });
    await world.mapping('pilots', 'chief');
    await world.events.guildSeen(GUILD_ID, 'Guild');
    await world.events.guildChanged(GUILD_ID);
    expect(world.discord.writes).toEqual([]);

    world.discord.withRole('chief', { position: 5 });
    await world.events.guildChanged(GUILD_ID);
    expect(world.discord.writes).toEqual(['put 1 chief']);
  });

  it('keeps settings and mappings of a guild that the bot left, and goes on when it comes back', async () => {
    const world = await onePilot();
    await world.settings.update(GUILD_ID, { syncOnJoin: false }, world.now());
    await world.events.guildLost(GUILD_ID);
    expect((await world.settings.find(GUILD_ID))?.leftAt).toEqual(world.now());
    await world.events.guildSeen(GUILD_ID, 'New name');
    const settings = await world.settings.find(GUILD_ID);
    expect(settings).toMatchObject({ leftAt: null, name: 'New name', syncOnJoin: false });
    expect(await world.mappings.ofGuild(GUILD_ID)).toHaveLength(1);
  });

  it('notices at a new session which guilds it was removed from meanwhile', async () => {
    const world = await onePilot();
    await world.settings.joined('400000000000000000', 'Gone', world.now());
    await world.events.sessionReady([GUILD_ID]);
    expect((await world.settings.find('400000000000000000'))?.leftAt).toEqual(world.now());
    expect((await world.settings.find(GUILD_ID))?.leftAt).toBeNull();
  });
});

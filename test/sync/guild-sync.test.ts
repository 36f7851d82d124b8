import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../src/sync/results.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Five members, all linked and in the group; the first three lack the role. */
async function fivePilots(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot');
  for (const discordId of ['1', '2', '3', '4', '5']) {
    world.discord.withMember(discordId, Number(discordId) > 3 ? ['pilot'] : []);
    await world.link(discordId);
    await world.addToGroup('pilots', discordId);
  }
  return world;
}

describe('a sync of a whole guild', () => {
  it('changes those who differ, one write each, reads nobody alone, and tells the sums', async () => {
    const world = await fivePilots();
    const seen: RunProgress[] = [];

    const progress = await world.sync.guild(GUILD_ID, MANUAL, (now) => seen.push({ ...now }));

    expect(world.discord.writes.sort()).toEqual(['put 1 pilot', 'put 2 pilot', 'put 3 pilot']);
    expect(world.discord.looks).toBe(0);
    expect(progress).toMatchObject({
      status: 'completed',
      usersTotal: 5,
      usersProcessed: 5,
      usersSynced: 3,
      rolesAdded: 3,
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(await world.runs.find(progress.runId ?? '')).toMatchObject({ status: 'completed', rolesAdded: 3 });
    expect((await world.settings.find(GUILD_ID))?.lastFullSyncAt).toEqual(world.now());
    expect((await world.mappings.ofGuild(GUILD_ID))[0]).toMatchObject({ syncCount: 1, lastSync: world.now() });
  });

  it('has nothing to do the second time', async () => {
    const world = await fivePilots();
    await world.sync.guild(GUILD_ID, MANUAL);
    world.discord.writes = [];

    const progress = await world.sync.guild(GUILD_ID, MANUAL);

    expect(world.discord.writes).toEqual([]);
    expect(progress).toMatchObject({ status: 'completed', rolesAdded: 0, rolesRemoved: 0, usersProcessed: 5 });
  });

  it('fails as a whole, changes nothing and forgets nothing when Discord does not list the members', async () => {
    const world = await fivePilots();
    await world.sync.guild(GUILD_ID, MANUAL);
    world.discord.writes = [];
    world.discord.failReads = true;

    const progress = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(progress).toMatchObject({ status: 'failed', errors: [expect.stringContaining('could not be read')] });
    expect(world.discord.writes).toEqual([]);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('goes on with the others when one member fails', async () => {
    const world = await fivePilots();
    world.discord.refusals.push({ outcome: 'forbidden', detail: 'Missing Permissions' });

    const progress = await world.sync.guild(GUILD_ID, MANUAL);

    expect(progress).toMatchObject({ status: 'completed', usersFailed: 1, rolesAdded: 2 });
    expect(progress.errors).toEqual([expect.stringMatching(/^Member 1: .*Missing Permissions.*doctor/)]);
  });

  it('names a role that it cannot write once, not once a member', async () => {
    const world = await fivePilots();
    world.discord.withRole('pilot', { position: 200 });

    const progress = await world.sync.guild(GUILD_ID, MANUAL);

    expect(world.discord.writes).toEqual([]);
    expect(progress.errors).toEqual(["Drag Rolewright's role above @pilot in Server Settings > Roles."]);
    expect(progress.blocked).toBe(3);
  });

  it('ends the grants of those who left while nobody looked, unless the guild gives roles back', async () => {
    const world = await fivePilots();
    await world.sync.guild(GUILD_ID, MANUAL);
    world.clock.now = new Date(world.clock.now.getTime() + 1000);
    world.discord.members.delete('1');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.grantsOf('1')).toEqual([]);

    await world.settings.update(GUILD_ID, { removeRolesOnLeave: false }, world.now());
    world.discord.members.delete('2');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.grantsOf('2')).toEqual(['pilot']);
  });

  it('runs once at a time; who asks meanwhile gets one more run after it', async () => {
    const world = await fivePilots();
    const [first, second, third] = await Promise.all([
      world.sync.guild(GUILD_ID, MANUAL),
      world.sync.guild(GUILD_ID, MANUAL),
      world.sync.guild(GUILD_ID, MANUAL),
    ]);
    expect(first?.runId).not.toBe(second?.runId);
    expect(third?.runId).toBe(second?.runId);
    expect(world.discord.writes).toHaveLength(3);
  });

  it('previews without a call or a note', async () => {
    const world = await fivePilots();
    world.discord.withRole('friend');

    const preview = await world.sync.previewGuild(GUILD_ID);

    expect(preview).toMatchObject({ usersTotal: 5, rolesAdded: 3, rolesRemoved: 0 });
    expect(world.discord.writes).toEqual([]);
    expect(await world.grants.ofGuild(GUILD_ID)).toEqual(new Map());
    expect(await world.runs.recent(GUILD_ID, 5)).toEqual([]);
  });

  it('stops between two members when Rolewright stops, and goes on with the same run when it starts', async () => {
    const world = await fivePilots();
    const stops: Promise<void>[] = [];
    world.discord.beforeWrite = () => {
      if (stops.length === 0) stops.push(world.sync.stop());
    };

    const progress = await world.sync.guild(GUILD_ID, MANUAL);
    await Promise.all(stops);

    expect(progress.status).toBe('cancelled');
    expect(world.discord.writes.length).toBeGreaterThan(0);
    expect(await world.runs.find(progress.runId ?? '')).toMatchObject({ status: 'running' });
    await expect(world.sync.guild(GUILD_ID, MANUAL)).rejects.toThrow('stopping');
    world.discord.beforeWrite = () => undefined;
    const { sync } = world.start();
    expect(await sync.resume(GUILD_ID)).toBe(true);
    await sync.guild(GUILD_ID, MANUAL);
    expect(await world.runs.find(progress.runId ?? '')).toMatchObject({ status: 'completed', rolesAdded: 3 });
    expect(world.discord.writes).toHaveLength(3);
  });
});

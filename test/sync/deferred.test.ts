import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Three members who are each to get two roles, and a bound of three changes. */
async function boundToThree(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.settings.update(GUILD_ID, { maxRoleChangesPerSync: 3 }, world.now());
  for (const roleId of ['pilot', 'crew']) await world.mapping('pilots', roleId);
  for (const name of ['1', '2', '3']) await world.pilot(name);
  return world;
}

/** All that was recorded as deferred, in whatever run. */
async function deferred(world: SyncWorld): Promise<string[]> {
  const made = Number(world.newId().replace('id-', ''));
  const runs = await Promise.all(Array.from({ length: made }, (_, before) => world.changesOf(`id-${before}`)));
  return runs.flat().filter((line) => line.endsWith('deferred'));
}

describe('what goes beyond the bound of one run', () => {
  it("is told once, and not again by the member's own turn in the run", async () => {
    const world = await boundToThree();

    const progress = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(progress).toMatchObject({ rolesAdded: 3, deferred: 3 });
    const told = (await world.changesOf(progress.runId)).filter((line) => line.endsWith('deferred'));
    expect(told).toHaveLength(3);
    expect(new Set(told).size).toBe(3);
    // One of the three got one of his roles: he had a turn of his own.
    expect([...world.discord.members.keys()].map((name) => world.discord.rolesOf(name).length)).toEqual([2, 1, 0]);
  });

  it('is not told again by the echoes of what went', async () => {
    const world = await boundToThree();
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const before = await deferred(world);
    expect(before).toHaveLength(3);

    for (const member of world.discord.members.values()) await world.events.memberChanged(GUILD_ID, member);

    expect(await deferred(world)).toEqual(before);
  });

  it('is told where somebody whose group has changed is looked at alone', async () => {
    const world = await boundToThree();
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const { runId } = await world.sync.member(GUILD_ID, '3', { trigger: 'group', actor: null });

    expect((await world.changesOf(runId)).toSorted()).toEqual(['3 +crew deferred', '3 +pilot deferred']);
    world.pass(601);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('3')).toEqual(['crew', 'pilot']);
  });
});

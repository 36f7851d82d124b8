import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Members have yet to get the roles; 2 and 3 are being written, and 1 has to wait until they are. */
async function waiting(roleIds: readonly string[]) {
  const world = await createSyncWorld();
  for (const roleId of roleIds) await world.mapping('pilots', roleId);
  await world.pilot('1');
  // One role may go through either of the two buckets, a list through one of them only.
  const busy = roleIds.length === 1 ? ['2', '3'] : ['2'];
  for (const name of busy) await world.pilot(name);
  const { discord } = world;
  const isAnswered = Promise.withResolvers<void>();
  // One at a time, as long as nothing is known of the buckets.
  discord.state = (_, bucket) =>
    bucket === 'look' ? { limit: Infinity, windowMs: 0, remaining: Infinity, resetAt: new Date(0) } : null;
  discord.afterWrite = () => isAnswered.promise;
  const before = Promise.all(busy.map((name) => world.sync.member(GUILD_ID, name, MANUAL)));
  await aWhile();
  return {
    ...world,
    /** Only what was written for member 1. */
    own: () => discord.writes.filter((line) => line.split(' ')[1] === '1'),
    async goOn(): Promise<void> {
      discord.afterWrite = () => undefined;
      isAnswered.resolve();
      await before;
    },
  };
}

const GONE: Record<string, (world: SyncWorld, roleId: string) => void> = {
  'was deleted': ({ discord }, roleId) => void discord.roles.delete(roleId),
  'was raised above the bot': ({ discord }, roleId) => discord.withRole(roleId, { position: 200 }),
};

describe.each(Object.entries(GONE))('a plan whose role %s while it waited for its place', (_, happens) => {
  it('makes no call at all where that was all of it', async () => {
    const world = await waiting(['pilot']);
    const asked = world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();
    happens(world, 'pilot');
    await world.goOn();

    expect(await asked).toMatchObject({ state: 'synced', error: null });
    expect(world.own()).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('is made anew without that role', async () => {
    const world = await waiting(['pilot', 'crew']);
    const asked = world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();
    happens(world, 'pilot');
    await world.goOn();

    expect((await asked).error).toBeNull();
    expect(world.discord.rolesOf('1')).toEqual(['crew']);
    expect(world.own()).toHaveLength(1);
    expect(world.own()[0]).not.toContain('pilot');
  });

  it('is made anew in a run over the guild, which ends well', async () => {
    const world = await waiting(['pilot', 'crew']);
    const run = world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    happens(world, 'pilot');
    await world.goOn();

    const progress = await run;
    expect(progress).toMatchObject({ status: 'completed', usersFailed: 0, rolesAdded: 1 });
    expect(await world.changesOf(progress.runId)).toContain('1 +crew applied');
    expect(world.discord.rolesOf('1')).toEqual(['crew']);
    expect(world.own().filter((line) => line.includes('pilot'))).toEqual([]);
  });
});

const GONE_ROLE = { outcome: 'role_gone', detail: 'Unknown Role' } as const;

/** Member 1 is to get three roles with one PATCH. */
async function newMember() {
  const world = await createSyncWorld();
  for (const roleId of ['pilot', 'crew', 'chief']) await world.mapping('pilots', roleId);
  await world.pilot('1');
  return world;
}

describe('a list that Discord refuses because one role in it is gone', () => {
  it('is planned anew without it', async () => {
    const world = await newMember();
    world.discord.refusals.push(GONE_ROLE);
    world.discord.beforeWrite = () => void world.discord.roles.delete('chief');

    const { error, runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(error).toBeNull();
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(world.discord.writes).toEqual(['patch 1 chief,crew,pilot', 'patch 1 crew,pilot']);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
    const changes = await world.changesOf(runId);
    expect(changes).toEqual(expect.arrayContaining(['1 +crew applied', '1 +pilot applied']));
    expect(changes.filter((line) => line.includes('chief') && line.endsWith('applied'))).toEqual([]);
    expect(await world.runs.find(runId ?? '')).toMatchObject({ status: 'completed', rolesAdded: 2, usersFailed: 0 });
  });

  it('is planned anew once, then sent role by role, and told as it is', async () => {
    const world = await newMember();
    for (let answer = 1; answer <= 9; answer += 1) world.discord.refusals.push(GONE_ROLE);

    const { error, changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toHaveLength(5);
    expect(error).not.toBeNull();
    expect(changes.map(({ outcome }) => outcome)).toEqual(['role_gone', 'role_gone', 'role_gone']);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('is not tried again where it was the only role', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    await world.pilot('1');
    world.discord.refusals.push(GONE_ROLE);

    const { changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toHaveLength(1);
    expect(changes).toMatchObject([{ roleId: 'pilot', outcome: 'role_gone' }]);
  });
});

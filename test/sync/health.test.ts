import { describe, expect, it } from 'vitest';
import { createFakeDiscord, GUILD_ID, type FakeDiscord } from '../support/fake-discord.ts';
import { aGroup } from '../support/stores.ts';
import { createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

const OTHER = '400000000000000000';
const FORBIDDEN = { outcome: 'forbidden', detail: 'Missing Permissions' } as const;
const NAMES = ['1', '2', '3', '4', '5'];

/** Two guilds with the same five pilots to be. */
async function twoGuilds(): Promise<SyncWorld & { other: FakeDiscord }> {
  const other = createFakeDiscord(OTHER);
  const world = await createSyncWorld({ otherGuilds: [other] });
  await world.settings.joined(OTHER, 'Other', world.now());
  await world.mapping('pilots', 'pilot');
  other.withRole('pilot');
  await world.groups.create(aGroup({ id: 'others', guildId: OTHER }));
  await world.mapping('others', 'pilot', { guildId: OTHER });
  for (const name of NAMES) {
    await world.pilot(name);
    other.withMember(name);
    await world.addToGroup('others', name);
  }
  return { ...world, other };
}

/** Discord has refused three writes here, one after the other. */
async function paused(): Promise<SyncWorld & { other: FakeDiscord }> {
  const world = await twoGuilds();
  for (const name of ['1', '2', '3']) {
    world.discord.refusals.push(FORBIDDEN);
    await world.sync.member(GUILD_ID, name, MANUAL);
  }
  return world;
}

const health = async (world: SyncWorld, guildId = GUILD_ID) => (await world.settings.find(guildId))?.healthStatus;

describe('a guild where Discord refuses three writes in a row', () => {
  it('is paused, which is told once, and the others go on', async () => {
    const world = await paused();
    const waits = await world.sync.member(GUILD_ID, '4', MANUAL);
    const run = await world.sync.guild(GUILD_ID, SCHEDULE);
    await world.sync.guild(OTHER, SCHEDULE);

    expect(waits).toMatchObject({ state: 'paused', error: expect.stringContaining('Manage Roles') });
    expect(run).toMatchObject({ status: 'failed', runId: null });
    expect(world.discord.writes).toHaveLength(3);
    expect(world.notices).toMatchObject([{ kind: 'paused' }]);
    expect(await health(world)).toBe('paused');
    expect((await world.settings.find(GUILD_ID))?.lastError).toContain('Manage Roles');
    expect(world.other.writes).toHaveLength(5);
    expect(await health(world, OTHER)).toBe('healthy');
  });

  it('leaves no grants for what was refused, and no run that waits for ever', async () => {
    const world = await paused();
    await world.sync.member(GUILD_ID, '4', MANUAL);
    for (const name of NAMES) expect(await world.grantsOf(name)).toEqual([]);
    expect(await world.runs.unfinished()).toEqual([]);
  });

  it('is tried with one write after a minute, and goes on when that works, which is told once', async () => {
    const world = await paused();
    world.pass(59);
    expect(await world.sync.member(GUILD_ID, '4', MANUAL)).toMatchObject({ state: 'paused' });
    world.pass(2);

    const run = await world.sync.guild(GUILD_ID, SCHEDULE);
    const again = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect([run.status, again.status]).toContain('completed');
    expect(NAMES.map((name) => world.discord.rolesOf(name).join())).toEqual(NAMES.map(() => 'pilot'));
    expect(world.notices.map(({ kind }) => kind)).toEqual(['paused', 'resumed']);
    expect(await health(world)).toBe('healthy');
    expect((await world.settings.find(GUILD_ID))?.lastError).toBeNull();
  });

  it('waits longer after a try that is refused', async () => {
    const world = await paused();
    world.pass(61);
    world.discord.refusals.push(FORBIDDEN);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.writes).toHaveLength(4);
    world.pass(61);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.writes).toHaveLength(4);
    world.pass(61);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(world.notices.map(({ kind }) => kind)).toEqual(['paused', 'resumed']);
  });

  it('is tried at once when its roles changed', async () => {
    const world = await paused();
    await world.events.guildChanged(GUILD_ID);
    await world.sync.member(GUILD_ID, '4', MANUAL);
    expect(world.discord.rolesOf('4')).toEqual(['pilot']);
    expect(world.notices.map(({ kind }) => kind)).toEqual(['paused', 'resumed']);
  });

  it('is not paused by members who left, roles that are gone, failures, or refusals with a success between', async () => {
    const world = await twoGuilds();
    world.discord.refusals.push(
      FORBIDDEN,
      { outcome: 'member_left', detail: 'Unknown Member' },
      { outcome: 'role_gone', detail: 'Unknown Role' },
      FORBIDDEN,
      { outcome: 'failed', detail: 'Discord answered 400', isPassing: false },
    );
    for (const name of [...NAMES, '1']) await world.sync.member(GUILD_ID, name, MANUAL);
    world.discord.refusals.push(FORBIDDEN, FORBIDDEN);
    for (const name of ['2', '3', '4', '5']) await world.sync.member(GUILD_ID, name, MANUAL);
    expect(world.notices).toEqual([]);
  });

  it('ends the run in which that happens, and says why', async () => {
    const world = await twoGuilds();
    for (let index = 6; index <= 20; index += 1) await world.pilot(String(index));
    world.discord.refusals.push(...Array.from({ length: 20 }, () => FORBIDDEN));

    const run = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(run.status).toBe('failed');
    expect(run.errors.at(-1)).toContain('paused');
    expect(world.discord.writes.length).toBeLessThan(12);
    expect((await world.changesOf(run.runId)).filter((line) => line.endsWith('open'))).toEqual([]);
  });
});

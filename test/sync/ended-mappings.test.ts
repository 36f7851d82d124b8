import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Member 1 is linked and in the group of the mappings; he has yet to get their roles. */
async function newPilot(...roleIds: readonly string[]): Promise<SyncWorld> {
  const world = await createSyncWorld();
  for (const roleId of roleIds) await world.mapping('pilots', roleId);
  await world.pilot('1');
  return world;
}

async function endMapping({ mappings }: SyncWorld, roleId: string, roles: 'remove' | 'keep'): Promise<void> {
  const ended = (await mappings.ofGuild(GUILD_ID)).filter((mapping) => mapping.roleId === roleId);
  await mappings.remove(
    ended.map(({ id }) => id),
    roles,
  );
}

/** What happens once it is decided, right before the first note in the ledger. */
function beforeTheNote({ grants }: SyncWorld, happens: () => Promise<void>): void {
  const { saveNamed } = grants;
  grants.saveNamed = async (rows) => {
    grants.saveNamed = saveNamed;
    await happens();
    return saveNamed(rows);
  };
}

/** Members 2 and 3 are being written, one in each bucket, so that member 1 has to wait for his place. */
async function waiting() {
  const world = await newPilot('pilot');
  await world.pilot('2');
  await world.pilot('3');
  const { discord } = world;
  const isAnswered = Promise.withResolvers<void>();
  discord.state = (_, bucket) =>
    bucket === 'look' ? { limit: Infinity, windowMs: 0, remaining: Infinity, resetAt: new Date(0) } : null;
  discord.afterWrite = () => isAnswered.promise;
  const before = Promise.all(['2', '3'].map((name) => world.sync.member(GUILD_ID, name, MANUAL)));
  await aWhile();
  return {
    world,
    async goOn(): Promise<void> {
      discord.afterWrite = () => undefined;
      isAnswered.resolve();
      await before;
    },
  };
}

const own = ({ discord }: SyncWorld) => discord.writes.filter((line) => line.split(' ')[1] === '1');

describe.each(['remove', 'keep'] as const)('a mapping that is removed before its role is given (%s)', (roles) => {
  it('gives nothing to one whose write still waits for its place', async () => {
    const { world, goOn } = await waiting();
    const asked = world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();
    world.pass(1);
    await endMapping(world, 'pilot', roles);
    await goOn();

    expect(await asked).toMatchObject({ state: 'synced', error: null, changes: [] });
    expect(own(world)).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('gives nothing to one who waited for no time that a clock can tell', async () => {
    const { world, goOn } = await waiting();
    const asked = world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();
    await endMapping(world, 'pilot', roles);
    await goOn();

    expect(await asked).toMatchObject({ state: 'synced', error: null, changes: [] });
    expect(own(world)).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('gives nothing to one who waits in a run over the guild', async () => {
    const { world, goOn } = await waiting();
    const run = world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    world.pass(1);
    await endMapping(world, 'pilot', roles);
    await goOn();

    expect(await run).toMatchObject({ status: 'completed', usersFailed: 0 });
    expect(own(world)).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('gives nothing to one for whom it was just decided', async () => {
    const world = await newPilot('pilot');
    beforeTheNote(world, async () => endMapping(world, 'pilot', roles));

    const { error, changes, runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect({ error, changes }).toEqual({ error: null, changes: [] });
    expect(world.discord.writes).toEqual([]);
    expect(world.discord.rolesOf('1')).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
    expect(await world.changesOf(runId)).toEqual([]);
  });

  it('hinders no other role that was decided with it', async () => {
    const world = await newPilot('pilot', 'crew');
    beforeTheNote(world, async () => endMapping(world, 'pilot', roles));

    const { error } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(error).toBeNull();
    expect(world.discord.rolesOf('1')).toEqual(['crew']);
    expect(world.discord.writes).toEqual(['put 1 crew']);
    expect(await world.grantsOf('1')).toEqual(['crew']);
  });

  it('leaves the role of another mapping that names it too', async () => {
    const world = await newPilot('pilot');
    const [first] = await world.mappings.ofGuild(GUILD_ID);
    await world.mapping('crew', 'pilot');
    await world.addToGroup('crew', '1');
    beforeTheNote(world, async () => void (await world.mappings.remove([first?.id ?? ''], roles)));

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });
});

describe('a mapping that is switched off before its role is given', () => {
  it('gives nothing to one for whom it was just decided, and gives it when it is back', async () => {
    const world = await newPilot('pilot');
    const [mapping] = await world.mappings.ofGuild(GUILD_ID);
    const turn = async (isActive: boolean) =>
      void (await world.mappings.edit(mapping?.id ?? '', () => ({ isActive }), world.now(), 'remove'));
    beforeTheNote(world, async () => turn(false));
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect([world.discord.rolesOf('1'), await world.grantsOf('1')]).toEqual([[], []]);
    await turn(true);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect([world.discord.rolesOf('1'), await world.grantsOf('1')]).toEqual([['pilot'], ['pilot']]);
  });
});

describe.each(['remove', 'keep'] as const)('a mapping that is removed before somebody is brought in (%s)', (roles) => {
  const LINK = { trigger: 'link', actor: '1' } as const;

  it.each([
    { name: 'its role', others: [] },
    { name: 'its role and another one', others: ['crew'] },
  ])('leaves no grant without its role, and nothing open, to one who was to get $name', async ({ others }) => {
    const world = await createSyncWorld();
    await world.settings.update(GUILD_ID, { autoJoin: true }, world.now());
    for (const roleId of ['pilot', ...others]) await world.mapping('pilots', roleId);
    await world.link('1', ['identify', 'guilds.join']);
    await world.addToGroup('pilots', '1');
    beforeTheNote(world, async () => endMapping(world, 'pilot', roles));

    await world.sync.everywhere('1', LINK);

    const isIn = world.discord.members.has('1');
    expect(await world.grantsOf('1')).toEqual(isIn ? world.discord.rolesOf('1') : []);
    expect(isIn ? world.discord.rolesOf('1') : []).not.toContain('pilot');
    for (const { id, completedAt } of await world.runs.recent(GUILD_ID, 9)) {
      expect(completedAt).not.toBeNull();
      expect((await world.changesOf(id)).filter((line) => line.endsWith('open'))).toEqual([]);
    }
  });
});

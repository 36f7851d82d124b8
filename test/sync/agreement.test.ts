import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { CONFIRMED, createSyncWorld, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Ten pilots, all of whom have left the group by now. */
async function deserted(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot');
  const names = Array.from({ length: 10 }, (_, index) => String(index + 1));
  for (const name of names) await world.pilot(name);
  await world.sync.guild(GUILD_ID, CONFIRMED);
  for (const name of names) await world.removeFromGroup('pilots', name);
  world.pass(3600);
  return world;
}

const pilots = ({ discord }: SyncWorld) =>
  [...discord.members.keys()].filter((id) => discord.rolesOf(id).includes('pilot'));

describe('what a person agreed to', () => {
  it('goes when it is what he saw', async () => {
    const world = await deserted();
    await world.sync.guild(GUILD_ID, { ...CONFIRMED, agreement: { removals: 10 } });
    expect(pilots(world)).toEqual([]);
  });

  it('is no more than what he saw: what has grown since is held', async () => {
    const world = await deserted();
    const { held } = await world.sync.guild(GUILD_ID, { ...CONFIRMED, agreement: { removals: 9 } });
    expect(held).toBe(10);
    expect(pilots(world)).toHaveLength(10);
  });

  it('is about the roles of the mapping that he edited, and of no other', async () => {
    const world = await deserted();
    const cause = { trigger: 'mapping', actor: '77', isConfirmed: true, agreement: { roleIds: ['other'] } } as const;
    const { held } = await world.sync.guild(GUILD_ID, cause);
    expect(held).toBe(10);
    expect(pilots(world)).toHaveLength(10);
  });

  it('leaves held what waits for another word, whatever mapping is edited', async () => {
    const world = await deserted();
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const cause = { trigger: 'mapping', actor: '77', isConfirmed: true, agreement: { roleIds: ['pilot'] } } as const;
    await world.sync.guild(GUILD_ID, cause);
    expect(pilots(world)).toHaveLength(10);
  });
});

describe('a yes of somebody who could not take the role by hand', () => {
  const cause = { ...CONFIRMED, agreement: { exceptRoleIds: ['pilot'] } };

  it('does not lift the bound on its removals', async () => {
    const world = await deserted();
    const { held } = await world.sync.guild(GUILD_ID, cause);
    expect(held).toBe(10);
    expect(pilots(world)).toHaveLength(10);
  });

  it('does not lift it for members one by one either', async () => {
    const world = await deserted();
    for (const discordId of pilots(world)) await world.sync.member(GUILD_ID, discordId, cause);
    expect(pilots(world)).toHaveLength(5);
  });

  it('lifts it for the other roles', async () => {
    const world = await deserted();
    await world.sync.guild(GUILD_ID, { ...CONFIRMED, agreement: { exceptRoleIds: ['other'] } });
    expect(pilots(world)).toEqual([]);
  });
});

describe('what a person agreed to before Rolewright was killed', () => {
  it('goes on when it starts, though nothing had been planned yet', async () => {
    const world = await deserted();
    const cause = { ...CONFIRMED, agreement: { removals: 10 } };
    await world.runs.start({
      id: 'cut',
      type: 'guild',
      guildId: GUILD_ID,
      targetId: GUILD_ID,
      trigger: cause.trigger,
      status: 'running',
      initiatedBy: '77',
      startedAt: world.now(),
      isBounded: false,
      undoOf: null,
      agreement: cause.agreement,
    });

    const { sync } = world.start();
    expect(await sync.resume(GUILD_ID)).toBe(true);
    await sync.guild(GUILD_ID, SCHEDULE);

    expect(pilots(world)).toEqual([]);
    expect(await world.runs.find('cut')).toMatchObject({ status: 'completed', rolesRemoved: 10 });
  });
});

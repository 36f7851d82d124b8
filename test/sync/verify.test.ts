import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, CONFIRMED, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Member 1 earns the role of each group; a member of two gets them with one PATCH. */
async function newMember(roleIds: readonly string[]): Promise<SyncWorld> {
  const world = await createSyncWorld();
  for (const roleId of roleIds) await world.mapping(roleId, roleId);
  for (const [index, roleId] of roleIds.entries()) {
    if (index === 0) await world.pilot('1', roleId);
    else await world.addToGroup(roleId, '1');
  }
  return world;
}

/** The gateway tells nothing any more. */
function silenceEvents({ discord }: SyncWorld): void {
  discord.onMemberUpdate = () => undefined;
}

describe('a write that Discord says yes to', () => {
  it.each([
    { name: 'one role', roleIds: ['pilot'], write: 'put 1 pilot' },
    { name: 'a whole list', roleIds: ['crew', 'pilot'], write: 'patch 1 crew,pilot' },
  ])('and forgets is made again, and recorded once as applied: $name', async ({ roleIds, write }) => {
    const world = await newMember(roleIds);
    world.discord.losses = 1;

    const result = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual([write, write]);
    expect(world.discord.rolesOf('1')).toEqual(roleIds);
    expect(result).toMatchObject({ error: null, state: 'synced' });
    expect((await world.changesOf(result.runId)).sort()).toEqual(roleIds.map((roleId) => `1 +${roleId} applied`));
    expect(await world.runs.find(result.runId ?? '')).toMatchObject({
      status: 'completed',
      rolesAdded: roleIds.length,
    });
    expect(await world.grantsOf('1')).toEqual(roleIds);
  });

  it('and never does is told as lost, after as many tries as any other, and the next sync tries again', async () => {
    const world = await newMember(['pilot']);
    world.discord.losses = 4;

    const result = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toHaveLength(4);
    expect(result.changes).toMatchObject([{ roleId: 'pilot', outcome: 'lost' }]);
    expect(result.error).toContain('never showed');
    expect(await world.changesOf(result.runId)).toEqual(['1 +pilot lost']);
    expect(await world.runs.find(result.runId ?? '')).toMatchObject({
      status: 'failed',
      usersFailed: 1,
      rolesAdded: 0,
    });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('and never does leaves no role behind, nor a grant, once it is not earned any more', async () => {
    const world = await newMember(['pilot']);
    world.discord.losses = 4;
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.removeFromGroup('pilot', '1');

    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(world.discord.rolesOf('1')).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
    expect(world.discord.writes).toHaveLength(4);
  });

  it('and never takes a role away leaves it ours', async () => {
    const world = await newMember(['pilot']);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.removeFromGroup('pilot', '1');
    world.discord.losses = 4;

    const { changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(changes).toMatchObject([{ action: 'remove', outcome: 'lost' }]);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it.each([['pilot'], ['crew', 'pilot']])(
    'and of which the gateway never tells is made once: a read shows it (%s)',
    async (...roleIds) => {
      const world = await newMember(roleIds);
      silenceEvents(world);

      const result = await world.sync.member(GUILD_ID, '1', MANUAL);

      expect(world.discord.writes).toHaveLength(1);
      expect(result.error).toBeNull();
      expect((await world.changesOf(result.runId)).sort()).toEqual(roleIds.map((roleId) => `1 +${roleId} applied`));
      expect(await world.runs.find(result.runId ?? '')).toMatchObject({
        status: 'completed',
        rolesAdded: roleIds.length,
      });
      expect(await world.grantsOf('1')).toEqual(roleIds);
    },
  );

  it('and that only a read shows is a confirmed grant: who takes the role away then is answered as drift', async () => {
    const world = await newMember(['pilot']);
    silenceEvents(world);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    world.discord.edit('1', { remove: ['pilot'] });

    const { changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(changes).toMatchObject([{ reason: 'drift_reverted', outcome: 'applied' }]);
  });

  it('in a run over the guild is made again as well, and counted once', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    for (const name of ['1', '2', '3', '4']) await world.pilot(name);
    world.discord.losses = 2;

    const progress = await world.sync.guild(GUILD_ID, CONFIRMED);

    expect(progress).toMatchObject({ status: 'completed', rolesAdded: 4, usersSynced: 4, usersFailed: 0 });
    expect(world.discord.writes).toHaveLength(6);
    expect(await world.changesOf(progress.runId)).toEqual([
      '1 +pilot applied',
      '2 +pilot applied',
      '3 +pilot applied',
      '4 +pilot applied',
    ]);
  });
});

describe('a write whose answer never came', () => {
  it('is closed in the record when the server goes out of reach before it can be looked at again', async () => {
    const world = await newMember(['pilot']);
    world.discord.refusals.push({ outcome: 'failed', detail: 'socket closed', isPassing: true });
    world.discord.afterWrite = () => {
      world.discord.isAvailable = false;
    };

    const result = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(result.state).toBe('guild_unavailable');
    const [run] = await world.runs.recent(GUILD_ID, 1);
    expect(run).toMatchObject({ status: 'failed' });
    expect(await world.changesOf(run?.id)).toEqual(['1 +pilot failed']);
  });
});

import { describe, expect, it } from 'vitest';
import { aMember } from '../support/core-worlds.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, MANUAL, SCHEDULE } from '../support/sync-world.ts';

const drift = { trigger: 'drift', actor: null } as const;

describe('a sync of one member', () => {
  it('gives the role of a group with one PUT, notes the grant and records the run', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');

    const result = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['put 1 pilot']);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
    const run = await world.runs.find(result.runId ?? '');
    expect(run).toMatchObject({ type: 'user', targetId: '1', status: 'completed', initiatedBy: '1', rolesAdded: 1 });
    const { changes } = await world.runs.changesOf(result.runId ?? '', 1, 10);
    expect(changes).toMatchObject([{ roleId: 'pilot', action: 'add', outcome: 'applied', reason: 'mapping_true' }]);
    expect(world.discord.reasons[0]).toContain(result.runId);
  });

  it('writes nothing and records nothing when all is well', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    await world.sync.member(GUILD_ID, '1', MANUAL);

    const again = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(again).toMatchObject({ runId: null, state: 'synced', changes: [] });
    expect(world.discord.writes).toHaveLength(1);
    expect(await world.runs.recent(GUILD_ID, 10)).toHaveLength(1);
  });

  it('makes several changes with one PATCH that keeps every role that is not ours', async () => {
    const world = await createSyncWorld();
    world.discord.withRole('booster', { isManaged: true });
    world.discord.withRole('friend');
    world.discord.withMember('1', ['booster', 'friend']);
    await world.mapping('pilots', 'pilot');
    await world.mapping('pilots', 'crew');
    await world.link('1');
    await world.addToGroup('pilots', '1');

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['patch 1 booster,crew,friend,pilot']);
  });

  it('takes a granted role away when the group is left, and leaves one that a moderator gave', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    world.discord.withMember('2', ['pilot']);
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.link('2');
    await world.addToGroup('pilots', '1');
    await world.sync.guild(GUILD_ID, MANUAL);
    await world.removeFromGroup('pilots', '1');

    await world.sync.guild(GUILD_ID, MANUAL);

    expect(world.discord.rolesOf('1')).toEqual([]);
    expect(world.discord.rolesOf('2')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('adopts a role that is there already without a call', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1', ['pilot']);
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual([]);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('makes no call for a role above the bot, says why, and goes on with the others', async () => {
    const world = await createSyncWorld();
    world.discord.withRole('chief', { position: 200 });
    world.discord.withMember('1');
    await world.mapping('pilots', 'chief');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');

    const { changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['put 1 pilot']);
    expect(changes.map(({ roleId, outcome }) => [roleId, outcome])).toEqual([
      ['pilot', 'applied'],
      ['chief', 'blocked:role_above_bot'],
    ]);
  });

  it('tries again after a passing failure, from a fresh look', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    world.discord.refusals.push({ outcome: 'failed', detail: 'Discord answered 500', isPassing: true });

    const { changes, error } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['put 1 pilot', 'put 1 pilot']);
    expect(world.discord.looks).toBe(2);
    expect(error).toBeNull();
    expect(changes).toMatchObject([{ outcome: 'applied' }]);
  });

  it('does not write twice when the failed write had been done after all', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    world.discord.refusals.push({ outcome: 'failed', detail: 'socket closed', isPassing: true });
    world.discord.beforeWrite = () => world.discord.withMember('1', ['pilot']);

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['put 1 pilot']);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('gives up after three retries, says what Discord said, and counts the role as ours: it may be there', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    const refusal = { outcome: 'failed', detail: 'Discord answered 503', isPassing: true } as const;
    world.discord.refusals.push(refusal, refusal, refusal, refusal);

    const { runId, error } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toHaveLength(4);
    expect(error).toContain('Discord answered 503');
    expect(await world.grantsOf('1')).toEqual(['pilot']);
    expect(await world.runs.find(runId ?? '')).toMatchObject({ status: 'failed', usersFailed: 1 });
  });

  it.each([
    { outcome: 'forbidden', detail: 'Missing Permissions' },
    { outcome: 'role_gone', detail: 'Unknown Role' },
    { outcome: 'member_left', detail: 'Unknown Member' },
    { outcome: 'guild_gone', detail: 'Missing Access' },
  ] as const)('never repeats a write that Discord refused for good ($outcome)', async (refusal) => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    world.discord.refusals.push(refusal);

    const { changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toHaveLength(1);
    expect(changes).toMatchObject([{ outcome: refusal.outcome }]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('changes nothing while a source is silent', async () => {
    const silent = {
      name: 'http',
      factsOf: async (ids: readonly string[]) =>
        new Map(ids.map((id) => [id, { status: 'unknown', asOf: null, reason: 'down' } as const])),
      existing: async (_: string, ids: readonly string[]) => new Set(ids),
    };
    const world = await createSyncWorld({ otherSources: [silent] });
    world.discord.withRole('pilot');
    world.discord.withMember('1', ['pilot']);
    const mapping = await world.mapping('http:pilots', 'pilot');
    await world.link('1');
    const grantedAt = world.now();
    const state = {
      mappingIds: [mapping.id],
      grantedAt,
      runId: null,
      undesiredSince: null,
      isReleased: false,
      isConfirmed: true,
    };
    await world.grants.save([{ guildId: GUILD_ID, discordId: '1', roleId: 'pilot', ...state }]);

    await world.sync.guild(GUILD_ID, MANUAL);

    expect(world.discord.writes).toEqual([]);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('writes one member one after the other, and lets repeats coalesce', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    let underWay = 0;
    let most = 0;
    world.discord.beforeWrite = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    };

    await Promise.all(Array.from({ length: 20 }, () => world.sync.member(GUILD_ID, '1', MANUAL)));

    expect(most).toBe(1);
    expect(world.discord.writes).toEqual(['put 1 pilot']);
    expect(world.discord.looks).toBe(2);
  });

  it('follows the facts of the moment when its turn comes', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    world.discord.beforeWrite = async () => {
      world.discord.beforeWrite = () => undefined;
      await world.removeFromGroup('pilots', '1');
    };

    await Promise.all([
      world.sync.member(GUILD_ID, '1', MANUAL),
      Promise.resolve().then(() => world.sync.member(GUILD_ID, '1', MANUAL)),
    ]);

    expect(world.discord.writes).toEqual(['put 1 pilot', 'delete 1 pilot']);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('does not trust an old event: before it acts on one it looks again', async () => {
    const world = await createSyncWorld();
    world.discord.withMember('1', []);
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    await world.sync.member(GUILD_ID, '1', MANUAL);
    const before = aMember([], { discordId: '1' });

    await world.sync.member(GUILD_ID, '1', drift, {
      sighting: { member: before, seenIn: 'event', at: world.now() },
      isRejoin: false,
    });

    expect(world.discord.writes).toEqual(['put 1 pilot']);
  });

  it.each([
    { name: 'switched off', settings: { isEnabled: false }, cause: MANUAL },
    { name: 'synced only when a person asks', settings: { autoSync: false }, cause: SCHEDULE },
  ])('does nothing in a guild that is $name', async ({ settings, cause }) => {
    const world = await createSyncWorld();
    world.discord.withMember('1');
    await world.mapping('pilots', 'pilot');
    await world.link('1');
    await world.addToGroup('pilots', '1');
    await world.settings.update(GUILD_ID, settings, world.now());

    expect(await world.sync.member(GUILD_ID, '1', cause)).toMatchObject({ state: 'disabled' });
    expect(await world.sync.guild(GUILD_ID, cause)).toMatchObject({ runId: null });
    expect(world.discord.writes).toEqual([]);
  });

  it('says that a stranger is not in the guild, and that a guild in an outage cannot be reached', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    expect(await world.sync.member(GUILD_ID, '9', MANUAL)).toMatchObject({ state: 'not_in_guild' });
    world.discord.isAvailable = false;
    expect(await world.sync.member(GUILD_ID, '9', MANUAL)).toMatchObject({ state: 'guild_unavailable' });
  });
});

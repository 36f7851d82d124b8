import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../src/core/mapping.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { CONFIRMED, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

const MOD = '55';

/** Member 1 holds @pilot by our grant. */
async function onePilot(mapping: Partial<Mapping> = {}): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot', mapping);
  await world.pilot('1');
  await world.sync.member(GUILD_ID, '1', MANUAL);
  world.discord.writes = [];
  world.pass(60);
  return world;
}

/** A moderator does it by hand; the audit log tells who it was. */
async function byHand(world: SyncWorld, edit: { add?: string[]; remove?: string[] }): Promise<void> {
  const { add: added = [], remove: removed = [] } = edit;
  await world.events.rolesEdited(GUILD_ID, { discordId: '1', by: MOD, added, removed });
  await world.events.memberChanged(GUILD_ID, world.discord.edit('1', edit));
}

async function lastChanges(world: SyncWorld) {
  const [run] = await world.runs.recent(GUILD_ID, 1);
  return world.runs.allOf(run?.id ?? '');
}

describe('a granted role that somebody takes away', () => {
  it('is given back, and the record says who took it', async () => {
    const world = await onePilot();
    await byHand(world, { remove: ['pilot'] });
    expect(world.discord.writes).toEqual(['put 1 pilot']);
    expect(await lastChanges(world)).toMatchObject([
      { action: 'add', reason: 'drift_reverted', outcome: 'applied', changedBy: MOD },
    ]);
    expect(world.notices).toEqual([]);
  });

  it('is given back by the next sync when its event was lost, by nobody that is known', async () => {
    const world = await onePilot();
    world.discord.edit('1', { remove: ['pilot'] });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await lastChanges(world)).toMatchObject([{ reason: 'drift_reverted', changedBy: null }]);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });

  it.each(['respect', 'alert'] as const)(
    'stays away under on_drift %s, is told once with the one who did it, and comes back when an admin syncs him',
    async (onDrift) => {
      const world = await onePilot({ onDrift });
      await byHand(world, { remove: ['pilot'] });
      world.pass(900);
      await world.sync.guild(GUILD_ID, SCHEDULE);
      await world.sync.guild(GUILD_ID, CONFIRMED);
      await world.sync.member(GUILD_ID, '1', MANUAL);
      expect(world.discord.writes).toEqual([]);
      const told = { kind: 'drift', discordId: '1', roleId: 'pilot', changedBy: MOD, because: onDrift };
      expect(world.notices).toEqual([told]);

      const { changes } = await world.sync.member(GUILD_ID, '1', CONFIRMED);

      expect(changes).toMatchObject([{ action: 'add', roleId: 'pilot', outcome: 'applied' }]);
      expect(await world.suppressions.ofMember(GUILD_ID, '1')).toEqual(new Map());
      await byHand(world, { remove: ['pilot'] });
      expect(world.discord.rolesOf('1')).toEqual([]);
      expect(world.notices).toHaveLength(2);
    },
  );

  it('stays away over a restart, and over leaving the group and coming back', async () => {
    const world = await onePilot({ onDrift: 'respect' });
    await byHand(world, { remove: ['pilot'] });
    const { sync } = world.killAndStart();
    await sync.guild(GUILD_ID, SCHEDULE);
    await world.removeFromGroup('pilots', '1');
    await sync.guild(GUILD_ID, SCHEDULE);
    await world.addToGroup('pilots', '1');
    await sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes).toEqual([]);
    expect(world.notices).toHaveLength(1);
  });

  it('stays away over leaving the server and coming back', async () => {
    const world = await onePilot({ onDrift: 'respect' });
    await world.mapping('pilots', 'crew');
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await byHand(world, { remove: ['pilot'] });
    world.discord.members.delete('1');
    await world.sync.left(GUILD_ID, '1');
    world.pass(60);
    world.discord.withMember('1');
    await world.sync.member(GUILD_ID, '1', { trigger: 'join', actor: null }, { sighting: null, isRejoin: true });
    expect(world.discord.rolesOf('1')).toEqual(['crew']);
  });

  it('is ours again when somebody gives it back by hand', async () => {
    const world = await onePilot({ onDrift: 'respect' });
    await byHand(world, { remove: ['pilot'] });
    await byHand(world, { add: ['pilot'] });
    await world.removeFromGroup('pilots', '1');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('is given back three times in ten minutes and then left alone, which is told once', async () => {
    const world = await onePilot();
    for (let turn = 1; turn <= 6; turn += 1) {
      if (turn <= 4) await byHand(world, { remove: ['pilot'] });
      else await world.sync.member(GUILD_ID, '1', { trigger: 'drift', actor: null });
      world.pass(60);
    }
    expect(world.discord.writes).toEqual(['put 1 pilot', 'put 1 pilot', 'put 1 pilot']);
    expect(world.notices).toMatchObject([{ kind: 'drift', because: 'fight', changedBy: MOD }]);
    world.pass(3600);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual([]);
    await world.sync.member(GUILD_ID, '1', CONFIRMED);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });

  it('is given back as often as it is taken slowly', async () => {
    const world = await onePilot();
    for (let turn = 1; turn <= 6; turn += 1) {
      await byHand(world, { remove: ['pilot'] });
      world.pass(300);
    }
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(world.notices).toEqual([]);
  });

  it('does not count another role of his', async () => {
    const world = await onePilot();
    await world.mapping('pilots', 'crew');
    await world.sync.member(GUILD_ID, '1', MANUAL);
    for (let turn = 1; turn <= 3; turn += 1) await byHand(world, { remove: ['pilot'] });
    await byHand(world, { remove: ['crew'] });
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
  });

  it.each(['revert', 'respect'] as const)(
    'is as it was once the bot can write it again, when it was above the bot meanwhile (%s)',
    async (onDrift) => {
      const world = await onePilot({ onDrift });
      await world.events.guildSeen(GUILD_ID, 'Guild');
      const role = world.discord.roles.get('pilot');
      world.discord.withRole('pilot', { position: 200 });
      await world.events.guildChanged(GUILD_ID);
      await byHand(world, { remove: ['pilot'] });
      expect(world.discord.writes).toEqual([]);
      expect(world.notices.filter(({ kind }) => kind === 'drift')).toEqual([]);
      world.discord.withRole('pilot', { position: role?.position ?? 1 });

      await world.events.guildChanged(GUILD_ID);

      expect(world.discord.rolesOf('1')).toEqual(onDrift === 'revert' ? ['pilot'] : []);
      expect(world.notices.filter(({ kind }) => kind === 'drift')).toHaveLength(onDrift === 'revert' ? 0 : 1);
    },
  );

  it('is not a matter of drift when the group has ended too', async () => {
    const world = await onePilot({ onDrift: 'alert' });
    await world.removeFromGroup('pilots', '1');
    await byHand(world, { remove: ['pilot'] });
    expect(world.notices).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
    expect(await world.suppressions.ofMember(GUILD_ID, '1')).toEqual(new Map());
  });
});

/** Member 1 has nothing, and is not linked. */
async function stranger(onForeign: 'keep' | 'remove'): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot', { onForeign });
  world.discord.withMember('1');
  return world;
}

describe('a mapped role that somebody gives by hand', () => {
  it('is taken under on_foreign remove, and the record says who gave it', async () => {
    const world = await stranger('remove');
    await byHand(world, { add: ['pilot'] });
    expect(world.discord.writes).toEqual(['delete 1 pilot']);
    expect(await lastChanges(world)).toMatchObject([{ reason: 'foreign_removed', changedBy: MOD }]);
  });

  it('stays under on_foreign keep', async () => {
    const world = await stranger('keep');
    await byHand(world, { add: ['pilot'] });
    expect(world.discord.writes).toEqual([]);
  });

  it('is taken three times in ten minutes and then left, which is told once', async () => {
    const world = await stranger('remove');
    for (let turn = 1; turn <= 4; turn += 1) {
      await byHand(world, { add: ['pilot'] });
      world.pass(60);
    }
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(world.discord.writes).toHaveLength(3);
    expect(world.notices).toMatchObject([{ kind: 'drift', because: 'fight' }]);
  });
});

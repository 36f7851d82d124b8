import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { BOSS, CONFIRMED, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

const ADMIN = BOSS.discordId;
const drift = { trigger: 'drift', actor: null } as const;

/** A run that gave @pilot to 1 and 2 and took it from 3 and 4. */
async function aRun(): Promise<SyncWorld & { runId: string }> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot');
  for (const name of ['3', '4']) await world.pilot(name);
  await world.sync.guild(GUILD_ID, CONFIRMED);
  for (const name of ['1', '2']) await world.pilot(name);
  for (const name of ['3', '4']) await world.removeFromGroup('pilots', name);
  world.pass(60);
  const { runId } = await world.sync.guild(GUILD_ID, SCHEDULE);
  world.discord.writes = [];
  world.pass(60);
  return { ...world, runId: runId ?? '' };
}

const roles = ({ discord }: SyncWorld) => ['1', '2', '3', '4'].map((name) => discord.rolesOf(name).join());

describe('the undo of a run', () => {
  it('is refused to one who could not give its roles by hand, and changes nothing', async () => {
    const world = await aRun();
    const low = { discordId: '78', roleIds: ['mod'] };
    world.discord.withRole('mod', { position: -1, permissions: PERMISSIONS.manageRoles });

    await expect(world.sync.runs.undo(GUILD_ID, world.runId, low)).rejects.toMatchObject({ code: 'forbidden' });

    expect(world.discord.writes).toEqual([]);
    expect((await world.runs.recent(GUILD_ID, 1))[0]?.id).toBe(world.runId);
  });

  it('takes what was given and gives what was taken, once each, in a run of its own', async () => {
    const world = await aRun();

    const progress = await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);

    expect(roles(world)).toEqual(['', '', 'pilot', 'pilot']);
    expect(world.discord.writes).toHaveLength(4);
    expect(progress).toMatchObject({ status: 'completed', rolesAdded: 2, rolesRemoved: 2, errors: [], usersTotal: 4 });
    expect(await world.runs.find(progress.runId ?? '')).toMatchObject({
      status: 'completed',
      trigger: 'undo',
      initiatedBy: ADMIN,
      undoOf: world.runId,
      isBounded: false,
    });
    expect((await world.changesOf(world.runId)).toSorted()).toEqual([
      '1 +pilot undone',
      '2 +pilot undone',
      '3 -pilot undone',
      '4 -pilot undone',
    ]);
    expect(await world.grantsOf('1')).toEqual([]);
    expect(await world.grantsOf('3')).toEqual(['pilot']);
  });

  it('reverses several changes of one member with one PATCH', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    await world.mapping('crew', 'crew');
    await world.pilot('1', 'crew');
    await world.sync.guild(GUILD_ID, CONFIRMED);
    await world.removeFromGroup('crew', '1');
    await world.addToGroup('pilots', '1');
    const { runId } = await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);

    await world.sync.runs.undo(GUILD_ID, runId ?? '', BOSS);

    expect(world.discord.rolesOf('1')).toEqual(['crew']);
    expect(world.discord.writes.at(-1)).toBe('patch 1 crew');
  });

  it('skips who left, what changed since and what is as it was, and says so', async () => {
    const world = await aRun();
    world.discord.members.delete('1');
    world.discord.edit('2', { remove: ['pilot'] });
    await world.addToGroup('pilots', '3');
    await world.sync.member(GUILD_ID, '3', MANUAL);
    await world.removeFromGroup('pilots', '3');
    await world.sync.member(GUILD_ID, '3', MANUAL);
    world.discord.writes = [];

    const { errors, rolesAdded, rolesRemoved } = await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);

    expect(errors.toSorted()).toEqual([
      '1 left alone: the member left.',
      '1 left alone: the role is as it was before.',
      '1 left alone: the role was changed since.',
    ]);
    expect({ rolesAdded, rolesRemoved }).toEqual({ rolesAdded: 1, rolesRemoved: 0 });
    expect(world.discord.writes).toEqual(['put 4 pilot']);
    expect((await world.changesOf(world.runId)).toSorted()).toEqual([
      '1 +pilot applied',
      '2 +pilot applied',
      '3 -pilot applied',
      '4 -pilot undone',
    ]);
  });

  it('is not done again by the next sync, nor by an event, nor by a sync of everybody', async () => {
    const world = await aRun();
    await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);
    world.discord.writes = [];

    world.pass(900);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    for (const name of ['1', '2', '3', '4']) await world.sync.member(GUILD_ID, name, drift);
    await world.sync.guild(GUILD_ID, CONFIRMED);

    expect(world.discord.writes).toEqual([]);
    expect(roles(world)).toEqual(['', '', 'pilot', 'pilot']);
  });

  it('ends for a member whom an admin syncs', async () => {
    const world = await aRun();
    await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);

    await world.sync.member(GUILD_ID, '1', CONFIRMED);
    await world.sync.member(GUILD_ID, '3', CONFIRMED);

    expect(roles(world)).toEqual(['pilot', '', '', 'pilot']);
    world.pass(900);
    world.discord.edit('1', { remove: ['pilot'] });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(roles(world)).toEqual(['pilot', '', '', 'pilot']);
  });

  it('ends by itself when the group agrees with it again', async () => {
    const world = await aRun();
    await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);
    await world.removeFromGroup('pilots', '1');
    await world.addToGroup('pilots', '3');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    await world.addToGroup('pilots', '1');
    await world.removeFromGroup('pilots', '3');

    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(roles(world)).toEqual(['pilot', '', '', 'pilot']);
  });

  it('cannot be asked for twice', async () => {
    const world = await aRun();
    const { runId } = await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);
    await expect(world.sync.runs.undo(GUILD_ID, world.runId, BOSS)).rejects.toMatchObject({
      code: 'run_not_undoable',
      message: `This run was undone already, by run ${runId}.`,
    });
    expect(world.discord.writes).toHaveLength(4);
  });

  it('is done once when two ask for it at the same moment', async () => {
    const world = await aRun();

    await Promise.allSettled([
      world.sync.runs.undo(GUILD_ID, world.runId, BOSS),
      world.sync.runs.undo(GUILD_ID, world.runId, BOSS),
    ]);

    expect(world.discord.writes).toHaveLength(4);
    expect(roles(world)).toEqual(['', '', 'pilot', 'pilot']);
    const undos = (await world.runs.recent(GUILD_ID, 9)).filter(({ undoOf }) => undoOf !== null);
    expect(undos).toHaveLength(1);
  });

  it('can be undone itself', async () => {
    const world = await aRun();
    const undo = await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);

    await world.sync.runs.undo(GUILD_ID, undo.runId ?? '', BOSS);

    expect(roles(world)).toEqual(['pilot', 'pilot', '', '']);
    world.discord.writes = [];
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes).toEqual([]);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('3')).toEqual([]);
  });

  it('gives back a role that was taken as a foreign one, which does not become ours', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot', { onForeign: 'remove' });
    world.discord.withMember('1', ['pilot']);
    await world.link('1');
    const { runId } = await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(world.discord.rolesOf('1')).toEqual([]);

    await world.sync.runs.undo(GUILD_ID, runId ?? '', BOSS);

    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual([]);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    await world.sync.member(GUILD_ID, '1', CONFIRMED);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('gives back a role that was taken as a foreign one, which does not become ours, from one who is not linked', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot', { onForeign: 'remove' });
    world.discord.withMember('1', ['pilot']);
    const { runId } = await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(world.discord.rolesOf('1')).toEqual([]);

    await world.sync.runs.undo(GUILD_ID, runId ?? '', BOSS);

    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual([]);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    await world.sync.member(GUILD_ID, '1', CONFIRMED);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('leaves what was put back for somebody else where it is', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    await world.mapping('pilots', 'crew');
    world.discord.withRole('friend');
    await world.pilot('1');
    world.discord.beforeWrite = () => {
      world.discord.beforeWrite = () => undefined;
      world.discord.edit('1', { add: ['friend'] });
    };
    const { runId } = await world.sync.guild(GUILD_ID, CONFIRMED);

    await world.sync.runs.undo(GUILD_ID, runId ?? '', BOSS);

    expect(world.discord.rolesOf('1')).toEqual(['friend']);
  });

  it('is not for a run that changed nothing, nor for one under way, nor for another guild', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    await world.pilot('1');
    const notUndoable = { code: 'run_not_undoable' };
    world.discord.beforeWrite = async () => {
      const [run] = await world.runs.recent(GUILD_ID, 1);
      await expect(world.sync.runs.undo(GUILD_ID, run?.id ?? '', BOSS)).rejects.toMatchObject(notUndoable);
    };
    const { runId } = await world.sync.guild(GUILD_ID, CONFIRMED);
    world.discord.beforeWrite = () => undefined;
    const idle = await world.sync.guild(GUILD_ID, CONFIRMED);

    await expect(world.sync.runs.undo(GUILD_ID, idle.runId ?? '', BOSS)).rejects.toMatchObject(notUndoable);
    await expect(world.sync.runs.undo('9', runId ?? '', BOSS)).rejects.toMatchObject({ code: 'run_not_found' });
  });

  it('tells what Discord refused, and leaves those changes to be undone later', async () => {
    const world = await aRun();
    world.discord.refusals.push({ outcome: 'forbidden', detail: 'Missing Permissions' });

    const first = await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);

    expect(first).toMatchObject({ usersFailed: 1, errors: [expect.stringContaining('Missing Permissions')] });
    const second = await world.sync.runs.undo(GUILD_ID, world.runId, BOSS);
    expect(second).toMatchObject({ usersTotal: 1, usersFailed: 0 });
    expect(roles(world)).toEqual(['', '', 'pilot', 'pilot']);
  });
});

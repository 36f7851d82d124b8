import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createScriptedSource } from '../support/scripted-source.ts';
import {
  BOSS,
  aWhile,
  CONFIRMED,
  createSyncWorld,
  MANUAL,
  SCHEDULE,
  type SyncWorld,
  eventually,
} from '../support/sync-world.ts';

const NAMES = ['1', '2', '3', '4', '5', '6', '7', '8'];
const never = () => new Promise<never>(() => undefined);

/** Eight members who have yet to get @pilot. */
async function eightPilots(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot');
  for (const name of NAMES) await world.pilot(name);
  return world;
}

/** Where a process can die, on its third member: what stands still there never goes on. */
const DEATHS: { name: string; arrange(world: SyncWorld): void }[] = [
  {
    name: 'before a write is sent',
    arrange({ discord }) {
      discord.beforeWrite = () => (discord.writes.length < 2 ? undefined : never());
    },
  },
  {
    name: 'after a write is done and before its answer',
    arrange({ discord }) {
      discord.afterWrite = () => (discord.writes.length < 3 ? undefined : never());
    },
  },
  {
    name: 'after the answer and before the record',
    arrange({ runs }) {
      const record = runs.record;
      let records = 0;
      runs.record = async (...args) => {
        records += 1;
        return records < 3 ? record(...args) : never();
      };
    },
  },
];

/** Nothing stands still any more. */
function mend(world: SyncWorld, record: SyncWorld['runs']['record']): void {
  world.discord.beforeWrite = () => undefined;
  world.discord.afterWrite = () => undefined;
  world.runs.record = record;
}

async function ended(world: SyncWorld, runId: string) {
  await eventually(async () => (await world.runs.find(runId))?.completedAt ?? null).not.toBeNull();
  return world.runs.find(runId);
}

describe('a run over a guild that a crash cut short', () => {
  it.each(DEATHS)('goes on as the same run and does nothing twice: $name', async ({ arrange }) => {
    const world = await eightPilots();
    const { record } = world.runs;
    arrange(world);
    void world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const [cut] = await world.runs.recent(GUILD_ID, 9);
    expect(cut).toMatchObject({ status: 'running', completedAt: null });

    const { events } = world.killAndStart();
    mend(world, record);
    await events.guildSeen(GUILD_ID, 'Guild');

    const run = await ended(world, cut?.id ?? '');
    expect(run).toMatchObject({ status: 'completed', rolesAdded: 8, rolesRemoved: 0, usersFailed: 0 });
    expect(world.discord.writes.toSorted()).toEqual(NAMES.map((name) => `put ${name} pilot`));
    expect((await world.changesOf(run?.id)).toSorted()).toEqual(NAMES.map((name) => `${name} +pilot applied`));
    expect(await world.runs.recent(GUILD_ID, 9)).toHaveLength(1);
    const confirmed = await world.grants.ofGuild(GUILD_ID);
    expect([...confirmed.values()].map((grants) => grants.get('pilot')?.isConfirmed)).toEqual(NAMES.map(() => true));
  });

  it('goes on once, and tells that it was a sync of everybody', async () => {
    const world = await eightPilots();
    world.discord.beforeWrite = never;
    void world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;

    expect(await sync.resume(GUILD_ID)).toBe(true);
    expect(await sync.resume(GUILD_ID)).toBe(false);

    await eventually(() => world.discord.writes).toHaveLength(8);
    expect(await world.runs.recent(GUILD_ID, 9)).toHaveLength(1);
  });

  it('closes what is not wanted any more, and what somebody did meanwhile', async () => {
    const world = await eightPilots();
    world.discord.beforeWrite = never;
    void world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const [cut] = await world.runs.recent(GUILD_ID, 1);
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    await world.removeFromGroup('pilots', '1');
    world.discord.members.delete('2');

    await sync.resume(GUILD_ID);

    expect(await ended(world, cut?.id ?? '')).toMatchObject({ status: 'completed', rolesAdded: 6 });
    const changes = await world.changesOf(cut?.id);
    expect(changes).toContain('1 +pilot cancelled');
    expect(changes).toHaveLength(8);
    expect(changes.filter((line) => line.endsWith('open'))).toEqual([]);
    expect(world.discord.writes).toHaveLength(6);
    expect(await world.grantsOf('1')).toEqual([]);
    expect(await world.grantsOf('2')).toEqual([]);
  });

  it('leaves to a sync of one member what that had done', async () => {
    const world = await eightPilots();
    world.discord.beforeWrite = () => (world.discord.writes.length === 0 ? undefined : never());
    const person = world.sync.member(GUILD_ID, '8', MANUAL);
    void world.sync.guild(GUILD_ID, SCHEDULE);
    await person;
    await aWhile();
    const whole = (await world.runs.recent(GUILD_ID, 9)).find(({ type }) => type === 'guild');
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;

    await sync.resume(GUILD_ID);

    await eventually(async () => world.runs.unfinished()).toEqual([]);
    const runs = await world.runs.recent(GUILD_ID, 9);
    expect(runs.reduce((sum, { rolesAdded }) => sum + rolesAdded, 0)).toBe(8);
    expect(runs.find(({ id }) => id === whole?.id)).toMatchObject({ status: 'completed', rolesAdded: 7 });
    expect(world.discord.writes).toHaveLength(8);
  });

  it('ends where its guild is switched off meanwhile', async () => {
    const world = await eightPilots();
    world.discord.beforeWrite = never;
    void world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const [cut] = await world.runs.recent(GUILD_ID, 1);
    const { events } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    await world.settings.update(GUILD_ID, { isEnabled: false }, world.now());

    await events.guildSeen(GUILD_ID, 'Guild');

    expect(await ended(world, cut?.id ?? '')).toMatchObject({ status: 'cancelled' });
    expect(world.discord.writes).toEqual([]);
    expect((await world.changesOf(cut?.id)).every((line) => line.endsWith('cancelled'))).toBe(true);
  });

  it('counts at the guard with what it had still to do', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    await world.crew(20);
    await world.pilot('90');
    for (const name of ['1', '2', '3', '4', '5']) await world.removeFromGroup('pilots', name);
    world.discord.beforeWrite = never;
    void world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    await world.pilot('91');
    await sync.resume(GUILD_ID);
    await eventually(() => world.discord.writes).toHaveLength(7);
    await world.removeFromGroup('pilots', '6');

    await sync.guild(GUILD_ID, SCHEDULE);

    expect(world.discord.rolesOf('6')).toEqual(['pilot']);
    expect(await world.held()).toEqual(['6 -pilot held']);
  });

  it.each([
    { name: 'before its plan stood', at: 'reading' },
    { name: 'when all was done but its end', at: 'ending' },
  ])('is bounded when it goes on, though somebody had confirmed it: $name', async ({ at }) => {
    const source = createScriptedSource();
    const world = await createSyncWorld({ otherSources: [source] });
    await world.mapping('http:pilots', 'pilot');
    for (const name of NAMES) {
      world.discord.withMember(name);
      source.groups.set(await world.link(name), ['http:pilots']);
    }
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.pass(3600);
    const { listMembers } = world.discord;
    const { finish } = world.runs;
    if (at === 'reading')
      world.discord.listMembers = async function* hang() {
        yield await never();
      };
    else world.runs.finish = never;
    void world.sync.guild(GUILD_ID, CONFIRMED);
    await aWhile();
    const { sync } = world.killAndStart();
    world.discord.listMembers = listMembers;
    world.runs.finish = finish;
    source.mood = 'empty';

    await sync.resume(GUILD_ID);
    await eventually(async () => world.runs.unfinished()).toEqual([]);

    expect(NAMES.map((name) => world.discord.rolesOf(name).length)).toEqual(NAMES.map(() => 1));
    expect(await world.held()).toHaveLength(8);
  });
});

describe('a sync of one member that a crash cut short', () => {
  it.each([
    { name: 'before the write', hook: 'beforeWrite', writes: 1 },
    { name: 'after it', hook: 'afterWrite', writes: 1 },
  ] as const)('goes on as the same run: $name', async ({ hook, writes }) => {
    const world = await eightPilots();
    world.discord[hook] = never;
    void world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();
    const [cut] = await world.runs.recent(GUILD_ID, 1);
    const { sync } = world.killAndStart();
    world.discord[hook] = () => undefined;

    expect(await sync.resume(GUILD_ID)).toBe(false);

    expect(await ended(world, cut?.id ?? '')).toMatchObject({
      type: 'user',
      status: 'completed',
      initiatedBy: '1',
      rolesAdded: 1,
    });
    expect(await world.changesOf(cut?.id)).toEqual(['1 +pilot applied']);
    expect(world.discord.writes).toHaveLength(writes);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('says that he left when he did', async () => {
    const world = await eightPilots();
    world.discord.beforeWrite = never;
    void world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();
    const [cut] = await world.runs.recent(GUILD_ID, 1);
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    world.discord.members.delete('1');

    await sync.resume(GUILD_ID);

    await ended(world, cut?.id ?? '');
    expect(await world.changesOf(cut?.id)).toEqual(['1 +pilot member_left']);
  });
});

describe('what an admin had decided and a crash cut short', () => {
  const SIX = ['1', '2', '3', '4', '5', '6'];

  it.each([
    { name: 'before a write', hook: 'beforeWrite', done: 2 },
    { name: 'after a write', hook: 'afterWrite', done: 3 },
  ] as const)('an approval goes on, and takes each role once: $name', async ({ hook, done }) => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    await world.crew(20);
    for (const name of SIX) await world.removeFromGroup('pilots', name);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const runId = (await world.runs.heldOf(GUILD_ID))?.run.id ?? '';
    world.discord[hook] = () => (world.discord.writes.length < done ? undefined : never());
    void world.sync.runs.approve(GUILD_ID, runId, BOSS);
    await aWhile();
    const { events } = world.killAndStart();
    world.discord[hook] = () => undefined;

    await events.guildSeen(GUILD_ID, 'Guild');

    expect(await ended(world, runId)).toMatchObject({
      status: 'completed',
      decidedBy: '77',
      rolesRemoved: 6,
      usersFailed: 0,
      errors: [],
    });
    expect(await world.changesOf(runId)).toEqual(SIX.map((name) => `${name} -pilot applied`));
    expect(world.discord.writes.toSorted()).toEqual(SIX.map((name) => `delete ${name} pilot`));
    expect(world.notices.filter(({ kind }) => kind === 'held')).toHaveLength(1);
    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
  });

  it.each<{ name: string; arrange(world: SyncWorld): void }>([
    { name: 'before a write', arrange: ({ discord }) => void (discord.beforeWrite = never) },
    { name: 'after a write', arrange: ({ discord }) => void (discord.afterWrite = never) },
    { name: 'before the write is noted', arrange: ({ runs }) => void (runs.record = never) },
    { name: 'before the run is that it reverses', arrange: ({ runs }) => void (runs.setOutcome = never) },
  ])('an undo goes on, and reverses each change once: $name', async ({ arrange }) => {
    const world = await eightPilots();
    const { runId } = await world.sync.guild(GUILD_ID, CONFIRMED);
    const { record, setOutcome } = world.runs;
    arrange(world);
    void world.sync.runs.undo(GUILD_ID, runId ?? '', BOSS);
    await aWhile();
    const { events, sync } = world.killAndStart();
    mend(world, record);
    world.runs.setOutcome = setOutcome;

    await events.guildSeen(GUILD_ID, 'Guild');

    const undo = (await world.runs.recent(GUILD_ID, 9)).find(({ undoOf }) => undoOf === runId);
    expect(await ended(world, undo?.id ?? '')).toMatchObject({ status: 'completed', rolesRemoved: 8, errors: [] });
    expect(await world.changesOf(runId)).toEqual(NAMES.map((name) => `${name} +pilot undone`));
    expect((await world.changesOf(undo?.id)).toSorted()).toEqual(NAMES.map((name) => `${name} -pilot applied`));
    expect(world.discord.writes.filter((line) => line.startsWith('delete'))).toHaveLength(8);
    await expect(sync.runs.undo(GUILD_ID, runId ?? '', BOSS)).rejects.toMatchObject({
      code: 'run_not_undoable',
    });
  });
});

describe('a run that somebody cancels', () => {
  it('ends after the writes in flight, tells of each what became of it, and is not gone on with', async () => {
    const world = await eightPilots();
    world.discord.beforeWrite = async () => {
      const [run] = await world.runs.recent(GUILD_ID, 1);
      await world.sync.runs.cancel(GUILD_ID, run?.id ?? '', '77').catch(() => undefined);
    };

    const progress = await world.sync.guild(GUILD_ID, CONFIRMED);

    expect(progress).toMatchObject({ status: 'cancelled', errors: [expect.stringContaining('cancelled')] });
    const changes = await world.changesOf(progress.runId);
    expect(changes).toHaveLength(8);
    for (const name of NAMES) {
      const has = world.discord.rolesOf(name).includes('pilot');
      expect(changes).toContain(`${name} +pilot ${has ? 'applied' : 'cancelled'}`);
      expect(await world.grantsOf(name)).toEqual(has ? ['pilot'] : []);
    }
    expect(progress.rolesAdded).toBe(changes.filter((line) => line.endsWith('applied')).length);
    expect(progress.rolesAdded).toBeLessThan(8);
    expect(await world.runs.find(progress.runId ?? '')).toMatchObject({
      status: 'cancelled',
      rolesAdded: progress.rolesAdded,
    });
    const { sync } = world.killAndStart();
    expect(await sync.resume(GUILD_ID)).toBe(false);
    await expect(sync.runs.cancel(GUILD_ID, progress.runId ?? '', '77')).rejects.toMatchObject({
      code: 'run_not_running',
    });
  });

  it('tells what became of the writes in flight although their events come late', async () => {
    const world = await eightPilots();
    const tell = world.discord.onMemberUpdate;
    world.discord.onMemberUpdate = (member) => void setImmediate(tell, member);
    world.discord.beforeWrite = async () => {
      const [run] = await world.runs.recent(GUILD_ID, 1);
      await world.sync.runs.cancel(GUILD_ID, run?.id ?? '', '77').catch(() => undefined);
    };

    const progress = await world.sync.guild(GUILD_ID, CONFIRMED);

    const changes = await world.changesOf(progress.runId);
    expect(world.discord.writes.length).toBeGreaterThan(0);
    for (const name of NAMES) {
      const has = world.discord.rolesOf(name).includes('pilot');
      expect(changes).toContain(`${name} +pilot ${has ? 'applied' : 'cancelled'}`);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createScriptedSource, type ScriptedSource } from '../support/scripted-source.ts';
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

const ADMIN = BOSS.discordId;
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const group = { trigger: 'group', actor: null } as const;

interface Corp extends SyncWorld {
  source: ScriptedSource;
  /** By the names of 1, 2, 3 ... */
  accounts: Map<string, string>;
  /** The source says that these have no group any more. */
  dismiss(...names: string[]): void;
  engage(...names: string[]): void;
  /** Who has @pilot. */
  pilots(): string[];
}

/** So many members who hold @pilot by our grant, because a source says that they are pilots. */
async function corp(count: number): Promise<Corp> {
  const source = createScriptedSource();
  const world = await createSyncWorld({ otherSources: [source] });
  await world.mapping('http:pilots', 'pilot');
  const accounts = new Map<string, string>();
  const give = (names: string[], groups: string[]) => {
    for (const name of names) source.groups.set(accounts.get(name) ?? '', groups);
  };
  for (let index = 1; index <= count; index += 1) {
    const name = String(index);
    world.discord.withMember(name);
    accounts.set(name, await world.link(name));
    give([name], ['http:pilots']);
  }
  await world.sync.guild(GUILD_ID, CONFIRMED);
  world.discord.writes = [];
  world.pass(3600);
  return {
    ...world,
    source,
    accounts,
    dismiss: (...names) => give(names, []),
    engage: (...names) => give(names, ['http:pilots']),
    pilots: () => [...world.discord.members.keys()].filter((name) => world.discord.rolesOf(name).includes('pilot')),
  };
}

const SIX = ['1', '2', '3', '4', '5', '6'];
const heldNotices = ({ notices }: SyncWorld) => notices.filter(({ kind }) => kind === 'held');
const heldRunId = async (world: SyncWorld) => (await world.runs.heldOf(GUILD_ID))?.run.id ?? '';

describe('a run that nobody saw before', () => {
  it('removes as many as the bound allows, exactly', async () => {
    const world = await corp(30);
    world.dismiss('1', '2', '3', '4', '5', '6');
    const progress = await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(progress).toMatchObject({ rolesRemoved: 6, held: 0 });
    expect(world.notices).toEqual([]);
  });

  it('holds all removals beyond that as one run that names each, and tells the admins once', async () => {
    const world = await corp(20);
    world.dismiss(...SIX);

    const progress = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(progress).toMatchObject({ status: 'completed', held: 6, rolesRemoved: 0 });
    expect(world.discord.writes).toEqual([]);
    expect(await world.held()).toEqual(SIX.map((name) => `${name} -pilot held`));
    const runId = await heldRunId(world);
    expect(heldNotices(world)).toMatchObject([{ kind: 'held', runId }]);
    world.pass(15 * MINUTE);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes).toEqual([]);
    expect(await heldRunId(world)).toBe(runId);
    expect(heldNotices(world)).toHaveLength(1);
  });

  it('goes on with additions up to the cap, and the next sync after the window makes the rest', async () => {
    const world = await corp(20);
    await world.settings.update(GUILD_ID, { maxRoleChangesPerSync: 3 }, world.now());
    world.dismiss(...SIX);
    for (const name of ['91', '92', '93', '94']) {
      world.discord.withMember(name);
      world.accounts.set(name, await world.link(name));
      world.engage(name);
    }

    const first = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(first).toMatchObject({ rolesAdded: 3, rolesRemoved: 0, held: 6, deferred: 1 });
    expect(await world.changesOf(first.runId)).toContain('94 +pilot deferred');
    world.pass(5 * MINUTE);
    expect(await world.sync.guild(GUILD_ID, SCHEDULE)).toMatchObject({ rolesAdded: 0, deferred: 1 });
    world.pass(6 * MINUTE);
    expect(await world.sync.guild(GUILD_ID, SCHEDULE)).toMatchObject({ rolesAdded: 1, deferred: 0 });
    expect(world.pilots()).toHaveLength(24);
  });

  it('bounds what came one by one over all of ten minutes', async () => {
    const world = await corp(20);
    for (const name of ['1', '2', '3', '4', '5']) {
      world.dismiss(name);
      await world.sync.member(GUILD_ID, name, group);
      world.pass(MINUTE);
    }
    expect(world.pilots()).toHaveLength(15);

    for (const name of ['6', '7', '8']) {
      world.dismiss(name);
      const result = await world.sync.member(GUILD_ID, name, group);
      expect(result).toMatchObject({ error: null, changes: [{ roleId: 'pilot', outcome: 'held' }] });
    }

    expect(world.pilots()).toHaveLength(15);
    expect(await world.held()).toEqual(['6 -pilot held', '7 -pilot held', '8 -pilot held']);
    expect(new Set(heldNotices(world).map((notice) => notice.kind === 'held' && notice.runId)).size).toBe(1);
    world.pass(11 * MINUTE);
    await world.sync.member(GUILD_ID, '6', group);
    expect(world.pilots()).toHaveLength(15);
    world.dismiss('9');
    await world.sync.member(GUILD_ID, '9', group);
    expect(world.pilots()).toHaveLength(14);
  });

  it('remembers over a restart what was done in the last ten minutes', async () => {
    const world = await corp(20);
    world.dismiss('1', '2', '3', '4', '5');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.pilots()).toHaveLength(15);
    world.pass(9 * MINUTE);
    const { sync } = world.killAndStart();
    world.dismiss('6');

    await sync.member(GUILD_ID, '6', group);

    expect(world.pilots()).toHaveLength(15);
    expect(await world.held()).toEqual(['6 -pilot held']);
    expect(heldNotices(world)).toHaveLength(1);
  });

  it('keeps held what is held, over a restart too, and tells nobody again', async () => {
    const world = await corp(20);
    world.dismiss(...SIX);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    world.pass(60 * MINUTE);
    const { sync, events } = world.killAndStart();

    await events.guildSeen(GUILD_ID, 'Guild');
    for (const name of SIX) await sync.member(GUILD_ID, name, MANUAL);

    expect(world.discord.writes).toEqual([]);
    expect(await world.held()).toHaveLength(6);
    expect(heldNotices(world)).toHaveLength(1);
  });

  it('adds to what is held, and tells of all that is held by then', async () => {
    const world = await corp(20);
    world.dismiss(...SIX);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    world.pass(15 * MINUTE);
    world.dismiss('7', '8', '9', '10', '11', '12');

    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(await world.held()).toHaveLength(12);
    const told = heldNotices(world).at(-1);
    expect(told?.kind === 'held' && told.changes.map(({ discordId }) => discordId)).toHaveLength(12);
    expect(new Set(heldNotices(world).map((notice) => notice.kind === 'held' && notice.runId)).size).toBe(1);
  });

  it('leaves everybody alone while the source is silent, and takes back what it held once the source recovers', async () => {
    const world = await corp(20);
    world.source.mood = 'empty';
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.held()).toHaveLength(20);
    const runId = await heldRunId(world);
    world.source.mood = 'silent';
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.held()).toHaveLength(20);

    world.source.mood = 'up';
    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
    expect(await world.runs.find(runId)).toMatchObject({
      status: 'cancelled',
      errors: [expect.stringContaining('none of these removals is wanted')],
    });
    expect(world.discord.writes).toEqual([]);
  });

  it('takes out of it only those whom the source names again', async () => {
    const world = await corp(20);
    world.dismiss(...SIX);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    world.engage('1', '2', '3');

    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(await world.held()).toEqual(['4 -pilot held', '5 -pilot held', '6 -pilot held']);
    expect(world.discord.writes).toEqual([]);
  });

  it('holds again who was taken out of it and is dismissed once more with many', async () => {
    const world = await corp(20);
    world.dismiss(...SIX, '7', '8');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    world.engage(...SIX);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.held()).toEqual(['7 -pilot held', '8 -pilot held']);
    world.dismiss(...SIX);

    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(await world.held()).toHaveLength(8);
    await world.sync.runs.approve(GUILD_ID, await heldRunId(world), BOSS);
    expect(world.pilots()).toHaveLength(12);
  });
});

async function heldSix(): Promise<Corp> {
  const world = await corp(20);
  world.dismiss(...SIX);
  await world.sync.guild(GUILD_ID, SCHEDULE);
  return world;
}

describe('a held run', () => {
  it('is done when an admin approves, whole', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);

    const progress = await world.sync.runs.approve(GUILD_ID, runId, BOSS);

    expect(progress).toMatchObject({ status: 'completed', rolesRemoved: 6, usersFailed: 0, errors: [] });
    expect(world.pilots()).toHaveLength(14);
    expect(await world.changesOf(runId)).toEqual(SIX.map((name) => `${name} -pilot applied`));
    expect(await world.runs.find(runId)).toMatchObject({ status: 'completed', decidedBy: ADMIN, rolesRemoved: 6 });
    expect(await world.grants.holdersOf(GUILD_ID)).toEqual(new Map([['pilot', 14]]));
    world.dismiss('7', '8', '9', '10', '11');
    expect(await world.sync.guild(GUILD_ID, SCHEDULE)).toMatchObject({ rolesRemoved: 5, held: 0 });
  });

  it('does only what is still wanted when it is approved, and says that the rest is not', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);
    world.engage('1', '2');
    world.dismiss('7');
    world.discord.members.delete('3');
    world.discord.edit('4', { remove: ['pilot'] });

    const progress = await world.sync.runs.approve(GUILD_ID, runId, BOSS);

    expect(progress).toMatchObject({ status: 'completed', rolesRemoved: 2, errors: [expect.stringMatching(/^4 of /)] });
    expect(await world.changesOf(runId)).toEqual([
      '1 -pilot cancelled',
      '2 -pilot cancelled',
      '3 -pilot member_left',
      '4 -pilot already',
      '5 -pilot applied',
      '6 -pilot applied',
    ]);
    expect(world.discord.writes.sort()).toEqual(['delete 5 pilot', 'delete 6 pilot']);
    expect(world.discord.rolesOf('7')).toEqual(['pilot']);
    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
  });

  it('removes nobody while the source is silent, and says so', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);
    world.source.mood = 'silent';

    const progress = await world.sync.runs.approve(GUILD_ID, runId, BOSS);

    expect(progress.errors).toEqual([expect.stringMatching(/^6 of /)]);
    expect(world.discord.writes).toEqual([]);
  });

  it('is approved once, whoever else presses at the same time', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);

    const [first, second] = await Promise.allSettled([
      world.sync.runs.approve(GUILD_ID, runId, BOSS),
      world.sync.runs.approve(GUILD_ID, runId, BOSS),
    ]);

    expect(first.status).toBe('fulfilled');
    const approved = { code: 'run_not_held', message: 'Somebody has approved these removals already.' };
    expect(second).toMatchObject({ status: 'rejected', reason: approved });
    expect(world.discord.writes).toHaveLength(6);
    await expect(world.sync.runs.discard(GUILD_ID, runId, BOSS)).rejects.toMatchObject(approved);
  });

  it('is discarded or decided about once; a run that held nothing has nothing to decide', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);
    await expect(world.sync.runs.undo(GUILD_ID, runId, BOSS)).rejects.toMatchObject({
      message: 'This run has removed nothing yet: it waits for a word. Discard it instead.',
    });
    await expect(world.sync.runs.cancel(GUILD_ID, runId, ADMIN)).rejects.toMatchObject({
      message: expect.stringContaining('Discard it instead.'),
    });
    await world.sync.runs.discard(GUILD_ID, runId, BOSS);
    await expect(world.sync.runs.approve(GUILD_ID, runId, BOSS)).rejects.toMatchObject({
      message: 'Somebody has discarded these removals already: the roles stay.',
    });
    const { runId: other } = await world.sync.guild(GUILD_ID, SCHEDULE);
    await expect(world.sync.runs.approve(GUILD_ID, other ?? '', BOSS)).rejects.toMatchObject({
      message: 'Nothing in this run waits for a word.',
    });
  });

  it('is nothing to ask about again while it is being done', async () => {
    const world = await heldSix();
    const gate = Promise.withResolvers<void>();
    world.discord.beforeWrite = () => gate.promise;
    const approved = world.sync.runs.approve(GUILD_ID, await heldRunId(world), BOSS);
    await eventually(() => world.sync.progress(GUILD_ID)).not.toBeNull();
    const scheduled = world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    gate.resolve();
    await Promise.all([approved, scheduled]);

    expect(heldNotices(world)).toHaveLength(1);
    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
    expect(world.pilots()).toHaveLength(14);
    expect(world.discord.writes).toHaveLength(6);
  });

  it('stops when somebody calls off what was approved: what is left is asked about again', async () => {
    const world = await corp(40);
    const many = Array.from({ length: 20 }, (_, index) => String(index + 1));
    world.dismiss(...many);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const runId = await heldRunId(world);
    world.discord.beforeWrite = () => world.sync.runs.cancel(GUILD_ID, runId, ADMIN).catch(() => undefined);

    const progress = await world.sync.runs.approve(GUILD_ID, runId, BOSS);

    const left = world.pilots().length - 20;
    expect(left).toBeGreaterThan(0);
    expect(progress).toMatchObject({ status: 'cancelled', rolesRemoved: 20 - left });
    const changes = await world.changesOf(runId);
    for (const name of many) {
      const isLeft = world.discord.rolesOf(name).includes('pilot');
      expect(changes).toContain(`${name} -pilot ${isLeft ? 'cancelled' : 'applied'}`);
    }
    world.discord.beforeWrite = () => undefined;
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.held()).toHaveLength(left);
    expect(heldNotices(world)).toHaveLength(2);
  });

  it('is left alone for a day when an admin discards it, and asked about again after that', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);

    const run = await world.sync.runs.discard(GUILD_ID, runId, BOSS);

    expect(run).toMatchObject({ status: 'cancelled', decidedBy: ADMIN });
    expect(await world.changesOf(runId)).toEqual(SIX.map((name) => `${name} -pilot cancelled`));
    world.pass(23 * 60 * MINUTE);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    await world.sync.member(GUILD_ID, '1', group);
    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
    expect(heldNotices(world)).toHaveLength(1);
    world.pass(2 * 60 * MINUTE);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.pilots()).toHaveLength(20);
    expect(await world.held()).toHaveLength(6);
    expect(heldNotices(world)).toHaveLength(2);
  });

  it('that was discarded is still left alone when another one is discarded on the same day', async () => {
    const world = await heldSix();
    await world.sync.runs.discard(GUILD_ID, await heldRunId(world), BOSS);
    world.pass(60 * MINUTE);
    world.dismiss('7', '8', '9', '10', '11', '12');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.held()).toHaveLength(6);
    await world.sync.runs.discard(GUILD_ID, await heldRunId(world), BOSS);
    world.pass(60 * MINUTE);

    await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
    expect(world.pilots()).toHaveLength(20);
  });

  it('ends after a day without a word, says so, and the next sync asks again', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);
    world.pass(DAY - 1);
    await world.sync.expireHolds();
    expect(await heldRunId(world)).toBe(runId);
    world.pass(2);

    await world.sync.expireHolds();

    expect(await world.runs.find(runId)).toMatchObject({
      status: 'cancelled',
      decidedBy: null,
      errors: [expect.stringContaining('Nobody decided')],
    });
    await expect(world.sync.runs.approve(GUILD_ID, runId, BOSS)).rejects.toMatchObject({
      code: 'run_not_held',
      message: expect.stringMatching(/^Nothing in this run waits for a word\. Nobody decided/),
    });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.pilots()).toHaveLength(20);
    expect(heldNotices(world)).toHaveLength(2);
  });

  it('is either approved or over when its day ends in the same moment', async () => {
    const world = await heldSix();
    const runId = await heldRunId(world);
    world.pass(DAY + 1);

    const [, approval] = await Promise.allSettled([
      world.sync.expireHolds(),
      world.sync.runs.approve(GUILD_ID, runId, BOSS),
    ]);

    const run = await world.runs.find(runId);
    const isDone = approval.status === 'fulfilled';
    expect(run?.status).toBe(isDone ? 'completed' : 'cancelled');
    expect(world.pilots()).toHaveLength(isDone ? 14 : 20);
  });
});

describe('a run that somebody saw before and confirmed', () => {
  it('is not bounded', async () => {
    const world = await corp(20);
    world.dismiss(...SIX, '7', '8', '9');
    const progress = await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(progress).toMatchObject({ rolesRemoved: 9, held: 0 });
    expect(heldNotices(world)).toEqual([]);
  });

  it('does what was held', async () => {
    const world = await corp(20);
    world.dismiss(...SIX);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(world.pilots()).toHaveLength(14);
    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
  });

  it('stays unbounded when it joins one that waits and nobody saw', async () => {
    const world = await corp(20);
    world.dismiss(...SIX);
    const gate = Promise.withResolvers<void>();
    const list = world.discord.listMembers;
    world.discord.listMembers = async function* wait(guildId) {
      world.discord.listMembers = list;
      await gate.promise;
      yield* list(guildId);
    };
    const running = world.sync.guild(GUILD_ID, SCHEDULE);
    const waiting = world.sync.guild(GUILD_ID, MANUAL);
    const confirmed = world.sync.guild(GUILD_ID, CONFIRMED);
    gate.resolve();
    await Promise.all([running, waiting, confirmed]);

    expect(world.pilots()).toHaveLength(14);
    expect(await world.runs.heldOf(GUILD_ID)).toBeNull();
  });

  it.each([
    { name: 'confirmed', cause: CONFIRMED },
    { name: 'bounded', cause: SCHEDULE },
  ])('takes no more than the bound when the source turns empty in the middle of it: $name', async ({ cause }) => {
    const world = await corp(20);
    for (let index = 21; index <= 40; index += 1) {
      const name = String(index);
      world.discord.withMember(name);
      world.accounts.set(name, await world.link(name));
      world.engage(name);
    }
    let writes = 0;
    world.discord.beforeWrite = () => {
      writes += 1;
      if (writes !== 5) return;
      world.source.mood = 'empty';
      world.pass(120);
    };

    await world.sync.guild(GUILD_ID, cause);
    await world.sync.guild(GUILD_ID, SCHEDULE);

    const removed = world.discord.writes.filter((line) => line.startsWith('delete'));
    expect(removed.length).toBeLessThanOrEqual(5);
    expect(world.discord.members.size - world.pilots().length).toBeLessThanOrEqual(20);
  });
});

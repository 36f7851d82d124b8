import { describe, expect, it } from 'vitest';
import { ORDERED_READS_A_MINUTE } from '../../src/sync/read-allowance.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, CONFIRMED, eventually, SCHEDULE } from '../support/sync-world.ts';
import { ADMIN, BOTH, createTwoGuilds, OPERATOR, OTHER_ID } from '../support/two-guilds.ts';

const ALL = { userIds: null, mappingId: null };
const HERE = { ...ALL, scope: { guildId: GUILD_ID } };
const EVERYWHERE = { ...ALL, scope: BOTH };
const BY = { actor: '1', payer: OPERATOR, authorIn: async () => null };
const YES = { ...BY, isConfirmed: true };
const NO = { ...BY, isConfirmed: false };
/** Says yes, and could not give any role by hand. */
const LOW = { ...YES, authorIn: async () => ({ discordId: '77', roleIds: [] }) };
const never = () => new Promise<never>(() => undefined);

describe('a sync of a guild that somebody orders', () => {
  it('is told of by its run before it has done anything', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    const { run } = await world.manualSync.start(HERE, NO);
    expect(run).toMatchObject({
      type: 'guild',
      guildId: GUILD_ID,
      initiatedBy: '1',
      trigger: 'manual',
      isBounded: true,
    });
    expect(world.discord.writes).toEqual([]);
    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', rolesAdded: 1 });
    expect(await world.changesOf(run.id)).toEqual(['1 +pilot applied']);
    expect(world.other.writes).toEqual([]);
  });

  it('waits for the one under way, and is the same one for all who ask meanwhile', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    const first = await world.manualSync.start(HERE, NO);
    const second = await world.manualSync.start(HERE, NO);
    const third = await world.manualSync.start(HERE, YES);
    expect(second.run).toMatchObject({ status: 'pending' });
    expect(second.run.id).not.toBe(first.run.id);
    expect(third.run.id).toBe(second.run.id);
    // Whoever confirmed stands behind it.
    expect(await world.ended(second.run.id)).toMatchObject({ status: 'completed', isBounded: false });
  });

  it('joins a scheduled one that waits, of which nobody knew', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    world.discord.beforeWrite = () => gate;
    void world.sync.guild(GUILD_ID, SCHEDULE);
    const waiting = world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const { run } = await world.manualSync.start(HERE, NO);
    letGo();
    expect((await waiting).runId).toBe(run.id);
    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', trigger: 'manual', initiatedBy: '1' });
  });

  it('is bounded unless he says that he knows what it does, and could do it by hand', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) await world.pilot(name);
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.pass(3600);
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) await world.removeFromGroup('pilots', name);

    const bounded = await world.manualSync.start(HERE, NO);
    expect(await world.ended(bounded.run.id)).toMatchObject({ rolesRemoved: 0 });
    expect(await world.held()).toHaveLength(7);

    const low = await world.manualSync.start(HERE, LOW);
    expect(await world.ended(low.run.id)).toMatchObject({ rolesRemoved: 0 });
    expect(await world.held()).toHaveLength(7);

    const confirmed = await world.manualSync.start(HERE, YES);
    expect(await world.ended(confirmed.run.id)).toMatchObject({ rolesRemoved: 7 });
  });

  it('that cannot run says so', async () => {
    const world = await createTwoGuilds();
    await world.settings.update(GUILD_ID, { isEnabled: false }, world.now());
    const order = (guildId: string) => world.manualSync.start({ ...ALL, scope: { guildId } }, NO);
    await expect(order(GUILD_ID)).rejects.toMatchObject({ code: 'sync_disabled' });
    await expect(order('1')).rejects.toMatchObject({ code: 'guild_not_found' });
    world.other.isAvailable = false;
    await expect(order(OTHER_ID)).rejects.toMatchObject({ code: 'bot_not_in_guild' });
    await expect(world.manualSync.start(EVERYWHERE, NO)).rejects.toMatchObject({ code: 'guild_not_found' });
  });

  it('that was switched off while it waited ends as failed', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    await world.manualSync.start(HERE, NO);
    const { run } = await world.manualSync.start(HERE, NO);
    await world.settings.update(GUILD_ID, { isEnabled: false }, world.now());
    expect(await world.ended(run.id)).toMatchObject({
      status: 'failed',
      errors: [expect.stringMatching(/turned off/)],
    });
  });

  it('can be called off while it waits', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    const first = await world.manualSync.start(HERE, NO);
    const { run } = await world.manualSync.start(HERE, NO);
    await world.sync.runs.cancel(GUILD_ID, run.id, '1');
    expect(await world.ended(run.id)).toMatchObject({ status: 'cancelled' });
    await world.ended(first.run.id);
    await aWhile();
    expect(await world.runs.find(run.id)).toMatchObject({ status: 'cancelled', usersProcessed: 0 });
    await expect(world.sync.runs.cancel(GUILD_ID, run.id, '1')).rejects.toMatchObject({ code: 'run_not_running' });
  });

  it('that waited when Rolewright died has its turn after the start', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    world.discord.beforeWrite = never;
    const first = await world.manualSync.start(HERE, NO);
    const second = await world.manualSync.start(HERE, YES);
    await aWhile();
    expect(second.run.status).toBe('pending');

    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    expect(await sync.resume(GUILD_ID)).toBe(true);

    expect(await world.ended(first.run.id)).toMatchObject({ status: 'completed', rolesAdded: 1 });
    expect(await world.ended(second.run.id)).toMatchObject({ status: 'completed', isBounded: false });
    expect(world.discord.writes).toEqual(['put 1 pilot']);
  });
});

describe('a sync of several guilds', () => {
  it('is one run, whose sums and changes are those of its parts', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2']) await world.sailor(name);
    world.discord.withMember('3');
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    expect(run).toMatchObject({ type: 'full', guildId: null, targetId: null });
    const ended = await world.ended(run.id);
    expect(ended).toMatchObject({ status: 'completed', rolesAdded: 4, usersProcessed: 5, usersSynced: 4, errors: [] });
    const { changes, total } = await world.sync.runs.allChanges(run.id, 1, 10);
    expect(total).toBe(4);
    expect(new Set(changes.map(({ guildId }) => guildId))).toEqual(new Set([GUILD_ID, OTHER_ID]));
    expect(await world.sync.runs.look(run.id)).toMatchObject({ guildIds: [GUILD_ID, OTHER_ID] });
    expect(await world.sync.runs.sums(ended)).toMatchObject({ guildsProcessed: 2 });
    expect((await world.runs.partsOf(run.id)).map(({ type }) => type)).toEqual(['guild', 'guild']);
  });

  it('leaves out guilds in which nothing is synced, and is that guild’s own run if one is left', async () => {
    const world = await createTwoGuilds();
    await world.settings.update(OTHER_ID, { isEnabled: false }, world.now());
    const { run } = await world.manualSync.start({ ...ALL, scope: { guildIds: null } }, NO);
    expect(run).toMatchObject({ type: 'guild', guildId: GUILD_ID });
  });

  it('gets through where one guild fails, and names that one', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    world.other.failReads = true;
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    expect(await world.ended(run.id)).toMatchObject({
      status: 'completed',
      rolesAdded: 1,
      errors: [expect.stringMatching(/^Other: .*could not be read/)],
    });
  });

  it('fails where nothing gets through', async () => {
    const world = await createTwoGuilds();
    world.other.failReads = true;
    world.discord.failReads = true;
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    expect(await world.ended(run.id)).toMatchObject({ status: 'failed' });
  });

  it('takes what waits already along, and says where that is part of another one', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    const own = await world.manualSync.start(HERE, NO);
    const waiting = await world.manualSync.start(HERE, NO);
    const first = await world.manualSync.start(EVERYWHERE, NO);
    const second = await world.manualSync.start(EVERYWHERE, NO);
    expect(await world.runs.find(waiting.run.id)).toMatchObject({ parentId: first.run.id });
    expect(await world.ended(second.run.id)).toMatchObject({
      status: 'completed',
      // It may be read by somebody who must not know of that guild.
      errors: ['In one server a sync that was asked for before looks at everybody anyway.'],
    });
    expect(await world.ended(first.run.id)).toMatchObject({ status: 'completed' });
    expect(await world.ended(own.run.id)).toMatchObject({ parentId: null });
  });

  it('tells how far it is', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2', '3']) await world.sailor(name);
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    world.other.beforeWrite = () => gate;
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    await eventually(async () => (await world.sync.runs.sums(run)).rolesAdded).toBe(3);
    expect(await world.sync.runs.sums(run)).toMatchObject({ guildsProcessed: 1, usersSynced: 3 });
    letGo();
    expect(await world.ended(run.id)).toMatchObject({ rolesAdded: 6 });
  });

  it('can be called off, in all of its guilds', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2', '3', '4', '5', '6', '7', '8']) await world.sailor(name);
    const begun = await world.manualSync.start({ ...ALL, scope: { guildId: OTHER_ID } }, NO);
    world.other.beforeWrite = () => new Promise((resolve) => setTimeout(resolve, 5));
    world.discord.beforeWrite = async () => {
      world.discord.beforeWrite = () => undefined;
      await world.sync.runs.cancel(null, run.id, '1');
    };
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    expect(await world.ended(run.id)).toMatchObject({ status: 'cancelled' });
    expect(world.discord.writes.length).toBeLessThan(8);
    expect((await world.runs.partsOf(run.id)).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(await world.ended(begun.run.id)).toMatchObject({ status: 'completed' });
    await expect(world.sync.runs.cancel(null, run.id, '1')).rejects.toMatchObject({ code: 'run_not_running' });
  });

  it('goes on after a crash, and ends when all of it is done', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2', '3']) await world.sailor(name);
    world.other.beforeWrite = never;
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    await eventually(async () => (await world.sync.runs.sums(run)).rolesAdded).toBe(3);

    const { sync } = world.killAndStart();
    world.other.beforeWrite = () => undefined;
    expect(await world.runs.find(run.id)).toMatchObject({ status: 'running' });
    await sync.resume(GUILD_ID);
    await sync.resume(OTHER_ID);

    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', rolesAdded: 6 });
    expect(world.discord.writes).toHaveLength(3);
    expect(world.other.writes).toHaveLength(3);
  });

  it('ends at the start if its last part had just ended, or if none ever came about', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    const { run } = await world.manualSync.start(EVERYWHERE, NO);
    await world.ended(run.id);
    await world.runs.update(run.id, { status: 'running', completedAt: null });
    const row = { ...run, id: 'never', status: 'pending' as const };
    await world.runs.startWhole(row, []);
    const { sync } = world.killAndStart();
    await sync.resume(GUILD_ID);
    expect(await world.ended(run.id)).toMatchObject({ status: 'completed' });
    expect(await world.ended('never')).toMatchObject({ status: 'completed', usersProcessed: 0 });
  });
});

describe('a sync of some users', () => {
  it('is one run, with a part for each Discord user in each guild', async () => {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    const bob = await world.sailor('2');
    await world.sailor('3');
    const { run, notLinked } = await world.manualSync.start({ ...EVERYWHERE, userIds: [ana, bob, ana] }, NO);
    expect(run).toMatchObject({ type: 'user', guildId: null, targetId: null });
    expect(notLinked).toEqual([]);
    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', rolesAdded: 4, usersProcessed: 4 });
    expect(world.discord.writes.toSorted()).toEqual(['put 1 pilot', 'put 2 pilot']);
    expect(world.other.writes.toSorted()).toEqual(['put 1 sailor', 'put 2 sailor']);
    expect(world.failures).toEqual([]);
  });

  it('names the one user, and says who has not linked', async () => {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    const stranger = (await world.links.createAccount({ id: 'nobody', externalId: null, createdAt: world.now() })).id;
    const one = await world.manualSync.start({ ...HERE, userIds: [ana] }, NO);
    expect(one.run).toMatchObject({ targetId: ana });
    const two = await world.manualSync.start({ ...HERE, userIds: [ana, stranger] }, NO);
    expect(two.notLinked).toEqual([stranger]);
    expect((await world.ended(two.run.id)).errors).toEqual(['One user was left out.']);
    const start = (userIds: string[]) => world.manualSync.start({ ...HERE, userIds }, NO);
    await expect(start([stranger])).rejects.toMatchObject({ code: 'not_linked' });
    await expect(start([ana, 'no-such'])).rejects.toMatchObject({ code: 'user_not_found' });
  });

  it('gives back what the bot had left alone, for an admin asks for that very member', async () => {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    await world.mapping('pilots', 'shy', { onDrift: 'respect' });
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.discord.edit('1', { remove: ['shy'] });
    await world.sync.member(GUILD_ID, '1', { trigger: 'drift', actor: null });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    const { run } = await world.manualSync.start({ ...HERE, userIds: [ana] }, NO);
    await world.ended(run.id);
    expect(world.discord.rolesOf('1')).toEqual(['pilot', 'shy']);
  });

  it('says of a guild that it could not run there', async () => {
    const world = await createTwoGuilds();
    const ids: string[] = [];
    for (let name = 1; name <= 8; name += 1) ids.push(await world.sailor(String(name)));
    world.discord.afterWrite = () => void (world.other.isAvailable = false);
    const { run } = await world.manualSync.start({ ...EVERYWHERE, userIds: ids }, NO);
    const { status, errors } = await world.ended(run.id);
    expect(status).toBe('completed');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]).toMatch(/^Other: Rolewright cannot see this server/);
  });

  it('goes on after a crash with those who were waiting, and does nothing twice', async () => {
    const world = await createTwoGuilds();
    const ids: string[] = [];
    for (let name = 1; name <= 12; name += 1) ids.push(await world.sailor(String(name)));
    world.discord.afterWrite = () => (world.discord.writes.length < 3 ? undefined : never());
    const { run } = await world.manualSync.start({ ...HERE, userIds: ids }, NO);
    await aWhile();
    const before = await world.runs.partsOf(run.id);
    expect(before.some(({ status }) => status === 'pending')).toBe(true);

    const { sync } = world.killAndStart();
    world.discord.afterWrite = () => undefined;
    expect(await sync.resume(GUILD_ID)).toBe(false);

    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', rolesAdded: 12 });
    expect(world.discord.writes.toSorted()).toEqual(ids.map((_, index) => `put ${index + 1} pilot`).toSorted());
  });

  it('is bounded in what he who confirmed could not do by hand', async () => {
    const world = await createTwoGuilds();
    const names = ['1', '2', '3', '4', '5', '6', '7'];
    const userIds = await Promise.all(names.map((name) => world.sailor(name)));
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.pass(3600);
    for (const name of names) await world.removeFromGroup('pilots', name);
    const { run } = await world.manualSync.start({ ...HERE, userIds }, LOW);
    expect(await world.ended(run.id)).toMatchObject({ rolesRemoved: 5 });
    expect(await world.held()).toHaveLength(2);
  });

  it('called off, begins with nobody more', async () => {
    const world = await createTwoGuilds();
    const ids: string[] = [];
    for (let name = 1; name <= 20; name += 1) ids.push(await world.sailor(String(name)));
    world.discord.beforeWrite = async () => {
      world.discord.beforeWrite = () => undefined;
      await world.sync.runs.cancel(null, run.id, '1');
    };
    const { run } = await world.manualSync.start({ ...HERE, userIds: ids }, NO);
    expect(await world.ended(run.id)).toMatchObject({ status: 'cancelled' });
    expect(world.discord.writes.length).toBeLessThan(20);
  });
});

describe('a sync of one mapping', () => {
  it('looks at its role alone, and leaves what is held of others', async () => {
    const world = await createTwoGuilds();
    const { id } = await world.mapping('pilots', 'ace');
    const names = ['1', '2', '3', '4', '5', '6', '7'];
    for (const name of names) await world.pilot(name);
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.pass(3600);
    for (const name of names) await world.removeFromGroup('pilots', name);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.held()).toHaveLength(14);

    const { run } = await world.manualSync.start({ ...HERE, mappingId: id }, YES);
    expect(run).toMatchObject({ type: 'mapping', targetId: id, guildId: GUILD_ID });
    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', rolesRemoved: 7 });
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.held()).toHaveLength(7);
    expect(await world.settings.find(GUILD_ID)).toMatchObject({ lastFullSyncAt: expect.any(Date) });
  });

  it('takes along what competes with it in its exclusive set', async () => {
    const world = await createTwoGuilds();
    const set = { exclusiveSet: 'rank' };
    await world.mapping('pilots', 'junior', set);
    await world.pilot('1');
    await world.sync.guild(GUILD_ID, CONFIRMED);
    const { id } = await world.mapping('pilots', 'senior', { ...set, priority: 1 });
    const { run } = await world.manualSync.start({ ...HERE, mappingId: id }, YES);
    await world.ended(run.id);
    expect(world.discord.rolesOf('1')).toEqual(['pilot', 'senior']);
  });

  it('that is another guild’s, or switched off, is refused', async () => {
    const world = await createTwoGuilds();
    const start = (mappingId: string) => world.manualSync.start({ ...HERE, mappingId }, NO);
    await expect(start('m-other')).rejects.toMatchObject({ code: 'mapping_not_found' });
    const { id } = await world.mapping('pilots', 'ace', { isActive: false });
    await expect(start(id)).rejects.toMatchObject({ code: 'sync_disabled' });
  });

  it('goes on after a crash', async () => {
    const world = await createTwoGuilds();
    const { id } = await world.mapping('pilots', 'ace');
    for (const name of ['1', '2', '3']) await world.pilot(name);
    world.discord.beforeWrite = never;
    const { run } = await world.manualSync.start({ ...HERE, mappingId: id }, NO);
    world.pass(1);
    const waiting = await world.manualSync.start(HERE, NO);
    await aWhile();
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    await sync.resume(GUILD_ID);
    expect(await world.ended(run.id)).toMatchObject({ status: 'completed', rolesAdded: 3 });
    expect(await world.ended(waiting.run.id)).toMatchObject({ status: 'completed', rolesAdded: 3 });
  });
});

/** So many linked members, of whom nobody gets any further until they are let go. */
async function startWithQueue(count: number) {
  const world = await createTwoGuilds();
  const ids: string[] = [];
  for (let name = 1; name <= count; name += 1) ids.push(await world.sailor(String(name)));
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  for (const guild of [world.discord, world.other]) guild.beforeWrite = () => promise;
  const order = async (userIds: string[], by = NO) => (await world.manualSync.start({ ...HERE, userIds }, by)).run.id;
  return { ...world, ids, letGo, order };
}

describe('a sync that is ordered again and again', () => {
  it('is the same as long as it has not begun, and another one after that', async () => {
    const { ids, order, ended, letGo, discord } = await startWithQueue(8);
    const first = await order(ids);
    await aWhile();
    const second = await order(ids);
    expect(second).not.toBe(first);
    expect(await order(ids.toReversed())).toBe(second);
    expect(await order(ids.slice(1))).not.toBe(second);
    expect(await order(ids, YES)).not.toBe(second);
    expect(await order(ids, { ...NO, actor: '2' })).not.toBe(second);
    letGo();
    expect(await ended(second)).toMatchObject({ status: 'completed', usersProcessed: 8 });
    expect(discord.writes).toHaveLength(8);
  });

  it('is the same for all who order it at once', async () => {
    const { ids, order, letGo, ended, manualSync } = await startWithQueue(8);
    const runs = new Set(await Promise.all(Array.from({ length: 150 }, () => order(ids))));
    expect(runs.size).toBeLessThanOrEqual(2);
    const everywhere = async () => (await manualSync.start(EVERYWHERE, NO)).run.id;
    const wholes = new Set(await Promise.all(Array.from({ length: 50 }, everywhere)));
    expect(wholes.size).toBeLessThanOrEqual(3);
    letGo();
    for (const id of [...runs, ...wholes]) await ended(id);
  });

  it('is refused where too many have not ended, until one has', async () => {
    const { ids, order, letGo, ended } = await startWithQueue(21);
    const open: string[] = [];
    for (const id of ids.slice(0, 20)) open.push(await order([id]));
    await expect(order(ids.slice(20))).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 10 });
    await expect(order(ids.slice(20), { ...NO, actor: '2' })).resolves.toEqual(expect.any(String));
    letGo();
    for (const id of open) await ended(id);
    await expect(order(ids.slice(20))).resolves.toEqual(expect.any(String));
  });
});

describe('a sync of everybody whom an admin orders', () => {
  it('is begun so many times a minute', async () => {
    const world = await createTwoGuilds();
    const by = { ...NO, payer: ADMIN };
    const ids = new Set<string>();
    for (let time = 0; time < ORDERED_READS_A_MINUTE; time += 1)
      ids.add((await world.manualSync.start(HERE, by)).run.id);
    await expect(world.manualSync.start(HERE, by)).rejects.toMatchObject({ code: 'rate_limited' });
    await world.manualSync.start(HERE, NO);
    for (const id of ids) await world.ended(id);
  });
});

describe('a sync of users whom an admin names', () => {
  const BY_ADMIN = { ...NO, payer: ADMIN };

  /** A member of both guilds, one of the other guild alone, and somebody who has not linked. */
  async function startWithStrangers() {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    const elsewhere = await world.link('2');
    world.other.withMember('2');
    await world.links.createAccount({ id: 'unlinked', externalId: null, createdAt: world.now() });
    const strangers = [elsewhere, 'unlinked', 'no-such'];
    const start = (userIds: string[], by = BY_ADMIN) => world.manualSync.start({ ...HERE, userIds }, by);
    return { ...world, ana, elsewhere, strangers, start };
  }

  it('tells the same of who does not exist, has not linked, or is no member there', async () => {
    const { ana, strangers, start, ended, runs } = await startWithStrangers();
    const refusals: unknown[] = [];
    for (const stranger of strangers) refusals.push(await start([stranger]).catch((error: unknown) => error));
    expect(refusals).toMatchObject(Array.from({ length: 3 }, () => ({ code: 'user_not_found' })));
    expect(new Set(refusals.map(String)).size).toBe(1);

    for (const stranger of strangers) {
      const { run, notLinked } = await start([ana, stranger]);
      expect(notLinked).toEqual([stranger]);
      const told = await ended(run.id);
      expect(told).toMatchObject({ targetId: null, usersProcessed: 1, errors: ['One user was left out.'] });
      expect((await runs.partsOf(run.id)).map(({ targetId }) => targetId)).toEqual(['1']);
    }
  });

  it('costs as much, whoever they are', async () => {
    const { strangers, start } = await startWithStrangers();
    for (const stranger of strangers) {
      const by = { ...BY_ADMIN, payer: { ...ADMIN, accountId: `asks of ${stranger}` } };
      for (let time = 0; time < ORDERED_READS_A_MINUTE; time += 1) {
        await expect(start([stranger], by)).rejects.toMatchObject({ code: 'user_not_found' });
      }
      await expect(start([stranger], by)).rejects.toMatchObject({ code: 'rate_limited' });
    }
  });

  it('looks at each only in the guilds where he is', async () => {
    const { ana, elsewhere, manualSync, ended, runs } = await startWithStrangers();
    const { run, notLinked } = await manualSync.start({ ...EVERYWHERE, userIds: [ana, elsewhere] }, BY_ADMIN);
    expect(notLinked).toEqual([]);
    await ended(run.id);
    const parts = (await runs.partsOf(run.id)).map(({ guildId, targetId }) => `${guildId} ${targetId}`);
    expect(parts.toSorted()).toEqual([`${GUILD_ID} 1`, `${OTHER_ID} 1`, `${OTHER_ID} 2`]);
  });

  it('names so many at most', async () => {
    const { start } = await startWithStrangers();
    const ids = Array.from({ length: 201 }, (_, index) => `u${index}`);
    await expect(start(ids)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(start(ids, NO)).rejects.toMatchObject({ code: 'user_not_found' });
  });
});

import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { ORDERED_READS_A_MINUTE, READS_OF_A_GUILD } from '../../src/sync/read-allowance.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { BOSS, CONFIRMED, SCHEDULE } from '../support/sync-world.ts';
import { ADMIN, BOTH, createTwoGuilds, OPERATOR, OTHER_ID } from '../support/two-guilds.ts';

const ALL = { userIds: null, mappingId: null };
const BY = { actor: '1', isConfirmed: false, payer: OPERATOR, authorIn: async () => null };

describe('the plan of a sync', () => {
  it('tells of each guild what would change, and changes nothing', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2']) await world.sailor(name);
    world.discord.withMember('3');
    const { guilds, guildsTotal } = await world.syncPlans.plan({ ...ALL, scope: BOTH }, BY);
    expect(guildsTotal).toBe(2);
    expect(guilds).toMatchObject([
      { guildId: GUILD_ID, usersTotal: 3, rolesAdded: 2, rolesRemoved: 0, membersTotal: 2 },
      { guildId: OTHER_ID, usersTotal: 2, rolesAdded: 2, rolesRemoved: 0, membersTotal: 2 },
    ]);
    expect([...world.discord.writes, ...world.other.writes]).toEqual([]);
    expect(await world.runs.recent(GUILD_ID, 5)).toEqual([]);
  });

  it('of users tells of those who are there, and who has not linked', async () => {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    world.other.members.delete('1');
    await world.links.createAccount({ id: 'nobody', externalId: null, createdAt: world.now() });
    const order = { ...ALL, scope: BOTH, userIds: [ana, 'nobody'] };
    const { guilds, notLinked } = await world.syncPlans.plan(order, BY);
    expect(guilds.map(({ usersTotal, rolesAdded }) => [usersTotal, rolesAdded])).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(notLinked).toEqual(['nobody']);
  });

  it('of a mapping tells of its role alone', async () => {
    const world = await createTwoGuilds();
    const { id } = await world.mapping('pilots', 'ace');
    await world.sailor('1');
    const plan = (mappingId: string) => world.syncPlans.plan({ ...ALL, scope: { guildId: GUILD_ID }, mappingId }, BY);
    const { guilds } = await plan(id);
    expect(guilds[0]?.members[0]?.plan.changes).toMatchObject([{ roleId: 'ace' }]);
    await expect(plan('m-other')).rejects.toMatchObject({ code: 'mapping_not_found' });
  });

  it('lists so many members at most, and counts them all', async () => {
    const world = await createTwoGuilds();
    for (let name = 1; name <= 201; name += 1) await world.pilot(String(name));
    const { guilds } = await world.syncPlans.plan({ ...ALL, scope: { guildId: GUILD_ID } }, BY);
    expect(guilds[0]).toMatchObject({ membersTotal: 201, rolesAdded: 201 });
    expect(guilds[0]?.members).toHaveLength(200);
  });

  it('reads so many members one by one at most', async () => {
    const world = await createTwoGuilds();
    const ids: string[] = [];
    for (let name = 1; name <= 101; name += 1) ids.push(await world.link(String(name)));
    const plan = world.syncPlans.plan({ ...ALL, scope: BOTH, userIds: ids }, BY);
    await expect(plan).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('of users tells an admin the same of all who are not there', async () => {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    const elsewhere = await world.link('2');
    const plan = (userIds: string[]) =>
      world.syncPlans.plan({ ...ALL, scope: { guildId: GUILD_ID }, userIds }, { ...BY, payer: ADMIN });
    const { guilds, notLinked } = await plan([ana, elsewhere, 'no-such']);
    expect(guilds).toMatchObject([{ usersTotal: 1, rolesAdded: 1 }]);
    expect(notLinked).toEqual([elsewhere, 'no-such']);
    for (const id of [elsewhere, 'no-such']) await expect(plan([id])).rejects.toMatchObject({ code: 'user_not_found' });
  });

  it('is made for one admin so many times a minute', async () => {
    const world = await createTwoGuilds();
    const plan = () => world.syncPlans.plan({ ...ALL, scope: { guildId: GUILD_ID } }, { ...BY, payer: ADMIN });
    for (let time = 0; time * READS_OF_A_GUILD < ORDERED_READS_A_MINUTE; time += 1) await plan();
    await expect(plan()).rejects.toMatchObject({ code: 'rate_limited' });
    world.pass(60);
    await plan();
  });
});

describe('a sync of one user that is waited for', () => {
  const order = {
    actor: '1',
    payer: OPERATOR,
    authorIn: async () => null,
    isAsked: false,
    isDryRun: false,
    mayKnow: true,
  };

  it('goes over all his guilds, and tells of each', async () => {
    const world = await createTwoGuilds();
    const userId = await world.sailor('1');
    const synced = await world.userSync.run({ ...order, userId, scope: { guildIds: null } });
    expect(synced.discordIds).toEqual(['1']);
    expect(synced.results).toMatchObject([
      { guildId: GUILD_ID, guildName: 'Guild', rolesAdded: ['pilot'], totalRoles: 1, errors: [] },
      { guildId: OTHER_ID, rolesAdded: ['sailor'], totalRoles: 1, errors: [] },
    ]);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    const again = await world.userSync.run({ ...order, userId, scope: { guildIds: null } });
    expect(again.results).toMatchObject([{ runId: null, rolesAdded: [], totalRoles: 1 }, { runId: null }]);
  });

  it('leaves out where he is no member; named, it says so', async () => {
    const world = await createTwoGuilds();
    const userId = await world.sailor('1');
    world.other.members.delete('1');
    const { results } = await world.userSync.run({ ...order, userId, scope: BOTH });
    expect(results.map(({ guildId }) => guildId)).toEqual([GUILD_ID]);
    const there = { ...order, userId, scope: { guildId: OTHER_ID } };
    await expect(world.userSync.run(there)).rejects.toMatchObject({ code: 'member_not_found' });
    const stranger = { ...there, mayKnow: false };
    await expect(world.userSync.run(stranger)).rejects.toMatchObject({ code: 'user_not_found' });
  });

  it('is done so many times a minute for one person, whoever it is about', async () => {
    const world = await createTwoGuilds();
    const ana = await world.sailor('1');
    for (const userId of [ana, 'no-such']) {
      const payer = { ...ADMIN, accountId: `asks of ${userId}` };
      const sync = () => world.userSync.run({ ...order, userId, payer, mayKnow: false, scope: BOTH });
      const answers = await Promise.all(
        Array.from({ length: ORDERED_READS_A_MINUTE / 2 + 1 }, () => sync().catch((error: unknown) => error)),
      );
      expect(answers.filter((answer) => answer instanceof AppError && answer.code === 'rate_limited')).toHaveLength(1);
    }
  });

  it('tells in a dry run what would be, and changes nothing', async () => {
    const world = await createTwoGuilds();
    const userId = await world.sailor('1');
    const { results } = await world.userSync.run({ ...order, userId, scope: BOTH, isDryRun: true });
    expect(results).toMatchObject([{ rolesAdded: ['pilot'] }, { rolesAdded: ['sailor'] }]);
    expect(world.discord.writes).toEqual([]);
  });

  it('says what stands in its way, and goes on elsewhere', async () => {
    const world = await createTwoGuilds();
    const userId = await world.sailor('1');
    world.other.failReads = true;
    world.discord.withRole('pilot', { position: 200 });
    const { results } = await world.userSync.run({ ...order, userId, scope: BOTH });
    expect(results[0]?.errors).toEqual([expect.stringMatching(/Drag/)]);
    expect(results[1]?.errors).toEqual([expect.stringMatching(/could not be read/)]);
  });

  it('lifts what was left alone only for an admin who could give it by hand', async () => {
    const world = await createTwoGuilds();
    const userId = await world.sailor('1');
    await world.mapping('pilots', 'shy', { onDrift: 'respect' });
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.discord.edit('1', { remove: ['shy'] });
    await world.sync.member(GUILD_ID, '1', { trigger: 'drift', actor: null });
    const scope = { guildId: GUILD_ID };
    await world.userSync.run({ ...order, userId, scope });
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    const low = { ...order, authorIn: async () => ({ discordId: '77', roleIds: [] }) };
    const seen = await world.userSync.run({ ...low, userId, scope, isAsked: true, isDryRun: true });
    expect(seen.results).toMatchObject([{ rolesAdded: [] }]);
    await world.userSync.run({ ...low, userId, scope, isAsked: true });
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    await world.userSync.run({ ...order, userId, scope, isAsked: true });
    expect(world.discord.rolesOf('1')).toEqual(['pilot', 'shy']);
  });

  it('knows who is nobody, and who has not linked', async () => {
    const world = await createTwoGuilds();
    await world.links.createAccount({ id: 'nobody', externalId: null, createdAt: world.now() });
    const run = (userId: string, mayKnow = true) => world.userSync.run({ ...order, userId, scope: BOTH, mayKnow });
    await expect(run('no-such')).rejects.toMatchObject({ code: 'user_not_found' });
    await expect(run('nobody')).rejects.toMatchObject({ code: 'not_linked' });
    await expect(run('nobody', false)).rejects.toMatchObject({ code: 'user_not_found' });
  });
});

describe('how the syncs do', () => {
  it('is told of the guilds that one may see, with what is held', async () => {
    const world = await createTwoGuilds();
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) await world.sailor(name);
    const { run } = await world.manualSync.start({ ...ALL, scope: BOTH }, { ...BY, isConfirmed: true });
    await world.ended(run.id);
    world.pass(3600);
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) await world.removeFromGroup('pilots', name);
    await world.sync.guild(GUILD_ID, SCHEDULE);

    const all = await world.syncStatuses.status(null);
    expect(all).toMatchObject({
      totalGuilds: 2,
      activeMappings: 2,
      totalUsers: 14,
      failedUsers: 0,
      isInProgress: false,
    });
    expect(all.lastFullSync).toEqual(world.now());
    expect(all.runs.map(({ type, status }) => `${type} ${status}`)).toEqual(['guild held', 'full completed']);

    const both = await world.syncStatuses.status([GUILD_ID, OTHER_ID]);
    expect(both.runs.map(({ id }) => id)).toEqual(all.runs.map(({ id }) => id));

    const other = await world.syncStatuses.status([OTHER_ID]);
    expect(other).toMatchObject({ totalGuilds: 1, activeMappings: 1, totalUsers: 7 });
    // Of a run that he may not see as a whole, its part.
    expect(other.runs).toMatchObject([{ type: 'guild', guildId: OTHER_ID, parentId: run.id }]);
    expect(await world.syncStatuses.status([])).toMatchObject({ totalGuilds: 0, runs: [], lastFullSync: null });
  });

  it('tells what went wrong', async () => {
    const world = await createTwoGuilds();
    await world.sailor('1');
    world.discord.failReads = true;
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const { errors, runs } = await world.syncStatuses.status([GUILD_ID]);
    expect(errors).toMatchObject([{ run: { id: runs[0]?.id }, message: expect.stringMatching(/could not be read/) }]);
  });
});

describe('the whole explanation of a role', () => {
  it('has its mappings, its grant, what holds it and what happened to it', async () => {
    const world = await createTwoGuilds();
    const names = ['1', '2', '3', '4', '5', '6', '7'];
    for (const name of names) await world.pilot(name);
    const off = await world.mapping('pilots', 'pilot', { isActive: false });
    const given = await world.sync.guild(GUILD_ID, CONFIRMED);
    world.pass(3600);
    for (const name of names) await world.removeFromGroup('pilots', name);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    const held = await world.runs.heldOf(GUILD_ID);

    const whole = await world.explanations.of(GUILD_ID, '1', 'pilot', OPERATOR);
    expect(whole).toMatchObject({
      explanation: { verdict: 'false', grant: { runId: given.runId }, change: { action: 'remove' } },
      heldIn: held?.run.id,
      lastChanges: [
        { action: 'remove', outcome: 'held' },
        { action: 'add', outcome: 'applied', runId: given.runId },
      ],
    });
    expect(whole.switchedOff.map(({ id }) => id)).toEqual([off.id]);
    expect((await world.explanations.of(GUILD_ID, '1', 'other', OPERATOR)).heldIn).toBeNull();
  });

  it('of one who is left alone still says what his groups say', async () => {
    const world = await createTwoGuilds();
    await world.pilot('1');
    world.discord.withMember('1', [], { isPending: true });
    const { explanation } = await world.explanations.of(GUILD_ID, '1', 'pilot', OPERATOR);
    expect(explanation).toMatchObject({ leftAlone: 'pending', verdict: 'true', change: null });
  });
});

/** Removals of seven members wait for a word. */
async function heldWorld() {
  const world = await createTwoGuilds();
  const names = ['1', '2', '3', '4', '5', '6', '7'];
  for (const name of [...names, '8']) await world.pilot(name);
  await world.sync.guild(GUILD_ID, CONFIRMED);
  world.pass(3600);
  for (const name of names) await world.removeFromGroup('pilots', name);
  await world.sync.guild(GUILD_ID, SCHEDULE);
  return { ...world, runId: (await world.runs.heldOf(GUILD_ID))?.run.id ?? '' };
}

describe('an approval and an undo that nobody waits for', () => {
  it('is refused where more is held by now than was shown', async () => {
    const world = await heldWorld();
    const approve = (shown: number) => world.sync.runs.startApproval(GUILD_ID, world.runId, BOSS, { shown });
    expect(await approve(6)).toBe('grown');
    expect(await world.runs.find(world.runId)).toMatchObject({ status: 'held' });
    const begun = await approve(7);
    expect(begun).toMatchObject({ runId: world.runId });
    expect(await world.ended(world.runId)).toMatchObject({ status: 'completed', rolesRemoved: 7 });
  });

  it('knows its new run at once, and begins once', async () => {
    const world = await heldWorld();
    await world.sync.runs.approve(GUILD_ID, world.runId, BOSS);
    const [first, second] = await Promise.allSettled([
      world.sync.runs.startUndo(GUILD_ID, world.runId, BOSS),
      world.sync.runs.startUndo(GUILD_ID, world.runId, BOSS),
    ]);
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'run_not_undoable' } });
    const { runId, done } = first.status === 'fulfilled' ? first.value : { runId: '', done: null };
    expect(await world.runs.find(runId)).toMatchObject({ undoOf: world.runId, trigger: 'undo' });
    expect(await done).toMatchObject({ runId, rolesAdded: 7 });
  });

  it('that waited when Rolewright died has its turn after the start', async () => {
    const world = await heldWorld();
    await world.sync.runs.approve(GUILD_ID, world.runId, BOSS);
    const other = await world.sync.member(GUILD_ID, '8', CONFIRMED);
    expect(other.runId).toBeNull();
    world.discord.beforeWrite = () => new Promise<never>(() => undefined);
    const given = (await world.runs.recent(GUILD_ID, 9)).find(({ rolesAdded }) => rolesAdded > 0);
    const first = await world.sync.runs.startUndo(GUILD_ID, world.runId, BOSS);
    const second = await world.sync.runs.startUndo(GUILD_ID, given?.id ?? '', BOSS);
    expect(await world.runs.find(second.runId)).toMatchObject({ status: 'pending' });
    const { sync } = world.killAndStart();
    world.discord.beforeWrite = () => undefined;
    await sync.resume(GUILD_ID);
    expect(await world.ended(first.runId)).toMatchObject({ status: 'completed', rolesAdded: 7 });
    expect(await world.ended(second.runId)).toMatchObject({ status: 'completed' });
  });

  it('of a run that waits can be called off', async () => {
    const world = await heldWorld();
    await world.sync.runs.approve(GUILD_ID, world.runId, BOSS);
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    world.discord.beforeWrite = () => gate;
    const given = (await world.runs.recent(GUILD_ID, 9)).find(({ rolesAdded }) => rolesAdded > 0);
    const first = await world.sync.runs.startUndo(GUILD_ID, world.runId, BOSS);
    const second = await world.sync.runs.startUndo(GUILD_ID, given?.id ?? '', BOSS);
    await world.sync.runs.cancel(GUILD_ID, second.runId, '1');
    letGo();
    expect(await second.done).toMatchObject({ status: 'cancelled' });
    expect(await first.done).toMatchObject({ status: 'completed' });
    expect(world.discord.rolesOf('8')).toEqual(['pilot']);
  });
});

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedGuild } from '../../sandbox/seed.ts';
import { codeOf } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';
import { heldOf, startWithPilots } from '../support/pilots.ts';

const started = z.looseObject({ sync_id: z.string(), status: z.string() });
const anyRun = started.extend({ changes: z.array(z.looseObject({ sync_id: z.string() })), total: z.int() });
const manual = 'POST /api/discord/sync/manual';

/** So many pilots with their role, and an operator who administers nothing. */
async function startWithFleet(count: number) {
  const operatorId = '175928847299117063';
  const api = await startWithPilots(count, { env: { OPERATOR_IDS: operatorId } });
  const { send, owner, one, accountIds, local } = api;
  local.discord.world.addUser({ id: operatorId, username: 'op' });
  await send(`PUT ${one}/members`, { as: owner, body: { user_ids: accountIds } });
  await until(() => api.holders() === count);
  /** The run once it has ended. */
  async function ended(runId: string, as = owner) {
    for (let tries = 0; tries < 400; tries += 1) {
      const run = anyRun.parse((await send(`GET /api/discord/sync/${runId}`, { as })).body);
      if (run.status !== 'running' && run.status !== 'pending') return run;
      await sleep(10);
    }
    throw new Error('the run does not end');
  }
  return { ...api, operator: await api.login(operatorId), ended };
}

describe('a sync that is ordered over HTTP', () => {
  it('goes on in the background, and is told of by its run', async () => {
    const { send, owner, guildId, ownerId, ended, accountIds } = await startWithFleet(2);
    const answer = await send(manual, { as: owner, body: { guild_id: guildId } });
    expect(answer.status).toBe(202);
    const { sync_id: id } = started.parse(answer.body);
    expect(answer.body).toMatchObject({ is_async: true, type: 'guild', target_id: guildId, not_linked: [] });
    expect(answer.headers.get('location')).toBe(`/api/discord/sync/${id}`);
    expect(await ended(id)).toMatchObject({ status: 'completed', changes: [], total: 0 });
    expect((await send(`GET /api/discord/sync/${id}`, { as: owner })).body).toMatchObject({
      sync_id: id,
      guild_id: guildId,
      initiated_by: ownerId,
      trigger: 'manual',
      duration: expect.any(Number),
      results: { users_failed: 0, guilds_processed: 1, errors: [] },
      page: 1,
      limit: 20,
    });

    // Without a guild: all that one administers.
    const own = await send(manual, { as: owner, body: { user_ids: accountIds } });
    expect(own.body).toMatchObject({ type: 'user', target_id: null });
    expect(await ended(started.parse(own.body).sync_id)).toMatchObject({ status: 'completed' });
  });

  it('in a dry run says guild by guild what would change, and changes nothing', async () => {
    const { send, owner, guildId, accountIds, local, role } = await startWithFleet(2);
    // What somebody gives by hand is kept, and the plan says so.
    local.discord.world.giveRole(guildId, local.owner.id, role.id);
    const plan = await send(manual, { as: owner, body: { guild_id: guildId, dry_run: true } });
    expect(plan.status).toBe(200);
    const kept = [{ role_id: role.id, because: 'foreign', until: null }];
    expect(plan.body).toMatchObject({
      is_dry_run: true,
      roles_added: 0,
      roles_removed: 0,
      guilds: [
        {
          guild_id: guildId,
          guild_name: 'Sandbox Guild',
          members: [{ discord_id: local.owner.id, changes: [], blocked: [], kept }],
          members_total: 1,
          is_cut: false,
        },
      ],
      guilds_total: 1,
      is_cut: false,
      not_linked: [],
    });
    const users = await send(manual, { as: owner, body: { user_ids: accountIds, dry_run: true } });
    expect(users.body).toMatchObject({ users_total: 2 });
    const recent = await send('GET /api/discord/sync/status', { as: owner });
    expect(JSON.stringify(recent.body)).not.toContain('"manual"');
  });

  it('where syncing is switched off is refused', async () => {
    const { send, owner, guildId } = await startWithFleet(0);
    await send(`PUT /api/discord/guilds/${guildId}`, { as: owner, body: { is_enabled: false } });
    expect(codeOf(await send(manual, { as: owner, body: { guild_id: guildId } }))).toBe('sync_disabled');
    expect(codeOf(await send(manual, { as: owner, body: {} }))).toBe('guild_not_found');
  });

  it('is for admins of the guild and for operators', async () => {
    const { send, owner, operator, login, discordIds, guildId, ended } = await startWithFleet(1);
    const pilot = await login(at(discordIds, 0));
    const order = (as: string | undefined, body: object) => send(manual, { as, body });
    expect(codeOf(await order(undefined, {}))).toBe('unauthenticated');
    expect(codeOf(await order(pilot, { guild_id: guildId }))).toBe('forbidden');
    expect(codeOf(await order(pilot, {}))).toBe('guild_not_found');
    const mapping = await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner });
    const { role_mappings } = z.object({ role_mappings: z.array(z.object({ id: z.string() })) }).parse(mapping.body);
    const mapping_id = at(role_mappings, 0).id;
    expect(codeOf(await order(pilot, { mapping_id }))).toBe('mapping_not_found');
    expect(codeOf(await order(owner, { mapping_id: randomUUID() }))).toBe('mapping_not_found');
    expect(codeOf(await order(owner, { mapping_id, guild_id: '199999999999999999' }))).toBe('mapping_not_found');
    expect(codeOf(await order(owner, { user_ids: [randomUUID()] }))).toBe('user_not_found');
    expect((await order(owner, { mapping_id })).body).toMatchObject({ type: 'mapping', target_id: mapping_id });
    const all = await order(operator, {});
    expect(all.status).toBe(202);
    await ended(started.parse(all.body).sync_id, operator);
    expect(codeOf(await order(operator, { guild_id: '199999999999999999' }))).toBe('guild_not_found');
  });

  it.each([
    { name: 'no guild id', body: { guild_id: 'x' }, path: 'body.guild_id' },
    { name: 'nobody', body: { user_ids: [] }, path: 'body.user_ids' },
    { name: 'no UUID', body: { user_ids: ['1'] }, path: 'body.user_ids.0' },
    {
      name: 'two things at once',
      body: { user_ids: [randomUUID()], mapping_id: randomUUID() },
      path: 'body.mapping_id',
    },
    { name: 'a field that there is none of', body: { dryrun: true }, path: 'body.dryrun' },
  ])('tells what is wrong with its order: $name', async ({ body, path }) => {
    const { send, owner } = await startWithFleet(0);
    const refused = await send(manual, { as: owner, body });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path }] });
  });

  it('over several guilds is one run, which only those see who administer all of them', async () => {
    const { send, owner, operator, local, bot, login, ended } = await startWithFleet(1);
    const { world } = local.discord;
    const elsewhere = seedGuild(world, { application: local.application, name: 'Elsewhere' });
    await until(() => bot.log.filter((line) => line.includes('guild looked at')).length >= 2);
    const { sync_id: id } = started.parse((await send(manual, { as: operator, body: {} })).body);
    const run = await ended(id, operator);
    expect(run).toMatchObject({ type: 'full', guild_id: null, status: 'completed', results: { guilds_processed: 2 } });
    expect(codeOf(await send(`GET /api/discord/sync/${id}`, { as: owner }))).toBe('run_not_found');
    const foreign = await login(elsewhere.owner.id);
    expect(codeOf(await send(`POST /api/discord/sync/${id}/cancel`, { as: foreign }))).toBe('run_not_found');
    expect(codeOf(await send(`POST /api/discord/sync/${id}/cancel`, { as: operator }))).toBe('run_not_running');
    expect(codeOf(await send(`POST /api/discord/sync/${id}/undo`, { as: operator }))).toBe('run_not_undoable');

    const status = z.object({
      recent_syncs: z.array(z.object({ sync_id: z.string(), parent_id: z.string().nullable() })),
    });
    const seen = async (as: string) =>
      status.parse((await send('GET /api/discord/sync/status', { as })).body).recent_syncs;
    expect((await seen(operator))[0]).toMatchObject({ sync_id: id });
    expect((await seen(owner))[0]).toMatchObject({ parent_id: id });
  });
});

describe('a sync that is under way in several guilds', () => {
  const SECRET = 'A guild that nobody knows of';

  /** Another guild with a mapping of its own, whose members take their time. */
  async function startWithSlowGuild() {
    const world = await startWithFleet(1);
    const { local, bot, send, login } = world;
    const other = seedGuild(local.discord.world, { application: local.application, name: SECRET });
    const looked = () => bot.log.filter((line) => line.includes('guild looked at')).length;
    await until(() => looked() >= 2);
    const master = await login(other.owner.id);
    const crew = await send('POST /api/groups', { as: master, body: { name: 'Crew', guild_id: other.guild.id } });
    const group_id = z.object({ id: z.string() }).parse(crew.body).id;
    const draft = { group_id, discord_role_id: at(other.roles, 1).id };
    await send(`POST /api/discord/guilds/${other.guild.id}/role-mappings`, { as: master, body: draft });
    await expect.poll(async () => (await bot.app.runs.recent(other.guild.id, 1))[0]?.status).not.toBe('running');
    const slowly = (guildId: string) =>
      local.discord.faults.rest({
        route: '/guilds/:guild_id/members',
        when: ({ path }) => path.includes(guildId),
        fault: { kind: 'latency', ms: 1_000 },
        times: 1,
      });
    const order = async (as: string) => started.parse((await send(manual, { as, body: {} })).body).sync_id;
    return { ...world, other, order, slowly };
  }

  it('names no guild to whom it is not shown', async () => {
    const { send, owner, operator, order, ended, slowly, other, guildId, bot } = await startWithSlowGuild();
    slowly(other.guild.id);
    const isFree = () => bot.app.sync.progress(guildId) === null;
    for (let time = 0; time < 2; time += 1) {
      await order(operator);
      await until(isFree);
    }
    const third = await order(operator);
    const told = await ended(third);
    expect(told).toMatchObject({ results: { errors: [expect.stringMatching(/^In one server a sync/)] } });
    expect(JSON.stringify(told)).not.toContain(SECRET);
    const status = await send('GET /api/discord/sync/status', { as: owner });
    expect(status.text).toContain(third);
    expect(status.text).not.toContain(SECRET);
    expect(status.text).not.toContain(other.guild.id);
  });

  it('that others have ordered before is told to who orders it again, and to nobody else', async () => {
    const { send, owner, ownerId, operator, login, order, ended, slowly, other, guildId, local } =
      await startWithSlowGuild();
    const { world } = local.discord;
    const boss = world.addRole(other.guild.id, { name: 'Boss', permissions: PermissionFlagsBits.Administrator });
    world.join(other.guild.id, ownerId);
    world.giveRole(other.guild.id, ownerId, boss.id);
    const master = await login(other.owner.id);
    for (const id of [guildId, other.guild.id]) slowly(id);
    for (let time = 0; time < 2; time += 1) await order(operator);
    const third = await order(owner);
    const errors = ['In 2 servers a sync that was asked for before looks at everybody anyway.'];
    expect(await ended(third)).toMatchObject({ status: 'completed', changes: [], results: { errors } });
    expect(codeOf(await send(`GET /api/discord/sync/${third}`, { as: master }))).toBe('run_not_found');
  });
});

describe('users whom an admin names', () => {
  it('are no oracle: who has not linked, does not exist or is elsewhere is all the same', async () => {
    const { send, owner, operator, login, local, bot, accountIds, ended } = await startWithFleet(1);
    const { id: strangerId } = local.discord.world.addUser({ username: 'stranger' });
    await login(strangerId);
    const stranger = (await bot.app.links.find(strangerId))?.accountId ?? '';
    const order = (as: string, user_ids: string[], dry_run = false) =>
      send(manual, { as, body: { user_ids, dry_run } });
    const known = at(accountIds, 0);
    for (const isDryRun of [false, true]) {
      const told: unknown[] = [];
      for (const id of [stranger, randomUUID()]) {
        const alone = await order(owner, [id], isDryRun);
        const together = await order(owner, [known, id], isDryRun);
        expect(together.body).toMatchObject({ not_linked: [id] });
        told.push([alone.status, codeOf(alone), together.status]);
        if (isDryRun) continue;
        const run = await ended(started.parse(together.body).sync_id);
        told.push(run.status, run['results'], run.changes);
      }
      expect(told.slice(0, told.length / 2)).toEqual(told.slice(told.length / 2));
    }
    expect(codeOf(await order(operator, [randomUUID()]))).toBe('user_not_found');
    expect((await order(operator, [stranger])).status).toBe(202);
  });
});

describe('a sync of one user over HTTP', () => {
  it('is waited for, and tells of each guild', async () => {
    const { send, login, accountIds, discordIds, guildId } = await startWithFleet(1);
    const userId = at(accountIds, 0);
    const self = await login(at(discordIds, 0));
    const path = `POST /api/discord/sync/user/${userId}`;
    const result = { guild_id: guildId, guild_name: 'Sandbox Guild', discord_id: at(discordIds, 0), total_roles: 1 };
    const nothing = { roles_added: [], roles_removed: [], roles_held: [], errors: [], sync_id: null };
    expect((await send(path, { as: self })).body).toMatchObject({
      user_id: userId,
      discord_user_id: at(discordIds, 0),
      is_dry_run: false,
      sync_results: [{ ...result, ...nothing }],
      total_guilds: 1,
      successful_guilds: 1,
      failed_guilds: 0,
      synced_at: expect.any(String),
    });
    const named = await send(path, { as: self, body: { guild_id: guildId, dry_run: true } });
    expect(named.body).toMatchObject({ is_dry_run: true, sync_results: [result] });
  });

  it('gives back for an admin what was left alone', async () => {
    const { send, owner, accountIds, discordIds, guildId, role, local, isHolder, bot } = await startWithFleet(1);
    const list = await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner });
    const { role_mappings } = z.object({ role_mappings: z.array(z.object({ id: z.string() })) }).parse(list.body);
    const id = at(role_mappings, 0).id;
    await send(`PUT /api/discord/role-mappings/${id}`, { as: owner, body: { on_drift: 'respect' } });
    const who = at(discordIds, 0);
    local.discord.world.takeRole(guildId, who, role.id);
    await until(() => !isHolder(who));
    for (let tries = 0; tries < 400; tries += 1) {
      if ((await bot.app.sync.previewMember(guildId, who)).plan?.kept.some(({ suppression }) => suppression)) break;
      await sleep(10);
    }
    const answer = await send(`POST /api/discord/sync/user/${at(accountIds, 0)}`, { as: owner });
    expect(answer.body).toMatchObject({ sync_results: [{ roles_added: [role.id], sync_id: expect.any(String) }] });
    expect(isHolder(who)).toBe(true);
  });

  it('is for himself, for admins of his guilds, and for operators; others learn nothing', async () => {
    const { send, owner, operator, login, accountIds, discordIds, local } = await startWithFleet(2);
    const path = `POST /api/discord/sync/user/${at(accountIds, 0)}`;
    const other = await login(at(discordIds, 1));
    expect(codeOf(await send(path))).toBe('unauthenticated');
    expect(codeOf(await send(path, { as: other }))).toBe('user_not_found');
    expect(codeOf(await send(path, { as: other, body: { guild_id: local.guild.id } }))).toBe('user_not_found');
    for (const as of [owner, operator]) expect((await send(path, { as })).status).toBe(200);
    const unknown = `POST /api/discord/sync/user/${randomUUID()}`;
    for (const as of [owner, operator]) expect(codeOf(await send(unknown, { as }))).toBe('user_not_found');
    expect(codeOf(await send('POST /api/discord/sync/user/1', { as: owner }))).toBe('invalid_input');

    // Of a user of another guild its admin learns nothing either.
    const stranger = local.discord.world.addUser({ username: 'stranger' });
    const session = await login(stranger.id);
    const me = z
      .object({ user_id: z.string() })
      .parse((await send('GET /api/discord/auth/status', { as: session })).body);
    expect(codeOf(await send(`POST /api/discord/sync/user/${me.user_id}`, { as: owner }))).toBe('user_not_found');
    expect((await send(`POST /api/discord/sync/user/${me.user_id}`, { as: session })).body).toMatchObject({
      sync_results: [],
      total_guilds: 0,
    });
  });
});

describe('the status of the syncs over HTTP', () => {
  it('tells of the guilds that one administers', async () => {
    const { send, owner, login, discordIds, operator } = await startWithFleet(2);
    expect(codeOf(await send('GET /api/discord/sync/status'))).toBe('unauthenticated');
    const mine = { total_guilds: 1, active_role_mappings: 1, failed_users: 0, sync_in_progress: false };
    const path = 'GET /api/discord/sync/status';
    for (const as of [owner, operator]) {
      const { body } = await send(path, { as });
      expect(body).toMatchObject({ ...mine, recent_errors: [], last_full_sync: expect.any(String) });
      expect(body).toMatchObject({ recent_syncs: expect.arrayContaining([expect.objectContaining({ type: 'user' })]) });
    }
    const pilot = await login(at(discordIds, 0));
    expect((await send(path, { as: pilot })).body).toMatchObject({ total_guilds: 0, recent_syncs: [], total_users: 0 });
  });
});

/** Of seven pilots five have lost the role, and two wait for a word: so many may go without one. */
async function startWithHeld() {
  const world = await startWithFleet(7);
  await world.send(`PUT ${world.one}/members`, { as: world.owner, body: { user_ids: [] } });
  await heldOf(world.bot, world.guildId, 2);
  await until(() => world.holders() === 2);
  const held = await world.bot.app.runs.held(world.guildId);
  const id = held?.run.id ?? '';
  return { ...world, id, run: `/api/discord/sync/${id}` };
}

describe('a held run over HTTP', () => {
  it('is shown with what it holds, page by page', async () => {
    const { send, owner, run, guildId, role } = await startWithHeld();
    const { body } = await send(`GET ${run}?page=2&limit=1`, { as: owner });
    expect(body).toMatchObject({ status: 'held', total: 2, page: 2, limit: 1 });
    const { changes } = anyRun.parse(body);
    expect(changes).toHaveLength(1);
    const removal = { guild_id: guildId, role_id: role.id, action: 'remove', outcome: 'held', reason: 'mapping_false' };
    expect(changes[0]).toMatchObject(removal);
    const status = await send('GET /api/discord/sync/status', { as: owner });
    expect(JSON.stringify(status.body)).toContain('"held"');
  });

  it('is approved by whom it was shown to, unless it has grown', async () => {
    const { send, owner, ownerId, run, id, ended, holders } = await startWithHeld();
    expect(codeOf(await send(`POST ${run}/approve`, { as: owner, body: { shown: 1 } }))).toBe('run_grown');
    expect(codeOf(await send(`POST ${run}/approve`, { as: owner, body: { shown: -1 } }))).toBe('invalid_input');
    const approved = await send(`POST ${run}/approve`, { as: owner, body: { shown: 2 } });
    expect(approved.status).toBe(202);
    expect(approved.body).toMatchObject({ sync_id: id, decided_by: ownerId });
    expect(approved.headers.get('location')).toBe(run);
    expect(await ended(id)).toMatchObject({ status: 'completed', results: { roles_removed: 2 } });
    expect(holders()).toBe(0);
    expect(codeOf(await send(`POST ${run}/approve`, { as: owner }))).toBe('run_not_held');

    const undo = await send(`POST ${run}/undo`, { as: owner });
    expect(undo.status).toBe(202);
    const { sync_id } = started.parse(undo.body);
    expect(undo.body).toMatchObject({ undo_of: id, trigger: 'undo' });
    expect(await ended(sync_id)).toMatchObject({ status: 'completed', results: { roles_added: 2 } });
    expect(holders()).toBe(2);
    expect(codeOf(await send(`POST ${run}/undo`, { as: owner }))).toBe('run_not_undoable');
  });

  it('is discarded, and the roles stay', async () => {
    const { send, owner, run, holders } = await startWithHeld();
    expect(codeOf(await send(`POST ${run}/cancel`, { as: owner }))).toBe('run_not_running');
    const discarded = await send(`POST ${run}/discard`, { as: owner });
    expect(discarded.status).toBe(200);
    expect(discarded.body).toMatchObject({ status: 'cancelled' });
    expect(holders()).toBe(2);
    expect(codeOf(await send(`POST ${run}/discard`, { as: owner }))).toBe('run_not_held');
  });

  it('is decided about by admins of the guild alone; operators may look', async () => {
    const { send, operator, login, discordIds, run, owner } = await startWithHeld();
    const pilot = await login(at(discordIds, 0));
    for (const act of ['approve', 'discard', 'undo', 'cancel']) {
      expect(codeOf(await send(`POST ${run}/${act}`))).toBe('unauthenticated');
      expect(codeOf(await send(`POST ${run}/${act}`, { as: pilot }))).toBe('run_not_found');
      expect(codeOf(await send(`POST /api/discord/sync/${randomUUID()}/${act}`, { as: owner }))).toBe('run_not_found');
    }
    for (const act of ['approve', 'discard', 'undo']) {
      expect(codeOf(await send(`POST ${run}/${act}`, { as: operator }))).toBe('run_not_found');
    }
    expect((await send(`GET ${run}`, { as: operator })).status).toBe(200);
    expect(codeOf(await send(`GET ${run}`, { as: pilot }))).toBe('run_not_found');
    expect(codeOf(await send('GET /api/discord/sync/no-id', { as: owner }))).toBe('invalid_input');
    expect(codeOf(await send(`GET ${run}?limit=0`, { as: owner }))).toBe('invalid_input');
  });
});

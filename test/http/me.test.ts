import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, startApi, type ApiWorld } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';

const someoneElse = '00000000-0000-4000-8000-000000000000';
const exported = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));
const me = z.object({ user_id: z.string() });

/** A member in a group that gives him a role. */
async function startWithRole(env: Record<string, string> = {}) {
  const api = await startApi({ env });
  const [anna, ben] = [at(api.local.members, 0).id, at(api.local.members, 1).id];
  const boss = await api.login(api.ownerId);
  const { groups } = api.bot.app;
  const group = await groups.create({
    guildId: api.guildId,
    name: 'Pilots',
    description: null,
    createdBy: api.ownerId,
  });
  const roleId = at(api.local.roles, 0).id;
  const body = { group_id: group.id, discord_role_id: roleId };
  const made = await api.send(`POST /api/discord/guilds/${api.guildId}/role-mappings`, { as: boss, body });
  expect(made.status).toBe(201);
  for (const discordId of [anna, ben]) {
    const options = { expiresAt: null, editor: { discordId: api.ownerId, roleIds: [] } };
    await groups.addDiscordUser(group, discordId, options);
  }
  const tokens = { anna: await api.login(anna), ben: await api.login(ben) };
  const has = (discordId: string) =>
    api.local.discord.world.guilds.get(api.guildId)?.members.get(discordId)?.roles.has(roleId) ?? false;
  await until(() => has(anna) && has(ben));
  return { ...api, anna, ben, boss, roleId, group, tokens, has };
}

/** Everything that stands in the database, as text. */
async function storedAbout(api: ApiWorld, token: string): Promise<z.infer<typeof exported>> {
  return exported.parse((await api.send('GET /api/me/export', { as: token })).body);
}

/** The owner of the guild is an operator. */
const operated = () => startApi({ env: ({ owner }) => ({ OPERATOR_IDS: owner.id }) });

describe('GET /api/me', () => {
  it('tells who one is', async () => {
    const { send, login, local, bot } = await startApi();
    const anna = at(local.members, 0).id;
    const answer = await send('GET /api/me', { as: await login(anna) });
    const link = await bot.app.links.find(anna);
    expect(answer.body).toMatchObject({
      user_id: link?.accountId,
      external_id: null,
      is_operator: false,
      discord_users: [{ discord_id: anna, needs_relink: false }],
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(codeOf(await send('GET /api/me'))).toBe('unauthenticated');
  });

  it('tells operators that they are', async () => {
    const { send, login, ownerId } = await operated();
    expect((await send('GET /api/me', { as: await login(ownerId) })).body).toMatchObject({ is_operator: true });
  });
});

describe('GET /api/me/export', () => {
  it('gives everything that is stored about oneself, and nothing about others, and no token', async () => {
    const world = await startWithRole();
    const { anna, ben, tokens, send, guildId, roleId, group } = world;
    await send(`POST /api/auth/logout`, { as: await world.login(anna) });
    const text = (await send('GET /api/me/export', { as: tokens.anna })).text;
    const data = exported.parse(JSON.parse(text));
    expect(data['account']).toEqual([expect.objectContaining({ external_id: null })]);
    expect(data['discord_users']).toEqual([expect.objectContaining({ discord_id: anna, needs_relink: false })]);
    expect(data['memberships']).toEqual([expect.objectContaining({ group_id: group.id, group_name: 'Pilots' })]);
    expect(data['roles_given']).toEqual([expect.objectContaining({ guild_id: guildId, role_id: roleId })]);
    expect(data['changes']).toEqual([expect.objectContaining({ role_id: roleId, action: 'add', outcome: 'applied' })]);
    expect(data['runs']).not.toEqual([]);
    expect(data['ended_sessions']).toHaveLength(1);
    expect(text).not.toContain(ben);
    expect(text).not.toMatch(/eyJ|access_token|refresh_token|state_hash|browser_hash/);
    const boss = await storedAbout(world, world.boss);
    expect(boss['groups_made']).toEqual([expect.objectContaining({ name: 'Pilots' })]);
    expect(boss['configuration_changes']?.length).toBeGreaterThan(0);
  });

  it('is nobody else’s business', async () => {
    const { send } = await startApi();
    expect(codeOf(await send('GET /api/me/export'))).toBe('unauthenticated');
  });
});

describe('DELETE /api/me', () => {
  it('ends the account, its links and tokens, its sessions and its roles, and forgets the rest', async () => {
    const world = await startWithRole();
    const { anna, ben, tokens, send, has, bot, local } = world;
    expect((await send('DELETE /api/me', { as: tokens.anna })).status).toBe(204);
    expect(has(anna)).toBe(false);
    expect(has(ben)).toBe(true);
    expect(codeOf(await send('GET /api/me', { as: tokens.anna }))).toBe('unauthenticated');
    expect(await bot.app.links.find(anna)).toBeNull();
    expect([...local.discord.world.accessTokens.values()].some(({ userId }) => userId === anna)).toBe(false);

    // Who comes back is somebody new, of whom nothing is known.
    const again = await storedAbout(world, await world.login(anna));
    await delay(100);
    for (const table of ['memberships', 'roles_given', 'roles_left_alone', 'ended_sessions', 'configuration_changes']) {
      expect(again[table], table).toEqual([]);
    }
    expect(again['changes']).toEqual([]);
    expect(has(anna)).toBe(false);
    expect(has(ben)).toBe(true);
    const others = await storedAbout(world, tokens.ben);
    expect(others['memberships']).toHaveLength(1);
    expect(others['changes']).toHaveLength(1);
  });

  it('leaves the roles where the server keeps them', async () => {
    const { anna, tokens, send, has, guildId, boss } = await startWithRole();
    const path = `PUT /api/discord/guilds/${guildId}`;
    expect((await send(path, { as: boss, body: { on_unlink: 'keep' } })).status).toBe(200);
    expect((await send('DELETE /api/me', { as: tokens.anna })).status).toBe(204);
    expect(has(anna)).toBe(true);
  });

  it('forgets who did what a guild keeps, and keeps what was done', async () => {
    const { boss, send, bot, guildId, ownerId, tokens } = await startWithRole();
    expect((await send('DELETE /api/me', { as: boss })).status).toBe(204);
    const [group] = await bot.app.groups.list(guildId);
    expect(group).toMatchObject({ name: 'Pilots', createdBy: null });
    const [mapping] = await bot.app.mappings.list(guildId);
    expect(mapping?.mapping.createdBy).toBeNull();
    const text = (await send('GET /api/me/export', { as: tokens.anna })).text;
    expect(text).not.toContain(ownerId);
  });

  it('tells and forgets what was asked for by the account, too', async () => {
    const world = await startWithRole();
    const { anna, boss, tokens, send, guildId } = world;
    const { user_id } = me.parse((await send('GET /api/me', { as: tokens.anna })).body);
    const asked = { guild_id: guildId, user_ids: [user_id] };
    expect((await send('POST /api/discord/sync/manual', { as: boss, body: asked })).status).toBe(202);
    const { runs = [] } = await storedAbout(world, tokens.anna);
    expect(runs.map((run) => run['target_id'])).toEqual(expect.arrayContaining([user_id, anna]));
    expect((await send('DELETE /api/me', { as: tokens.anna })).status).toBe(204);
    const status = await send('GET /api/discord/sync/status', { as: boss });
    expect(status.text).not.toContain(user_id);
  });

  it('works while Discord is down; the roles go when it is back', async () => {
    const { anna, tokens, send, has, local, bot, guildId } = await startWithRole();
    local.discord.faults.rest({ when: () => true, fault: { kind: 'status', status: 503 } });
    expect((await send('DELETE /api/me', { as: tokens.anna })).status).toBe(204);
    expect(await bot.app.links.find(anna)).toBeNull();
    expect(codeOf(await send('GET /api/me', { as: tokens.anna }))).toBe('unauthenticated');
    expect(has(anna)).toBe(true);
    local.discord.faults.clear();
    await bot.app.sync.guild(guildId, { trigger: 'schedule', actor: null });
    expect(has(anna)).toBe(false);
  }, 20_000);

  it('is refused to a page from elsewhere', async () => {
    const { send, login, ownerId } = await startApi();
    const cookie = await login(ownerId);
    const refused = await send('DELETE /api/me', { cookie, headers: { origin: 'https://evil.example' } });
    expect(codeOf(refused)).toBe('cross_origin');
    expect((await send('GET /api/me', { as: cookie })).status).toBe(200);
  });

  it('happens once, however often it is asked at the same moment', async () => {
    const { send, login, local } = await startApi();
    const token = await login(at(local.members, 0).id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('DELETE /api/me', { as: token })));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    for (const { status } of answers) expect([204, 401, 404]).toContain(status);
  });
});

describe('the users', () => {
  it('are listed for operators, page by page, by link and by whether that works', async () => {
    const { send, login, link, ownerId, local } = await operated();
    const boss = await login(ownerId);
    const [anna, ben] = [at(local.members, 0).id, at(local.members, 1).id];
    const [annasId] = [await link(anna), await link(ben)];
    const list = async (query: string) => (await send(`GET /api/discord/users${query}`, { as: boss })).body;
    expect(await list('')).toMatchObject({
      total: 3,
      page: 1,
      limit: 20,
      users: [{}, { user_id: annasId, is_active: true }, {}],
    });
    expect(await list('?limit=1&page=3')).toMatchObject({
      total: 3,
      users: [{ discord_users: [{ discord_id: ben }] }],
    });
    expect(await list(`?discord_id=${anna}`)).toMatchObject({ total: 1, users: [{ user_id: annasId }] });
    expect(await list('?is_active=false')).toMatchObject({ total: 0, users: [] });
    await send(`DELETE /api/discord/auth/unlink/${anna}`, { as: boss });
    expect(await list('?is_active=false')).toMatchObject({ total: 1, users: [{ user_id: annasId, is_active: false }] });
    expect(await list('?is_active=true')).toMatchObject({ total: 2 });
    expect((await send('GET /api/discord/users?is_active=perhaps', { as: boss })).status).toBe(422);
  });

  it('are shown to themselves and to operators; others learn nothing', async () => {
    const { send, login, link, ownerId, local } = await operated();
    const [anna, ben] = [at(local.members, 0).id, at(local.members, 1).id];
    const path = `GET /api/discord/users/${await link(anna)}`;
    expect((await send(path, { as: await login(anna) })).body).toMatchObject({ discord_users: [{ discord_id: anna }] });
    expect((await send(path, { as: await login(ownerId) })).status).toBe(200);
    const stranger = await login(ben);
    const refused = await send(path, { as: stranger });
    const nobody = await send(`GET /api/discord/users/${someoneElse}`, { as: stranger });
    expect([codeOf(refused), refused.status]).toEqual([codeOf(nobody), nobody.status]);
    expect(codeOf(await send('GET /api/discord/users', { as: stranger }))).toBe('forbidden');
    expect(codeOf(await send(`GET /api/discord/users/${someoneElse}`, { as: await login(ownerId) }))).toBe(
      'user_not_found',
    );
  });

  it('can have all their sessions ended by an operator', async () => {
    const { send, login, link, ownerId, local } = await operated();
    const anna = at(local.members, 0).id;
    const [one, two] = [await login(anna), await login(anna)];
    const boss = await login(ownerId);
    const path = `DELETE /api/discord/users/${await link(anna)}/sessions`;
    expect(codeOf(await send(path, { as: one }))).toBe('forbidden');
    await delay(5);
    expect((await send(path, { as: boss })).status).toBe(204);
    for (const token of [one, two]) expect((await send('GET /api/me', { as: token })).status).toBe(401);
    await delay(5);
    expect(me.parse((await send('GET /api/me', { as: await login(anna) })).body).user_id).toBe(await link(anna));
    expect(codeOf(await send(`DELETE /api/discord/users/${someoneElse}/sessions`, { as: boss }))).toBe(
      'user_not_found',
    );
  });
});

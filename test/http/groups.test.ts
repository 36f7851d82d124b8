import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, startApi } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';
import { heldOf, startWithPilots } from '../support/pilots.ts';

const problem = z.object({ errors: z.array(z.object({ path: z.string() })) });
const group = z.object({ id: z.string(), updated_at: z.string() });

/** An API with its guild's owner logged in, and a group `Pilots` that he has made over HTTP. */
async function startWithGroup(operatorIds = '') {
  const api = await startApi({ env: { OPERATOR_IDS: operatorIds } });
  const { send, guildId } = api;
  const owner = await api.login(api.ownerId);
  const made = await send('POST /api/groups', { as: owner, body: { name: 'Pilots', guild_id: guildId } });
  const { id } = group.parse(made.body);
  const one = `/api/groups/${id}`;
  const accountOf = async (discordId: string) => (await api.bot.app.links.find(discordId))?.accountId ?? '';
  return { ...api, owner, made, id, one, accountOf };
}

/** The same with somebody who is an operator, and no admin of the guild. */
async function startWithOperator() {
  const operatorId = '175928847299117063';
  const world = await startWithGroup(operatorId);
  world.local.discord.world.addUser({ id: operatorId, username: 'op' });
  return { ...world, operatorId, operator: await world.login(operatorId) };
}

describe('groups over HTTP', () => {
  it('are made, shown, changed and removed by an admin of the guild', async () => {
    const { send, owner, made, id, one, guildId, ownerId } = await startWithGroup();
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(one);
    const shown = {
      id,
      guild_id: guildId,
      name: 'Pilots',
      description: null,
      member_count: 0,
      mapping_count: 0,
      created_by: ownerId,
    };
    expect(made.body).toMatchObject(shown);
    const list = await send(`GET /api/groups?guild_id=${guildId}`, { as: owner });
    expect(list.body).toMatchObject({ groups: [shown], total: 1, page: 1, limit: 20 });

    const changed = await send(`PUT ${one}`, { as: owner, body: { name: 'Flyers', description: 'who fly' } });
    expect(changed.body).toMatchObject({ id, name: 'Flyers', description: 'who fly' });
    expect(changed.headers.get('etag')).toBe(`"${group.parse(changed.body).updated_at}"`);
    expect((await send(`GET ${one}`, { as: owner })).body).toEqual(changed.body);

    expect((await send(`DELETE ${one}`, { as: owner })).status).toBe(204);
    expect(codeOf(await send(`GET ${one}`, { as: owner }))).toBe('group_not_found');
  });

  it('have a name of their own, and are not changed on top of an edit that one has not seen', async () => {
    const { send, owner, made, one, guildId } = await startWithGroup();
    const again = await send('POST /api/groups', { as: owner, body: { name: 'PILOTS', guild_id: guildId } });
    expect(codeOf(again)).toBe('group_exists');
    await send('POST /api/groups', { as: owner, body: { name: 'Cadets', guild_id: guildId } });
    expect(codeOf(await send(`PUT ${one}`, { as: owner, body: { name: 'cadets' } }))).toBe('group_exists');

    const seen = made.headers.get('etag') ?? '';
    await send(`PUT ${one}`, { as: owner, body: { description: 'x' } });
    const late = { as: owner, headers: { 'if-match': seen } };
    expect((await send(`PUT ${one}`, { ...late, body: { name: 'x' } })).status).toBe(412);
    expect((await send(`DELETE ${one}`, late)).status).toBe(412);
    const { updated_at } = group.parse(made.body);
    expect((await send(`PUT ${one}`, { as: owner, body: { name: 'x', updated_at } })).status).toBe(412);
  });

  it('are nobody else’s business', async () => {
    const { send, login, local, one, guildId } = await startWithGroup();
    const member = await login(at(local.members, 0).id);
    expect(codeOf(await send('GET /api/groups'))).toBe('unauthenticated');
    expect((await send('GET /api/groups', { as: member })).body).toMatchObject({ groups: [], total: 0 });
    expect(codeOf(await send(`GET /api/groups?guild_id=${guildId}`, { as: member }))).toBe('forbidden');
    const make = (body: object) => send('POST /api/groups', { as: member, body });
    expect(codeOf(await make({ name: 'Mine', guild_id: guildId }))).toBe('forbidden');
    expect(codeOf(await make({ name: 'Mine' }))).toBe('forbidden');
    const lines = [
      `GET ${one}`,
      `PUT ${one}`,
      `DELETE ${one}`,
      `GET ${one}/members`,
      `PUT ${one}/members`,
      `PUT ${one}/members/${randomUUID()}`,
      `DELETE ${one}/members/${randomUUID()}`,
      `PUT ${one}/members/${at(local.members, 1).id}`,
      `DELETE ${one}/members/${at(local.members, 1).id}`,
    ];
    for (const line of lines) expect(codeOf(await send(line, { as: member }))).toBe('group_not_found');
    const unknown = lines.map((line) => line.replace(one, `/api/groups/${randomUUID()}`));
    for (const line of unknown) expect(codeOf(await send(line, { as: member }))).toBe('group_not_found');
  });

  it('of every guild are made by operators, and hold nobody whom a guild’s admin may list', async () => {
    const { send, owner, operator, operatorId, login, local } = await startWithOperator();
    expect(codeOf(await send('POST /api/groups', { as: owner, body: { name: 'All' } }))).toBe('forbidden');
    const made = await send('POST /api/groups', { as: operator, body: { name: 'All' } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ guild_id: null, created_by: operatorId });
    const one = `/api/groups/${group.parse(made.body).id}`;
    expect((await send(`PUT ${one}`, { as: operator, body: { name: 'Everybody' } })).status).toBe(200);
    expect((await send(`GET ${one}/members`, { as: operator })).body).toMatchObject({ members: [], total: 0 });
    const list = await send('GET /api/groups', { as: owner });
    expect(list.body).toMatchObject({ groups: [{ name: 'Everybody' }, { name: 'Pilots' }], total: 2 });
    expect((await send(`GET ${one}`, { as: owner })).body).toMatchObject({ name: 'Everybody', guild_id: null });
    for (const line of [`PUT ${one}`, `GET ${one}/members`, `PUT ${one}/members`, `DELETE ${one}`]) {
      expect(codeOf(await send(line, { as: owner }))).toBe('forbidden');
    }
    const member = await login(at(local.members, 0).id);
    expect(codeOf(await send(`GET ${one}`, { as: member }))).toBe('group_not_found');
    expect((await send(`DELETE ${one}`, { as: operator })).status).toBe(204);
  });

  it('are an operator’s too, but not their mappings', async () => {
    const { send, operator, owner, one, id, guildId, local } = await startWithOperator();
    expect((await send(`GET /api/groups?guild_id=${guildId}`, { as: operator })).body).toMatchObject({ total: 1 });
    expect((await send(`PUT ${one}`, { as: operator, body: { description: 'x' } })).status).toBe(200);
    const draft = { group_id: id, discord_role_id: at(local.roles, 1).id };
    await send(`POST /api/discord/guilds/${guildId}/role-mappings`, { as: owner, body: draft });
    const shown = await send(`GET ${one}`, { as: operator });
    expect(shown.body).toMatchObject({ mapping_count: 1 });
    expect(codeOf(await send(`DELETE ${one}`, { as: operator }))).toBe('group_in_use');
    const refused = await send(`DELETE ${one}?roles=remove`, { as: operator });
    expect(codeOf(refused)).toBe('forbidden');
    expect(refused.text).toContain('Ask an admin there');
    expect((await send(`DELETE ${one}?roles=keep`, { as: owner })).status).toBe(204);
    expect((await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner })).body).toMatchObject({
      total: 0,
    });
  });

  it('are not made in a guild that Rolewright does not know', async () => {
    const { send, operator } = await startWithOperator();
    const nowhere = await send('POST /api/groups', {
      as: operator,
      body: { name: 'x', guild_id: '175928847299117999' },
    });
    expect(nowhere.status).toBe(404);
  });

  it.each([
    { name: 'no name', body: {}, path: 'body.name' },
    { name: 'a field that there is none of', body: { name: 'x', colour: 1 }, path: 'body.colour' },
    { name: 'no id of a guild', body: { name: 'x', guild_id: '1' }, path: 'body.guild_id' },
    {
      name: 'a description that is too long',
      body: { name: 'x', description: 'y'.repeat(501) },
      path: 'body.description',
    },
  ])('tell which field is wrong: $name', async ({ body, path }) => {
    const { send, owner } = await startWithGroup();
    const refused = await send('POST /api/groups', { as: owner, body });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path }] });
  });

  it.each(['a,b', 'http:x', 'none', '  ', '', 'x'.repeat(101), 'null\u0000'])('cannot be called %j', async (name) => {
    const { send, owner, one, guildId } = await startWithGroup();
    const refused = await send('POST /api/groups', { as: owner, body: { name, guild_id: guildId } });
    const renamed = await send(`PUT ${one}`, { as: owner, body: { name } });
    for (const { status, body } of [refused, renamed]) {
      expect(status).toBe(422);
      expect(problem.parse(body).errors.map(({ path }) => path)).toEqual(['body.name']);
    }
  });
});

describe('who is in a group, over HTTP', () => {
  it('is added with an end or without, listed and taken out', async () => {
    const { send, owner, one, accountOf, ownerId } = await startWithGroup();
    const userId = await accountOf(ownerId);
    const path = `${one}/members/${userId}`;
    const added = await send(`PUT ${path}`, { as: owner });
    expect(added.body).toEqual({
      user_id: userId,
      discord_id: null,
      is_new: true,
      is_linked: null,
      expires_at: null,
    });
    const ending = await send(`PUT ${path}`, { as: owner, body: { expires_at: '2035-01-01T00:00:00Z' } });
    expect(ending.body).toMatchObject({ is_new: false, expires_at: '2035-01-01T00:00:00.000Z' });
    expect((await send(`GET ${one}/members`, { as: owner })).body).toMatchObject({
      members: [{ user_id: userId, discord_id: null, is_linked: null, expires_at: '2035-01-01T00:00:00.000Z' }],
      total: 1,
      page: 1,
      limit: 20,
    });
    expect((await send(`DELETE ${path}`, { as: owner })).status).toBe(204);
    expect((await send(`DELETE ${path}`, { as: owner })).status).toBe(204);
    expect((await send(`GET ${one}`, { as: owner })).body).toMatchObject({ member_count: 0 });
  });

  it('is added and taken out by his Discord id as well, linked or not', async () => {
    const { send, owner, one, local, link } = await startWithGroup();
    const ada = at(local.members, 0).id;
    const path = `${one}/members/${ada}`;
    const added = await send(`PUT ${path}`, { as: owner, body: { expires_at: '2035-01-01T00:00:00Z' } });
    expect([added.status, added.body]).toEqual([
      200,
      { user_id: null, discord_id: ada, is_new: true, is_linked: false, expires_at: '2035-01-01T00:00:00.000Z' },
    ]);
    const account = await link(ada);
    const again = await send(`PUT ${path}`, { as: owner });
    expect(again.body).toMatchObject({ discord_id: ada, is_new: false, is_linked: true });
    expect((await send(`GET ${one}/members`, { as: owner })).body).toMatchObject({
      members: [{ user_id: account, discord_id: ada }],
      total: 1,
    });
    expect((await send(`DELETE ${path}`, { as: owner })).status).toBe(204);
    expect((await send(`DELETE ${path}`, { as: owner })).status).toBe(204);
    expect((await send(`GET ${one}/members`, { as: owner })).body).toMatchObject({ members: [], total: 0 });
    const refused = await send(`PUT ${one}/members/ada`, { as: owner });
    expect(refused.body).toMatchObject({
      errors: [{ path: 'path.user_id', message: 'must be a UUID or a Discord id: 17 to 20 digits, as a string' }],
    });
  });

  it('has to exist, and to be in for a while', async () => {
    const { send, owner, one, accountOf, ownerId } = await startWithGroup();
    const nobody = `${one}/members/${randomUUID()}`;
    expect(codeOf(await send(`PUT ${nobody}`, { as: owner }))).toBe('user_not_found');
    expect(codeOf(await send(`DELETE ${nobody}`, { as: owner }))).toBe('user_not_found');
    expect((await send(`PUT ${one}/members/x`, { as: owner })).status).toBe(422);
    const path = `${one}/members/${await accountOf(ownerId)}`;
    expect((await send(`PUT ${path}`, { as: owner, body: { expires_at: '2001-01-01T00:00:00Z' } })).status).toBe(422);
  });

  it('is replaced as a whole', async () => {
    const { send, owner, one, accountOf, ownerId, local } = await startWithGroup();
    const userId = await accountOf(ownerId);
    const waiting = at(local.members, 0).id;
    const put = (body: object) => send(`PUT ${one}/members`, { as: owner, body });
    expect((await put({ user_ids: [userId, userId], discord_ids: [waiting] })).body).toEqual({
      added: 2,
      removed: 0,
      unchanged: 0,
    });
    const page = await send(`GET ${one}/members?limit=1&page=2`, { as: owner });
    expect(page.body).toMatchObject({ total: 2, page: 2, limit: 1 });
    expect((await put({ user_ids: [userId] })).body).toEqual({ added: 0, removed: 1, unchanged: 1 });
    const unknown = randomUUID();
    const refused = await put({ user_ids: [unknown] });
    expect(codeOf(refused)).toBe('user_not_found');
    expect(refused.text).toContain(unknown);
    expect((await put({ discord_ids: [] })).status).toBe(422);
    expect((await put({ user_ids: ['x'] })).status).toBe(422);
    expect((await put({ user_ids: [userId, userId] })).body).toEqual({ added: 0, removed: 0, unchanged: 1 });
  });

  it('keeps the role when very many go at once, until an admin says yes, unless the caller knows what he does', async () => {
    const { send, owner, one, bot, guildId, accountIds, holders } = await startWithPilots(12);
    const put = (body: object) => send(`PUT ${one}/members`, { as: owner, body });
    await put({ user_ids: accountIds, confirm: true });
    await until(() => holders() === 12);

    expect((await put({ user_ids: [] })).body).toEqual({ added: 0, removed: 12, unchanged: 0 });
    await until(() => holders() === 7);
    const held = await heldOf(bot, guildId, 7);
    expect(held.map(({ action }) => action)).toEqual(Array(7).fill('remove'));
    expect(holders()).toBe(7);

    await put({ user_ids: accountIds });
    await until(() => holders() === 12);
    await put({ user_ids: [], confirm: true });
    await until(() => holders() === 0);
  });
});

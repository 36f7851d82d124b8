import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';
import { startWithPilots } from '../support/pilots.ts';

const audit = z.object({
  changes: z.array(
    z.looseObject({ id: z.int(), discord_id: z.string(), sync_id: z.string(), mapping_ids: z.array(z.string()) }),
  ),
  total: z.int(),
});

/** Three pilots who have got their role, one after the other. */
async function startWithHistory() {
  const world = await startWithPilots(3);
  const { send, owner, one, accountIds, guildId } = world;
  for (const [index, id] of accountIds.entries()) {
    await send(`PUT ${one}/members/${id}`, { as: owner, body: {} });
    await until(() => world.holders() === index + 1);
  }
  const path = `GET /api/discord/guilds/${guildId}/audit`;
  const find = async (query = '') => audit.parse((await send(`${path}${query}`, { as: owner })).body);
  return { ...world, path, find };
}

describe('the history of a guild over HTTP', () => {
  it('lists what was changed, the newest first, page by page', async () => {
    const { find, discordIds, guildId, role } = await startWithHistory();
    const { changes, total } = await find();
    expect(total).toBe(3);
    expect(changes.map(({ discord_id }) => discord_id)).toEqual(discordIds.toReversed());
    const given = { guild_id: guildId, role_id: role.id, action: 'add', outcome: 'applied', changed_by: null };
    expect(changes[0]).toMatchObject({ ...given, reason: 'mapping_true' });
    expect((await find('?page=2&limit=2')).changes.map(({ discord_id }) => discord_id)).toEqual([at(discordIds, 0)]);
  });

  it('is looked through by member, account, role, mapping, run, outcome and time', async () => {
    const { find, discordIds, accountIds, role } = await startWithHistory();
    const { changes } = await find();
    const last = at(changes, 0);
    const totalOf = async (query: string) => (await find(query)).total;
    expect(await totalOf(`?discord_id=${at(discordIds, 1)}`)).toBe(1);
    expect(await totalOf(`?user_id=${at(accountIds, 1)}`)).toBe(1);
    expect(await totalOf(`?user_id=${at(accountIds, 1)}&discord_id=${at(discordIds, 0)}`)).toBe(0);
    expect(await totalOf(`?user_id=${randomUUID()}`)).toBe(0);
    expect(await totalOf(`?role_id=${role.id}`)).toBe(3);
    expect(await totalOf(`?mapping_id=${at(last.mapping_ids, 0)}`)).toBe(3);
    expect(await totalOf(`?mapping_id=${randomUUID()}`)).toBe(0);
    expect(await totalOf(`?sync_id=${last.sync_id}`)).toBe(1);
    expect(await totalOf('?outcome=applied')).toBe(3);
    expect(await totalOf('?outcome=held')).toBe(0);
    expect(await totalOf('?since=2020-01-01T00:00:00Z')).toBe(3);
    expect(await totalOf('?until=2020-01-01T00:00:00Z')).toBe(0);
  });

  it('of the configuration tells who changed what', async () => {
    const { send, owner, ownerId, path, guildId } = await startWithHistory();
    await send(`PUT /api/discord/guilds/${guildId}`, { as: owner, body: { max_removals_percent: 33 } });
    const ask = async (query: string) => (await send(`${path}?kind=configuration${query}`, { as: owner })).body;
    const changed = { subject: 'guild', action: 'update', actor: ownerId, after: { max_removals_percent: 33 } };
    expect(await ask('&limit=1')).toMatchObject({ changes: [{ guild_id: guildId, ...changed }], page: 1, limit: 1 });
    expect(await ask('&discord_id=199999999999999999')).toMatchObject({ changes: [], total: 0 });
    const list = await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner });
    const { role_mappings } = z.object({ role_mappings: z.array(z.object({ id: z.string() })) }).parse(list.body);
    const { id } = at(role_mappings, 0);
    expect(await ask(`&mapping_id=${id}`)).toMatchObject({ changes: [{ subject_id: id, action: 'create' }], total: 1 });
  });

  it('is for admins of the guild', async () => {
    const { send, login, discordIds, path } = await startWithHistory();
    expect(codeOf(await send(path))).toBe('unauthenticated');
    expect(codeOf(await send(path, { as: await login(at(discordIds, 0)) }))).toBe('forbidden');
  });

  it.each([
    { query: 'outcome=done', field: 'query.outcome' },
    { query: 'discord_id=me', field: 'query.discord_id' },
    { query: 'since=yesterday', field: 'query.since' },
    { query: 'limit=101', field: 'query.limit' },
    { query: 'kind=all', field: 'query.kind' },
    { query: 'kind=configuration&outcome=held', field: 'query.outcome' },
    { query: 'role=1', field: 'query.role' },
  ])('says what is wrong with $query', async ({ query, field }) => {
    const { send, owner, guildId } = await startWithPilots(0);
    const refused = await send(`GET /api/discord/guilds/${guildId}/audit?${query}`, { as: owner });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path: field }] });
  });
});

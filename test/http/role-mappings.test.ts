import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, startApi } from '../support/api-world.ts';
import { at } from '../support/local-discord.ts';

const mapping = z.object({ id: z.string(), priority: z.number(), updated_at: z.string() });

async function startWithGroup() {
  const api = await startApi();
  const token = await api.login(api.ownerId);
  const details = { guildId: api.guildId, name: 'Pilots', description: null, createdBy: null };
  const group = await api.bot.app.groups.create(details);
  const path = `/api/discord/guilds/${api.guildId}/role-mappings`;
  const draft = { group_id: group.id, discord_role_id: at(api.local.roles, 1).id };
  return { ...api, token, group, path, draft };
}

describe('role mappings over HTTP', () => {
  it('are made, shown, changed and removed by an admin of the guild', async () => {
    const { send, token, path, draft } = await startWithGroup();
    const made = await send(`POST ${path}`, { as: token, body: draft });
    expect(made.status).toBe(201);
    const { id } = mapping.parse(made.body);
    expect(made.headers.get('location')).toBe(`/api/discord/role-mappings/${id}`);

    const list = await send(`GET ${path}`, { as: token });
    expect(list.body).toMatchObject({ role_mappings: [{ id, ...draft }], total: 1, page: 1, limit: 20 });

    const one = `/api/discord/role-mappings/${id}`;
    const changed = await send(`PUT ${one}`, { as: token, body: { priority: 7, conditions: { require_all: true } } });
    expect(changed.body).toMatchObject({ priority: 7, conditions: { require_all: true, groups: [] } });
    const { updated_at } = mapping.parse(changed.body);
    expect((await send(`GET ${one}`, { as: token })).body).toMatchObject({ id, priority: 7, updated_at });

    expect((await send(`DELETE ${one}`, { as: token })).status).toBe(204);
    expect(codeOf(await send(`GET ${one}`, { as: token }))).toBe('mapping_not_found');
  });

  it('can be pointed at another role; what was read may be sent back', async () => {
    const { send, token, path, draft, local } = await startWithGroup();
    const made = await send(`POST ${path}`, { as: token, body: { ...draft, discord_role_name: 'ignored' } });
    const one = `/api/discord/role-mappings/${mapping.parse(made.body).id}`;
    const { id: discord_role_id, name: discord_role_name } = at(local.roles, 2);
    const same = await send(`PUT ${one}`, { as: token, body: { ...draft, discord_role_name: 'ignored' } });
    expect(same.body).toMatchObject({ ...draft, discord_role_name: at(local.roles, 1).name });
    const moved = await send(`PUT ${one}?roles=keep`, { as: token, body: { discord_role_id } });
    expect(moved.body).toMatchObject({ discord_role_id, discord_role_name });
    expect(codeOf(await send(`PUT ${one}`, { as: token, body: { discord_role_id: '175928847299117063' } }))).toBe(
      'role_not_mappable',
    );
  });

  it('are not changed on top of an edit that one has not seen', async () => {
    const { send, token, path, draft } = await startWithGroup();
    const made = await send(`POST ${path}`, { as: token, body: draft });
    const one = `/api/discord/role-mappings/${mapping.parse(made.body).id}`;
    const seen = made.headers.get('etag') ?? '';
    await send(`PUT ${one}`, { as: token, body: { priority: 1 } });

    const late = await send(`PUT ${one}`, { as: token, body: { priority: 2 }, headers: { 'if-match': seen } });
    expect(late.status).toBe(412);
    const alsoLate = { priority: 2, updated_at: mapping.parse(made.body).updated_at };
    expect((await send(`PUT ${one}`, { as: token, body: alsoLate })).status).toBe(412);
    expect((await send(`DELETE ${one}`, { as: token, headers: { 'if-match': seen } })).status).toBe(412);
    expect(mapping.parse((await send(`GET ${one}`, { as: token })).body).priority).toBe(1);
  });

  it('take the edits of several at once, and are removed by one of them', async () => {
    const { send, token, path, draft, bot, guildId } = await startWithGroup();
    const made = await send(`POST ${path}`, { as: token, body: draft });
    const { id } = mapping.parse(made.body);
    const one = `/api/discord/role-mappings/${id}`;
    const bodies = [
      { conditions: { character_count_min: 2 } },
      { conditions: { required_permissions: ['fly'] } },
      { priority: 3 },
    ];
    const saved = await Promise.all(bodies.map((body) => send(`PUT ${one}`, { as: token, body })));
    expect(saved.map(({ status }) => status)).toEqual([200, 200, 200]);
    const conditions = { character_count_min: 2, required_permissions: ['fly'] };
    expect((await send(`GET ${one}`, { as: token })).body).toMatchObject({ priority: 3, conditions });

    const removals = await Promise.all(Array.from({ length: 10 }, () => send(`DELETE ${one}`, { as: token })));
    expect(removals.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(removals.filter(({ status }) => status === 404)).toHaveLength(9);
    const { changes } = await bot.app.history.configuration(guildId, { subject: 'mapping', subjectId: id }, 1, 20);
    expect(changes.filter(({ action }) => action === 'delete')).toHaveLength(1);
  });

  it('are nobody else’s business', async () => {
    const { send, token, path, draft, login, local } = await startWithGroup();
    const made = await send(`POST ${path}`, { as: token, body: draft });
    const one = `/api/discord/role-mappings/${mapping.parse(made.body).id}`;
    const member = await login(at(local.members, 0).id);
    expect(codeOf(await send(`GET ${path}`))).toBe('unauthenticated');
    expect(codeOf(await send(`GET ${path}`, { as: member }))).toBe('forbidden');
    expect(codeOf(await send(`GET ${one}`, { as: member }))).toBe('mapping_not_found');
    expect(codeOf(await send(`DELETE ${one}`, { cookie: token, headers: { origin: 'https://evil.example' } }))).toBe(
      'cross_origin',
    );
    expect((await send(`DELETE ${one}`, { cookie: token })).status).toBe(204);
  });

  it.each([
    { name: 'a field that there is none of', body: { prioritet: 1 }, path: 'body.prioritet' },
    { name: 'a number out of bounds', body: { priority: 1e9 }, path: 'body.priority' },
    { name: 'a field of the wrong type', body: { conditions: { groups: 'x' } }, path: 'body.conditions.groups' },
  ])('tell which field is wrong: $name', async ({ body, path: field }) => {
    const { send, token, path, draft } = await startWithGroup();
    const refused = await send(`POST ${path}`, { as: token, body: { ...draft, ...body } });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path: field }] });
  });

  it.each([
    { name: 'no JSON', body: '{', headers: {}, status: 400 },
    { name: 'too much of it', body: JSON.stringify('x'.repeat(262_144)), headers: {}, status: 413 },
    { name: 'a form', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
    {
      name: 'another charset',
      body: '{}',
      headers: { 'content-type': 'application/json; charset=latin1' },
      status: 415,
    },
  ])('refuse a body that is $name', async ({ body, headers, status }) => {
    const { send, token, path } = await startWithGroup();
    expect((await send(`POST ${path}`, { as: token, body, headers })).status).toBe(status);
  });
});

import { describe, expect, it } from 'vitest';
import { codeOf, startApi } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';

async function start() {
  const api = await startApi();
  const token = await api.login(api.ownerId);
  const path = `/api/discord/guilds/${api.guildId}/role-mappings`;
  return { ...api, token, path };
}

describe('what the API remembers', () => {
  it('lets nobody see a list that he may not, though somebody else has just had it', async () => {
    const { send, login, local, token, path } = await start();
    const member = await login(at(local.members, 0).id);
    expect((await send(`GET ${path}`, { as: token })).status).toBe(200);
    expect(codeOf(await send(`GET ${path}`, { as: member }))).toBe('forbidden');
    expect(codeOf(await send(`GET ${path}`))).toBe('unauthenticated');
  });

  it('shows a change at once', async () => {
    const { send, bot, guildId, local, token, path } = await start();
    const details = { guildId, name: 'Pilots', description: null, createdBy: null };
    const group = await bot.app.groups.create(details);
    expect((await send(`GET ${path}`, { as: token })).body).toMatchObject({ total: 0 });
    const draft = { group_id: group.id, discord_role_id: at(local.roles, 1).id };
    await send(`POST ${path}`, { as: token, body: draft });
    expect((await send(`GET ${path}`, { as: token })).body).toMatchObject({ total: 1 });
  });

  it('shows the page that was asked for', async () => {
    const { send, token, path } = await start();
    await send(`GET ${path}`, { as: token });
    expect((await send(`GET ${path}?page=2&limit=5`, { as: token })).body).toMatchObject({ page: 2, limit: 5 });
  });

  it('tells anew how a guild is, though nobody has edited it', async () => {
    const { send, guildId, token } = await start();
    const path = `/api/discord/guilds/${guildId}`;
    const first = await send(`GET ${path}`, { as: token });
    const headers = { 'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await send(`GET ${path}`, { as: token, headers });
    expect(again.status).toBe(200);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(again.headers.get('cache-control')).toBe('no-store');
  });

  it('ends with the session', async () => {
    const { send, bot, token, path } = await start();
    expect((await send(`GET ${path}`, { as: token })).status).toBe(200);
    const session = await bot.sessions.read(token);
    if (session) await bot.sessions.end(session);
    expect(codeOf(await send(`GET ${path}`, { as: token }))).toBe('unauthenticated');
  });

  it('says so when nothing has changed', async () => {
    const { send, bot, token, path } = await start();
    await until(() => bot.log.some((line) => line.includes('guild looked at')));
    const first = await send(`GET ${path}`, { as: token });
    // Left to itself fetch asks past every cache.
    const headers = { 'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    expect((await send(`GET ${path}`, { as: token, headers })).status).toBe(304);
  });
});

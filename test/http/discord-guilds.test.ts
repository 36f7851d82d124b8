import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { botPermissions } from '../../sandbox/seed.ts';
import { codeOf, startApi } from '../support/api-world.ts';
import { at, tokenOf, until } from '../support/local-discord.ts';

const config = z.object({
  id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  has_bot_token: z.boolean(),
});

async function startAsOwner() {
  const api = await startApi();
  const token = await api.login(api.ownerId);
  const all = '/api/discord/guilds';
  const one = `${all}/${api.guildId}`;
  return { ...api, token, all, one };
}

describe('the configuration of a guild over HTTP', () => {
  it('shows every setting, and how the guild does', async () => {
    const { send, token, one, guildId, local } = await startAsOwner();
    const { status, headers, body } = await send(`GET ${one}`, { as: token });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: guildId,
      guild_id: guildId,
      name: local.guild.name,
      is_enabled: true,
      auto_sync: true,
      sync_interval: null,
      sync_on_join: true,
      remove_roles_on_leave: true,
      sync_pending_members: false,
      on_unlink: 'remove',
      bypass_role_id: null,
      audit_channel_id: null,
      notification_channel_id: null,
      max_role_changes_per_sync: 100,
      max_removals_percent: 20,
      auto_join: false,
      nickname_template: '',
      has_bot_token: false,
      bot_permissions: expect.stringMatching(/^\d+$/),
      missing_permissions: [],
      health_status: 'healthy',
      last_error: null,
      doctor: [],
    });
    expect(headers.get('etag')).toBe(`"${config.parse(body).updated_at}"`);
  });

  it('is changed field by field, not on top of an edit that one has not seen', async () => {
    const { send, token, one, guildId, local } = await startAsOwner();
    const body = {
      guild_id: guildId,
      auto_sync: false,
      sync_interval: '2h',
      audit_channel_id: local.channel.id,
      max_role_changes_per_sync: 100_000,
    };
    const seen = (await send(`GET ${one}`, { as: token })).headers.get('etag') ?? '';
    const saved = await send(`PUT ${one}`, { as: token, body, headers: { 'if-match': seen } });
    expect(saved.body).toMatchObject({ ...body, max_removals_percent: 20 });
    expect((await send(`GET ${one}`, { as: token })).body).toEqual(saved.body);

    const late = await send(`PUT ${one}`, { as: token, body: { auto_sync: true }, headers: { 'if-match': seen } });
    expect(codeOf(late)).toBe('changed_meanwhile');
    expect((await send(`DELETE ${one}`, { as: token, headers: { 'if-match': seen } })).status).toBe(412);
    const { updated_at } = config.parse(saved.body);
    expect((await send(`PUT ${one}`, { as: token, body: { auto_sync: true, updated_at } })).status).toBe(200);
  });

  it('is removed, and made anew', async () => {
    const { send, token, all, one, guildId } = await startAsOwner();
    expect(codeOf(await send(`POST ${all}`, { as: token, body: { guild_id: guildId } }))).toBe('guild_exists');
    const old = config.parse((await send(`GET ${one}`, { as: token })).body);
    expect((await send(`DELETE ${one}?roles=keep`, { as: token })).status).toBe(204);
    expect(codeOf(await send(`GET ${one}`, { as: token }))).toBe('guild_not_found');
    expect(codeOf(await send(`DELETE ${one}`, { as: token }))).toBe('guild_not_found');
    expect(codeOf(await send(`GET ${one}/role-mappings`, { as: token }))).toBe('guild_not_found');

    const made = await send(`POST ${all}`, { as: token, body: { guild_id: guildId, max_removals_percent: 5 } });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(one);
    expect(made.body).toMatchObject({ id: guildId, max_removals_percent: 5, auto_sync: true, last_full_sync: null });
    expect(config.parse(made.body).created_at > old.created_at).toBe(true);
  });

  it('is made once, and removed once, by several who do it at the same time', async () => {
    const { send, token, all, one, guildId, bot, local } = await startAsOwner();
    const group = await bot.app.groups.create({ guildId, name: 'Pilots', description: null, createdBy: null });
    const draft = { group_id: group.id, discord_role_id: at(local.roles, 1).id };
    expect((await send(`POST ${one}/role-mappings`, { as: token, body: draft })).status).toBe(201);
    const statuses = async (count: number, line: string, body?: unknown) =>
      (await Promise.all(Array.from({ length: count }, () => send(line, { as: token, body }))))
        .map(({ status }) => status)
        .toSorted((a, b) => a - b);
    expect(await statuses(4, `DELETE ${one}`)).toEqual([204, 404, 404, 404]);
    expect(await statuses(6, `POST ${all}`, { guild_id: guildId })).toEqual([201, 409, 409, 409, 409, 409]);
    const { changes } = await bot.app.history.configuration(guildId, { subject: 'guild' }, 1, 20);
    expect(changes.map(({ action }) => action)).toEqual(['create', 'delete']);
  });

  it('is nobody else’s business', async () => {
    const { send, all, one, login, local, guildId } = await startAsOwner();
    const member = await login(at(local.members, 0).id);
    const elsewhere = '/api/discord/guilds/175928847299117063';
    for (const line of [`GET ${one}`, `PUT ${one}`, `DELETE ${one}`, `GET ${elsewhere}`, `DELETE ${elsewhere}`]) {
      expect(codeOf(await send(line))).toBe('unauthenticated');
      expect(codeOf(await send(line, { as: member }))).toBe('forbidden');
    }
    expect(codeOf(await send(`POST ${all}`, { as: member, body: { guild_id: guildId } }))).toBe('forbidden');
    expect((await send(`GET ${all}`, { as: member })).body).toMatchObject({ guilds: [], total: 0 });
  });

  it.each([
    { name: 'no such field', body: { guild_nick: 'x' }, field: 'guild_nick' },
    { name: 'a cap of nothing', body: { max_role_changes_per_sync: 0 }, field: 'max_role_changes_per_sync' },
    { name: 'a cap beyond all', body: { max_role_changes_per_sync: 100_001 }, field: 'max_role_changes_per_sync' },
    { name: 'more than all', body: { max_removals_percent: 101 }, field: 'max_removals_percent' },
    { name: 'a number for a time', body: { sync_interval: 900 }, field: 'sync_interval' },
    { name: 'a time too short', body: { sync_interval: '10s' }, field: 'sync_interval' },
    { name: 'a time too long', body: { sync_interval: '8d' }, field: 'sync_interval' },
    { name: 'words for a time', body: { sync_interval: 'often' }, field: 'sync_interval' },
    { name: 'a role of elsewhere', body: { bypass_role_id: '175928847299117063' }, field: 'bypass_role_id' },
    { name: 'a role that is none', body: { bypass_role_id: 'Admin' }, field: 'bypass_role_id' },
    { name: 'a channel of elsewhere', body: { audit_channel_id: '175928847299117063' }, field: 'audit_channel_id' },
    { name: 'a template without a name', body: { nickname_template: 'x' }, field: 'nickname_template' },
    { name: 'a scope that is not asked for', body: { auto_join: true }, field: 'auto_join' },
    { name: 'another guild', body: { guild_id: '175928847299117063' }, field: 'guild_id' },
    { name: 'a token that is none', body: { bot_token: 5 }, field: 'bot_token' },
  ])('tells which field is wrong: $name', async ({ body, field }) => {
    const { send, token, one } = await startAsOwner();
    const refused = await send(`PUT ${one}`, { as: token, body });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path: `body.${field}` }] });
  });
});

describe('a bot of the guild’s own', () => {
  it('does its work there from the moment that its token is set, and the token is seen by nobody', async () => {
    const { send, token, one, local, bot, guildId } = await startAsOwner();
    const { world, requests } = local.discord;
    const theirs = world.addApplication({ name: 'Theirs' });
    const secret = tokenOf(theirs);
    const body = { bot_token: secret };
    expect(codeOf(await send(`PUT ${one}`, { as: token, body }))).toBe('bot_token_refused');
    world.addBot(guildId, theirs, botPermissions, { position: 10 });
    const saved = await send(`PUT ${one}`, { as: token, body });
    expect(saved.body).toMatchObject({ has_bot_token: true, bot_user_id: theirs.botId, health_status: 'healthy' });

    const group = await bot.app.groups.create({ guildId, name: 'Pilots', description: null, createdBy: null });
    const { id: discordId } = at(local.members, 0);
    await bot.app.groups.addDiscordUser(group, discordId, { editor: null });
    const draft = { group_id: group.id, discord_role_id: at(local.roles, 1).id, on_foreign: 'remove' };
    world.giveRole(guildId, discordId, draft.discord_role_id);
    requests.clear();
    await send(`POST ${one}/role-mappings`, { as: token, body: { ...draft, confirm: true } });
    await until(() => requests.writes().length > 0);
    expect(requests.writes().map(({ actor }) => actor)).toEqual([`bot:${theirs.id}`]);

    const answers = await Promise.all(
      [`GET ${one}`, 'GET /api/discord/guilds'].map((line) => send(line, { as: token })),
    );
    expect([...answers.map(({ text }) => text), saved.text, ...bot.log].join('\n')).not.toContain(secret);

    expect((await send(`PUT ${one}`, { as: token, body: { bot_token: null } })).body).toMatchObject({
      has_bot_token: false,
      bot_user_id: null,
    });
  });

  it('that Discord refuses is said to be so, and can be mended by its admin', async () => {
    const { send, token, one, local, guildId } = await startAsOwner();
    const { world } = local.discord;
    const theirs = world.addApplication({ name: 'Theirs' });
    world.addBot(guildId, theirs, botPermissions, { position: 10 });
    await send(`PUT ${one}`, { as: token, body: { bot_token: tokenOf(theirs) } });
    const fresh = world.resetBotToken(theirs.id);
    const saved = await send(`PUT ${one}`, { as: token, body: { bot_token: fresh } });
    expect(saved.body).toMatchObject({ has_bot_token: true, health_status: 'healthy' });
    local.discord.faults.rest({ method: 'GET', times: 20, fault: { kind: 'status', status: 503 } });
    expect(codeOf(await send(`PUT ${one}`, { as: token, body: { bot_token: fresh } }))).toBe('discord_unavailable');
  });
});

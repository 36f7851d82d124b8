import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { codeOf, startApi } from '../support/api-world.ts';
import { at } from '../support/local-discord.ts';

async function startAsOwner() {
  const api = await startApi();
  return { ...api, token: await api.login(api.ownerId) };
}

describe('guilds over HTTP', () => {
  it('lists those of the caller, with whether the bot is there', async () => {
    const { send, token, guildId, ownerId, local } = await startAsOwner();
    const { world } = local.discord;
    const mine = world.addGuild({ ownerId, name: 'A guild without the bot' });
    world.join(mine.id, ownerId);
    const other = world.addGuild({ ownerId: at(local.members, 0).id, name: 'Somebody else’s' });
    world.join(other.id, ownerId);
    expect((await send('GET /api/guilds', { as: token })).body).toEqual({
      guilds: [
        { id: mine.id, name: 'A guild without the bot', bot_installed: false },
        { id: guildId, name: local.guild.name, bot_installed: true },
      ],
      total: 2,
      page: 1,
      limit: 20,
    });
    const configured = await send('GET /api/discord/guilds', { as: token });
    expect(configured.body).toMatchObject({ guilds: [{ id: guildId }], total: 1 });
    expect(codeOf(await send(`GET /api/guilds/${mine.id}/roles`, { as: token }))).toBe('bot_not_in_guild');
    expect(codeOf(await send(`GET /api/guilds/${mine.id}/channels`, { as: token }))).toBe('bot_not_in_guild');
    const install = await send(`GET /api/guilds/${mine.id}/bot-install-url`, { as: token });
    expect(install.status).toBe(200);
    expect(codeOf(await send(`GET /api/guilds/${other.id}/bot-install-url`, { as: token }))).toBe('forbidden');
  });

  it('lists the channels that something can be posted in', async () => {
    const { send, token, guildId, local } = await startAsOwner();
    const { body } = await send(`GET /api/guilds/${guildId}/channels`, { as: token });
    const { id, name, position } = local.channel;
    expect(body).toEqual({
      channels: [{ id, name, type: 0, position, parent_id: null }],
      total: 1,
      page: 1,
      limit: 20,
    });
  });

  it('lists the roles, the highest first, and says which the bot can give', async () => {
    const { send, token, guildId, local } = await startAsOwner();
    const powers = { permissions: PERMISSIONS.administrator | PERMISSIONS.banMembers | PERMISSIONS.viewChannel };
    const high = local.discord.world.addRole(guildId, { name: 'High', position: 9, color: 0xff0000, ...powers });
    await expect
      .poll(async () => (await send(`GET /api/guilds/${guildId}/roles`, { as: token })).text)
      .toContain('High');
    const roles = z.object({ roles: z.array(z.looseObject({ id: z.string(), reason: z.string().nullable() })) });
    for (const path of ['/api/guilds', '/api/discord/guilds']) {
      const { body } = await send(`GET ${path}/${guildId}/roles?limit=100`, { as: token });
      const listed = roles.parse(body).roles;
      expect(listed.map(({ id, reason }) => [id, reason])).toEqual([
        [high.id, 'role_above_bot'],
        [local.botRole.id, 'role_managed'],
        ...local.roles.map(({ id }) => [id, null]),
        [guildId, 'role_everyone'],
      ]);
      expect(listed[0]).toMatchObject({ name: 'High', color: 0xff0000, managed: false, assignable: false });
      expect(listed[0]).toMatchObject({ dangerous_permissions: ['Administrator', 'Ban Members'] });
      expect(listed[2]).toMatchObject({ color: 0, managed: false, assignable: true, dangerous_permissions: [] });
    }
  });

  it('invites the bot with what the settings need', async () => {
    const { send, token, guildId, local } = await startAsOwner();
    await send(`PUT /api/discord/guilds/${guildId}`, { as: token, body: { nickname_template: '{name}' } });
    const { body } = await send(`GET /api/guilds/${guildId}/bot-install-url`, { as: token });
    const url = new URL(z.object({ url: z.string() }).parse(body).url);
    expect(`${url.origin}${url.pathname}`).toBe(local.discord.authorizeUrl);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: local.application.id,
      scope: 'bot applications.commands',
      permissions: String(268_455_040 + 2 ** 27),
      guild_id: guildId,
      disable_guild_select: 'true',
    });
  });

  it('shows nothing of it to others', async () => {
    const { send, guildId, login, local } = await startAsOwner();
    const member = await login(at(local.members, 0).id);
    for (const what of ['channels', 'roles', 'bot-install-url']) {
      const line = `GET /api/guilds/${guildId}/${what}`;
      expect(codeOf(await send(line))).toBe('unauthenticated');
      expect(codeOf(await send(line, { as: member }))).toBe('forbidden');
      expect(codeOf(await send(line.replace(guildId, 'x'), { as: member }))).toBe('invalid_input');
    }
    expect((await send('GET /api/guilds', { as: member })).body).toMatchObject({ guilds: [], total: 0 });
  });
});

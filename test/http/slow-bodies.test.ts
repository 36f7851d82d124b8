import { request as openRequest } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { startApi } from '../support/api-world.ts';
import { until } from '../support/local-discord.ts';

/** An admin who has sent all of a request but the end of its body. */
async function startWithSlowAdmin() {
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const api = await startApi({ now: () => clock.now });
  const { local, guildId, bot, login, url } = api;
  const { world } = local.discord;
  const role = world.addRole(guildId, { name: 'Admins', permissions: PERMISSIONS.manageGuild });
  const { id: discordId } = world.addUser({ username: 'admin' });
  world.join(guildId, discordId, { roles: [role.id] });
  await until(() => bot.app.guilds.guild(guildId)?.roles.has(role.id) ?? false);
  const token = await login(discordId);
  const body = JSON.stringify({ sync_on_join: false });
  const request = openRequest(`${url}/api/discord/guilds/${guildId}`, {
    method: 'PUT',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    },
  });
  request.write(body.slice(0, 1));
  // Who is asked about has been let in as far as his body.
  await until(() => local.discord.requests.count({ route: '/guilds/:guild_id/members/:user_id', method: 'GET' }) > 0);
  return {
    ...api,
    token,
    discordId,
    role,
    world,
    pass: (seconds: number) => void (clock.now = new Date(clock.now.getTime() + seconds * 1000)),
    async finish(): Promise<number | undefined> {
      request.end(body.slice(1));
      const [answer] = await once(request, 'response');
      answer.resume();
      return answer.statusCode;
    },
  };
}

describe('a body that comes slowly', () => {
  it('is taken from whoever is still allowed', async () => {
    const { finish, pass } = await startWithSlowAdmin();
    pass(20);
    expect(await finish()).toBe(200);
  });

  it('is nobody’s any more who lost his rights meanwhile', async () => {
    const { finish, pass, world, guildId, discordId, role } = await startWithSlowAdmin();
    world.takeRole(guildId, discordId, role.id);
    pass(20);
    expect(await finish()).toBe(403);
  });

  it('is nobody’s any more whose session has ended meanwhile', async () => {
    const { finish, send, token } = await startWithSlowAdmin();
    await send('POST /api/auth/logout', { as: token, body: {} });
    expect(await finish()).toBe(401);
  });
});

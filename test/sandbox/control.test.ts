import { afterEach, describe, expect, it } from 'vitest';
import { startDiscord, type LocalDiscord } from '../../sandbox/discord.ts';
import { seedGuild } from '../../sandbox/seed.ts';
import { askControl } from '../support/control-port.ts';

let discord: LocalDiscord;
afterEach(async () => {
  await discord.close();
});

const control = (method: string, path: string, body?: object) => askControl(discord, method, path, body);

async function start() {
  discord = await startDiscord();
  return seedGuild(discord.world);
}

describe('the state at the control port', () => {
  it('tells guilds, roles from the top, members with their roles, and channels with their messages', async () => {
    const { guild, owner, channel } = await start();
    discord.world.addMessage(channel.id, { authorId: owner.id, content: 'Welcome' });
    const { status, body } = await control('GET', '/state');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      api_url: discord.apiUrl,
      guilds: [
        {
          id: guild.id,
          owner_id: owner.id,
          roles: [{ name: 'Rolewright' }, { name: 'Captain' }, { name: 'Pilot' }, { name: 'Recruit' }, {}],
          channels: [{ name: 'general', messages: [{ content: 'Welcome', author: { id: owner.id } }] }],
        },
      ],
    });
    expect(JSON.stringify(body)).not.toContain(discord.world.applications.values().next().value?.clientSecret);
  });

  it('bounds how many members it tells, and says how many there are', async () => {
    const { guild } = await start();
    const { body } = await control('GET', `/guilds/${guild.id}?members=2`);
    expect(body['member_count']).toBe(5);
    expect(body['members']).toHaveLength(2);
  });
});

describe('acting through the control port', () => {
  it('lets people join, pass the screening, leave, be kicked and banned', async () => {
    const { guild, owner } = await start();
    const { id = '' } = (await control('POST', '/users', { username: 'dana' })).body;
    const path = `/guilds/${guild.id}/members`;
    expect((await control('POST', path, { user_id: id, pending: true })).body).toMatchObject({ pending: true });
    await control('POST', `${path}/${id}/screening`);
    expect((await control('GET', `${path}/${id}`)).body).toMatchObject({ pending: false });
    expect((await control('DELETE', `${path}/${id}`)).status).toBe(204);
    expect((await control('GET', `${path}/${id}`)).status).toBe(404);
    await control('POST', path, { user_id: id });
    await control('DELETE', `${path}/${id}?by=${owner.id}`);
    expect(guild.auditLog.at(-1)).toMatchObject({ userId: owner.id, targetId: id });
    await control('PUT', `${path}/${id}/ban`);
    expect((await control('POST', path, { user_id: id })).status).toBe(409);
    await control('DELETE', `${path}/${id}/ban`);
    expect((await control('POST', path, { user_id: id })).status).toBe(201);
  });

  it('gives and takes roles by hand, and the audit log names who did it', async () => {
    const { guild, owner, members, roles } = await start();
    const ada = members[0]?.id ?? '';
    const path = `/guilds/${guild.id}/members/${ada}/roles/${roles[0]?.id}`;
    expect((await control('PUT', `${path}?by=${owner.id}`)).status).toBe(204);
    expect([...(guild.members.get(ada)?.roles ?? [])]).toEqual([roles[0]?.id]);
    expect(guild.auditLog.at(-1)).toMatchObject({ userId: owner.id, targetId: ada });
    await control('DELETE', path);
    expect(guild.members.get(ada)?.roles.size).toBe(0);
  });

  it('lets nobody give by hand what he could not give in Discord', async () => {
    const { guild, owner, members, roles, botRole } = await start();
    const [ada, ben] = members;
    const path = `/guilds/${guild.id}/members/${ada?.id}/roles`;
    const refused = await control('PUT', `${path}/${roles[0]?.id}?by=${ben?.id}`);
    expect(refused.status).toBe(409);
    expect(refused.body.error).toBe('ben needs Manage Roles and a role above @Captain for this');
    expect((await control('PUT', `${path}/${botRole.id}?by=${owner.id}`)).body.error).toMatch(/managed/);
  });

  it('makes, changes, moves and deletes roles', async () => {
    const { guild, botRole } = await start();
    const made = await control('POST', `/guilds/${guild.id}/roles`, { name: 'Ace', permissions: '8', position: 5 });
    expect(made.body).toMatchObject({ name: 'Ace', permissions: '8', position: 5 });
    const path = `/guilds/${guild.id}/roles/${made.body.id}`;
    const moved = await control('PATCH', path, { name: 'Veteran', position: 1 });
    expect(moved.body).toMatchObject({ name: 'Veteran', position: 1 });
    expect(guild.roles.get(botRole.id)?.position).toBe(5);
    expect((await control('DELETE', path)).status).toBe(204);
    expect((await control('DELETE', path)).status).toBe(404);
    expect((await control('DELETE', `/guilds/${guild.id}/roles/${guild.id}`)).status).toBe(409);
  });

  it('sets up a whole world for a bot that runs elsewhere', async () => {
    discord = await startDiscord();
    const owner = (await control('POST', '/users', { username: 'olga' })).body.id;
    const application = (await control('POST', '/applications', { redirect_uris: ['http://127.0.0.1:1/cb'] })).body;
    expect(application).toMatchObject({ client_id: expect.any(String), bot_token: expect.any(String) });
    const guild = (await control('POST', '/guilds', { name: 'Flotilla', owner_id: owner })).body.id;
    const added = await control('POST', `/guilds/${guild}/bots`, { application_id: application['client_id'] });
    expect(added.status).toBe(201);
    expect(discord.world.guilds.get(guild ?? '')?.members.size).toBe(2);
  });

  it('ends tokens: a bot token, and what a user allowed', async () => {
    const { application, members } = await start();
    const user = members[0]?.id ?? '';
    const { token } = discord.world.addAccessToken({ applicationId: application.id, userId: user, scopes: [] });
    await control('DELETE', `/applications/${application.id}/authorizations/${user}`);
    expect(discord.world.accessToken(token)).toBeUndefined();
    await control('DELETE', `/applications/${application.id}/bot-token`);
    expect(application.botToken).toBeNull();
  });

  it('scripts faults, switches the profile and takes the whole Discord down and up', async () => {
    await start();
    const visit = () => fetch(`${discord.apiUrl}/v10/gateway`, { headers: { 'user-agent': 'DiscordBot (x, 1)' } });
    await control('POST', '/faults/rest', { route: '/gateway', times: 1, fault: { kind: 'status', status: 503 } });
    expect((await visit()).status).toBe(503);
    expect((await visit()).status).toBe(200);
    await control('PUT', '/faults/profile', { profile: 'unkind', seed: 7 });
    expect(discord.faults.profile()).toBe('unkind');
    await control('DELETE', '/faults');
    expect(discord.faults.profile()).toBe('gentle');
    await control('PUT', '/outage', { down: true });
    await expect(visit()).rejects.toThrow();
    await control('PUT', '/outage', { down: false });
    expect((await visit()).status).toBe(200);
  });

  it('counts, filters and forgets requests', async () => {
    await start();
    const headers = { 'user-agent': 'DiscordBot (x, 1)' };
    await fetch(`${discord.apiUrl}/v10/gateway`, { headers });
    await fetch(`${discord.apiUrl}/v10/users/@me`, { headers });
    expect((await control('GET', '/requests')).body.total).toBe(2);
    expect((await control('GET', '/requests?status=401')).body).toMatchObject({
      total: 1,
      requests: [{ path: '/users/@me', status: 401 }],
    });
    expect((await control('GET', '/requests?writes_only=true')).body.total).toBe(0);
    await control('DELETE', '/requests');
    expect((await control('GET', '/requests')).body.total).toBe(0);
  });
});

describe('errors of the control port', () => {
  it.each([
    ['POST', '/users', { username: 5 }, 422, /username/],
    ['POST', '/users', { username: 'x', admin: true }, 422, /admin/],
    ['GET', '/requests?limit=none', undefined, 422, /limit/],
    ['GET', '/guilds/100000000000000000', undefined, 404, /no such guild/],
    ['GET', '/nothing', undefined, 404, /has no GET/],
  ])('%s %s is answered in words', async (method, path, body, status, words) => {
    await start();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatch(words);
  });

  it('answers no other site', async () => {
    await start();
    const visit = (headers: Record<string, string>) => fetch(`${discord.controlUrl}/control/state`, { headers });
    expect((await visit({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await visit({ origin: discord.controlUrl })).status).toBe(200);
  });
});

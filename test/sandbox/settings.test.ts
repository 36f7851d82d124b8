import { describe, expect, it } from 'vitest';
import { ask, at, startGuild, type LocalGuild } from '../support/local-discord.ts';

const roleLine = ({ guild, members }: LocalGuild, roleId: string) =>
  `PUT /guilds/${guild.id}/members/${at(members, 0).id}/roles/${roleId}`;

function bearerWithout({ discord, application, members }: LocalGuild): string {
  const userId = at(members, 0).id;
  return discord.world.addAccessToken({ applicationId: application.id, userId, scopes: ['identify'] }).token;
}

function countEvents({ discord }: LocalGuild, wanted: string): () => number {
  let count = 0;
  discord.world.subscribe(({ type }) => {
    if (type === wanted) count += 1;
  });
  return () => count;
}

describe('what is uncertain is a setting', () => {
  it.each([
    { missingScope: '401', status: 401, code: 0 },
    { missingScope: '403_50026', status: 403, code: 50026 },
  ] as const)('a missing scope answers $status', async ({ missingScope, status, code }) => {
    const local = await startGuild({ settings: { missingScope } });
    const bearer = bearerWithout(local);
    expect(await ask(local, 'GET /users/@me/guilds', { bearer })).toMatchObject({ status, body: { code } });
    expect((await ask(local, 'GET /users/@me', { bearer })).status).toBe(200);
  });

  it.each([50013, 50028] as const)('a managed role is refused with %d', async (managedRoleCode) => {
    const local = await startGuild({ settings: { managedRoleCode } });
    const role = local.discord.world.addRole(local.guild.id, { managed: true });
    expect(await ask(local, roleLine(local, role.id))).toMatchObject({ body: { code: managedRoleCode } });
  });

  it.each([
    { noopRoleWrites: 'silent', events: 1 },
    { noopRoleWrites: 'event', events: 2 },
  ] as const)('giving a role twice makes $events events', async ({ noopRoleWrites, events }) => {
    const local = await startGuild({ settings: { noopRoleWrites } });
    const counted = countEvents(local, 'GUILD_MEMBER_UPDATE');
    for (let index = 0; index < 2; index += 1) await ask(local, roleLine(local, at(local.roles, 0).id));
    expect(counted()).toBe(events);
  });

  it.each([
    { memberUpdatesOnRoleDelete: false, events: 0 },
    { memberUpdatesOnRoleDelete: true, events: 1 },
  ])('a deleted role makes $events member updates', async ({ memberUpdatesOnRoleDelete, events }) => {
    const local = await startGuild({ settings: { memberUpdatesOnRoleDelete } });
    const { world } = local.discord;
    const role = at(local.roles, 0).id;
    world.giveRole(local.guild.id, at(local.members, 0).id, role);
    const counted = countEvents(local, 'GUILD_MEMBER_UPDATE');
    world.deleteRole(local.guild.id, role);
    expect(counted()).toBe(events);
  });

  it.each([400, 403] as const)('a banned user who wants to join is refused with %d', async (bannedJoinStatus) => {
    const local = await startGuild({ settings: { bannedJoinStatus } });
    const { world } = local.discord;
    const userId = world.addUser().id;
    const { token } = world.addAccessToken({ applicationId: local.application.id, userId, scopes: ['guilds.join'] });
    world.ban(local.guild.id, userId);
    const answer = await ask(local, `PUT /guilds/${local.guild.id}/members/${userId}`, {
      body: { access_token: token },
    });
    expect(answer).toMatchObject({ status: bannedJoinStatus, body: { code: 40007 } });
  });

  it.each([
    { everyoneCountsAsRole: true, roles: 250 },
    { everyoneCountsAsRole: false, roles: 251 },
  ])('a guild holds $roles roles, @everyone among them', async ({ everyoneCountsAsRole, roles }) => {
    const local = await startGuild({ settings: { everyoneCountsAsRole } });
    while (local.guild.roles.size < roles - 1) local.discord.world.addRole(local.guild.id);
    const create = () => ask(local, `POST /guilds/${local.guild.id}/roles`, { body: {} });
    expect((await create()).status).toBe(200);
    expect(await create()).toMatchObject({ status: 400, body: { code: 30005 } });
  });

  it('any User-Agent passes where it is not strict, none never', async () => {
    const local = await startGuild({ settings: { userAgent: 'present' } });
    expect((await ask(local, 'GET /users/@me', { headers: { 'User-Agent': 'curl' } })).status).toBe(200);
    expect((await ask(local, 'GET /users/@me', { headers: { 'User-Agent': '' } })).status).toBe(403);
  });

  it('the version of the API may be left out', async () => {
    const local = await startGuild();
    const headers = { 'User-Agent': 'DiscordBot (https://rolewright.example, 1)', Authorization: `Bot ${local.token}` };
    expect((await fetch(`${local.discord.apiUrl}/users/@me`, { headers })).status).toBe(200);
  });
});

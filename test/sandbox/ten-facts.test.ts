import { REST } from '@discordjs/rest';
import { Routes, type Client, type GuildMember } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { ask, at, connect, startGuild, until, type LocalGuild } from '../support/local-discord.ts';

const memberRole = '/guilds/:guild_id/members/:user_id/roles/:role_id';
const member = '/guilds/:guild_id/members/:user_id';

function guildOf(client: Client, { guild }: LocalGuild) {
  const found = client.guilds.cache.get(guild.id);
  if (!found) throw new Error('the guild is not cached');
  return found;
}

async function firstMember(client: Client, local: LocalGuild): Promise<GuildMember> {
  return guildOf(client, local).members.fetch(at(local.members, 0).id);
}

function restOf({ discord, token }: LocalGuild): REST {
  return new REST({ api: discord.apiUrl, offset: 5 }).setToken(token);
}

function roleRoute({ guild }: LocalGuild, userId: string, roleId: string) {
  return Routes.guildMemberRole(guild.id, userId, roleId);
}

describe('what discord.js meets on the wire', () => {
  it('1. gets a 204 without a content type', async () => {
    const local = await startGuild();
    const path = roleRoute(local, at(local.members, 0).id, at(local.roles, 0).id);
    const answer = await ask(local, `PUT ${path}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([204, null]);
    await expect(restOf(local).delete(path)).resolves.toBeDefined();
  });

  it('2. sees the guild as available', async () => {
    const local = await startGuild();
    const client = await connect(local);
    expect(guildOf(client, local).available).toBe(true);
    expect(guildOf(client, local).members.me?.id).toBe(local.application.botId);
  });

  it('3. has ids of 17 to 19 digits, so that one bucket serves every member of a guild', async () => {
    const local = await startGuild({ settings: { latencyMs: 5, timeScale: 0.01 } });
    const rest = restOf(local);
    const role = at(local.roles, 0).id;
    await rest.put(roleRoute(local, at(local.members, 0).id, role));
    await Promise.all(local.members.map(({ id }) => rest.put(roleRoute(local, id, role))));
    const ids = [local.guild.id, role, ...local.members.map(({ id }) => id)];
    expect(ids.every((id) => /^\d{17,19}$/.test(id))).toBe(true);
    expect([...new Set(local.discord.requests.filter({ method: 'PUT' }).map(({ route }) => route))]).toEqual([
      memberRole,
    ]);
  });

  it('4. finds Retry-After and X-RateLimit-Reset-After on a 429, and waits', async () => {
    const local = await startGuild();
    local.discord.faults.rest({
      method: 'PUT',
      times: 1,
      fault: { kind: 'rate_limit', scope: 'user', retryAfterMs: 60 },
    });
    await restOf(local).put(roleRoute(local, at(local.members, 0).id, at(local.roles, 0).id));
    const [first, second] = local.discord.requests.filter({ method: 'PUT' });
    expect([first?.status, second?.status]).toEqual([429, 204]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(59);
  });

  it('5. sends one request at a time within a bucket', async () => {
    const local = await startGuild({ settings: { latencyMs: 20, timeScale: 0.01 } });
    const rest = restOf(local);
    const role = at(local.roles, 0).id;
    await rest.put(roleRoute(local, at(local.members, 0).id, role));
    const before = local.discord.requests.all.length;
    await Promise.all(local.members.map(({ id }) => rest.put(roleRoute(local, id, role))));
    const times = local.discord.requests.all.slice(before).map((request) => request.at);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(18);
  });

  it('6. loses its token by a single 401', async () => {
    const local = await startGuild();
    const rest = restOf(local);
    const old = local.token;
    local.discord.world.revokeBotToken(local.application.id);
    await expect(rest.get(Routes.user())).rejects.toMatchObject({ status: 401 });
    local.application.botToken = old;
    await expect(rest.get(Routes.user())).rejects.toThrow(/token/i);
  });

  it('7. sends @everyone in a PATCH of roles, which is ignored; its cache waits for the event', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const someone = await firstMember(client, local);
    local.discord.faults.events({ type: 'GUILD_MEMBER_UPDATE', times: 1, fault: { kind: 'delay', ms: 150 } });
    await someone.roles.add(local.roles.slice(0, 2).map(({ id }) => id));
    const patch = local.discord.requests.all.find(({ method, route }) => method === 'PATCH' && route === member);
    expect(patch?.body).toMatchObject({ roles: expect.arrayContaining([local.guild.id]) });
    expect(patch?.status).toBe(200);
    expect(local.guild.members.get(someone.id)?.roles.size).toBe(2);
    expect(someone.roles.cache.size).toBe(1);
    await until(() => someone.roles.cache.size === 3);
  });

  it('8. has ten role writes per window and guild, PUT and DELETE together; PATCH has its own ten', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    const path = roleRoute(local, at(local.members, 0).id, at(local.roles, 0).id);
    const statuses = [];
    for (let index = 0; index < 11; index += 1) {
      statuses.push((await ask(local, `${index % 2 === 0 ? 'PUT' : 'DELETE'} ${path}`)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 204), 429]);
    const patch = await ask(local, `PATCH ${Routes.guildMember(local.guild.id, at(local.members, 0).id)}`, {
      body: {},
    });
    expect([patch.status, patch.headers.get('x-ratelimit-remaining')]).toEqual([200, '9']);
  });

  it('9. forgets the members of a guild when it identifies anew, and only shardReady says so', async () => {
    const local = await startGuild();
    const client = await connect(local);
    await guildOf(client, local).members.fetch();
    const seen: string[] = [];
    client.on('clientReady', () => seen.push('clientReady'));
    client.on('shardReady', () => seen.push('shardReady'));
    expect(guildOf(client, local).members.cache.size).toBe(5);
    local.discord.gateway.invalidate();
    await until(() => seen.includes('shardReady'), 15_000);
    expect(guildOf(client, local).members.cache.size).toBe(1);
    expect(seen).not.toContain('clientReady');
  });

  it('10. may lose one of two writes to a member that are in flight together', async () => {
    const local = await startGuild({ settings: { latencyMs: 30, timeScale: 0.01 } });
    local.discord.faults.loseConcurrentWrites(true);
    const someone = at(local.members, 0).id;
    const [first, second] = local.roles;
    const answers = await Promise.all([
      ask(local, `PUT ${roleRoute(local, someone, first?.id ?? '')}`),
      ask(local, `PUT ${roleRoute(local, someone, second?.id ?? '')}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(local.guild.members.get(someone)?.roles.size).toBe(1);
  });
});

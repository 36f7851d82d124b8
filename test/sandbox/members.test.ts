import { Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedMembers } from '../../sandbox/seed.ts';
import { compareSnowflakes } from '../../sandbox/snowflakes.ts';
import { ask, at, connect, startGuild, until } from '../support/local-discord.ts';

const page = z.array(z.object({ user: z.object({ id: z.string() }), roles: z.array(z.string()) }));

describe('the members of a guild', () => {
  it('come one at a time unless a limit is given, ordered by id', async () => {
    const local = await startGuild();
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/members`);
    expect(page.parse(body)).toHaveLength(1);
  });

  it('come in pages that hold everybody exactly once, ids of 17 and of 19 digits alike', async () => {
    const local = await startGuild();
    seedMembers(local.discord.world, local.guild.id, 2_500, [at(local.roles, 0).id]);
    const seen: string[] = [];
    for (let after = '0'; ; after = seen.at(-1) ?? '') {
      const { body } = await ask(local, `GET /guilds/${local.guild.id}/members?limit=1000&after=${after}`);
      const ids = page.parse(body).map(({ user }) => user.id);
      seen.push(...ids);
      if (ids.length < 1000) break;
    }
    expect(new Set(seen).size).toBe(local.guild.members.size);
    expect(seen).toEqual(seen.toSorted(compareSnowflakes));
    expect(new Set(seen.map(({ length }) => length))).toEqual(new Set([17, 18, 19]));
  });

  it('stay in order while people come and go', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    await ask(local, `GET /guilds/${local.guild.id}/members?limit=1000`);
    const [ada, ben] = local.members;
    world.leave(local.guild.id, ada?.id ?? '');
    world.join(local.guild.id, world.addUser({ id: '81384788765712384' }).id);
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/members?limit=1000`);
    const ids = page.parse(body).map(({ user }) => user.id);
    expect(ids[0]).toBe('81384788765712384');
    expect(ids).toContain(ben?.id);
    expect(ids).not.toContain(ada?.id);
  });

  it('are found by the beginning of their name or nick', async () => {
    const local = await startGuild();
    local.discord.world.editMember(local.guild.id, at(local.members, 1).id, { nick: 'Admiral' });
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/members/search?query=ad&limit=10`);
    expect(page.parse(body).map(({ user }) => user.id)).toEqual([at(local.members, 0).id, at(local.members, 1).id]);
  });

  it('come in chunks of 1000 over the gateway, the whole list once in 30 s', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    seedMembers(local.discord.world, local.guild.id, 2_500);
    const client = await connect(local);
    const guild = await client.guilds.fetch(local.guild.id);
    const chunks: number[] = [];
    client.on('guildMembersChunk', (_members, _guild, { count, index }) => chunks.push(index, count));
    expect((await guild.members.fetch()).size).toBe(local.guild.members.size);
    expect(chunks).toEqual([0, 3, 1, 3, 2, 3]);
    await expect(guild.members.fetch()).rejects.toMatchObject({ name: 'GatewayRateLimitError' });
    const ada = at(local.members, 0).id;
    expect((await guild.members.fetch({ user: [ada] })).has(ada)).toBe(true);
    expect((await guild.members.fetch({ query: 'be', limit: 5 })).map(({ id }) => id)).toEqual([
      at(local.members, 1).id,
    ]);
  });

  it('are pending until they completed the screening', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const { world } = local.discord;
    const seen: unknown[] = [];
    client.on('guildMemberAdd', ({ pending }) => seen.push(['add', pending]));
    client.on('guildMemberUpdate', (_before, { pending }) => seen.push(['update', pending]));
    const user = world.addUser();
    world.join(local.guild.id, user.id, { pending: true });
    const path = Routes.guildMemberRole(local.guild.id, user.id, at(local.roles, 0).id);
    expect((await ask(local, `PUT ${path}`)).status).toBe(204);
    expect(local.guild.members.get(user.id)?.pending).toBe(true);
    world.completeScreening(local.guild.id, user.id);
    await until(() => seen.length === 3);
    expect(seen).toEqual([
      ['add', true],
      ['update', true],
      ['update', false],
    ]);
  });

  it('join by guilds.join: 201, then 204; pending where there is a screening; not when banned', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    world.editGuild(local.guild.id, { features: ['MEMBER_VERIFICATION_GATE_ENABLED'] });
    const user = world.addUser();
    const { token } = world.addAccessToken({
      applicationId: local.application.id,
      userId: user.id,
      scopes: ['identify', 'guilds.join'],
    });
    const line = `PUT /guilds/${local.guild.id}/members/${user.id}`;
    const body = { access_token: token, roles: [at(local.roles, 0).id] };
    const joined = await ask(local, line, { body });
    expect(joined).toMatchObject({ status: 201, body: { pending: true, roles: body.roles } });
    expect((await ask(local, line, { body })).status).toBe(204);
    world.ban(local.guild.id, user.id);
    expect(await ask(local, line, { body })).toMatchObject({ status: 403, body: { code: 40007 } });
  });

  it('lose a deleted role without a word of their own', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    const role = at(local.roles, 0).id;
    world.giveRole(local.guild.id, at(local.members, 0).id, role);
    const client = await connect(local);
    const seen: string[] = [];
    client.on('raw', ({ t }: { t: string }) => seen.push(t));
    expect((await ask(local, `DELETE /guilds/${local.guild.id}/roles/${role}`)).status).toBe(204);
    await until(() => seen.includes('GUILD_AUDIT_LOG_ENTRY_CREATE'));
    expect(seen).not.toContain('GUILD_MEMBER_UPDATE');
    expect(local.guild.members.get(at(local.members, 0).id)?.roles.size).toBe(0);
  });

  it('are counted per role, @everyone left out', async () => {
    const local = await startGuild();
    const [captain, pilot] = local.roles;
    local.discord.world.giveRole(local.guild.id, at(local.members, 0).id, captain?.id ?? '');
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/roles/member-counts`);
    expect(body).toMatchObject({ [captain?.id ?? '']: 1, [pilot?.id ?? '']: 0 });
    expect(body).not.toHaveProperty(local.guild.id);
  });
});

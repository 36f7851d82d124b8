import { describe, expect, it, onTestFinished } from 'vitest';
import { createGuildReader } from '../../src/discord/guild-reader.ts';
import { createRest } from '../../src/discord/rest.ts';
import { createRoleWriter } from '../../src/discord/role-writer.ts';
import { seedMembers } from '../../sandbox/seed.ts';
import { at, startGuild, type LocalGuild } from '../support/local-discord.ts';

const retry = { retries: 3, baseMs: 1 };

function edgesOf(local: LocalGuild) {
  const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const reader = createGuildReader({ rest, client: () => null, retry, signal: stopping.signal });
  return { rest, writer: createRoleWriter(rest), reader };
}

describe('writing roles', () => {
  it('gives and takes one role, and replaces the set, with the reason in the audit log', async () => {
    const local = await startGuild();
    const { writer } = edgesOf(local);
    const member = at(local.members, 0).id;
    const [first, second] = [at(local.roles, 1).id, at(local.roles, 2).id];
    const rolesNow = () => [...(local.guild.members.get(member)?.roles ?? [])].sort();

    expect(await writer.addRole(local.guild.id, member, first, 'wegen «é»')).toEqual({ outcome: 'applied' });
    expect(rolesNow()).toEqual([first]);
    const edit = { roleIds: [first, second], nick: '[WH] Bob' };
    expect(await writer.editMember(local.guild.id, member, edit, 'two')).toEqual({ outcome: 'applied' });
    expect(local.guild.members.get(member)?.nick).toBe('[WH] Bob');
    expect(rolesNow()).toEqual([first, second].sort());
    expect(await writer.removeRole(local.guild.id, member, first, 'out')).toEqual({ outcome: 'applied' });
    expect(rolesNow()).toEqual([second]);
    expect(local.discord.requests.writes().map(({ reason }) => reason)).toEqual(['wegen «é»', 'two', 'out']);
  });

  it('tells apart the member who left, the role and the guild that are gone, and what it may not do', async () => {
    const local = await startGuild();
    const { writer } = edgesOf(local);
    const { guild, botRole, discord } = local;
    const member = at(local.members, 0).id;
    const stranger = discord.world.addUser({ username: 'stranger' }).id;
    const role = at(local.roles, 0).id;
    expect(await writer.addRole(guild.id, stranger, role, 'x')).toMatchObject({ outcome: 'member_left' });
    expect(await writer.addRole(guild.id, member, '999999999999999999', 'x')).toMatchObject({ outcome: 'role_gone' });
    expect(await writer.addRole(guild.id, member, botRole.id, 'x')).toMatchObject({ outcome: 'forbidden' });
    expect(await writer.addRole('999999999999999998', member, role, 'x')).toMatchObject({ outcome: 'guild_gone' });
    expect(discord.requests.writes()).toHaveLength(4);
  });

  it.each([
    { name: 'a 500', fault: { kind: 'status', status: 500 } },
    { name: 'a dropped socket', fault: { kind: 'drop', when: 'before' } },
  ] as const)('calls $name passing, and does not repeat it by itself', async ({ fault }) => {
    const local = await startGuild();
    const { writer } = edgesOf(local);
    local.discord.faults.rest({ method: 'PUT', times: 1, fault });
    const answer = await writer.addRole(local.guild.id, at(local.members, 0).id, at(local.roles, 0).id, 'x');
    expect(answer).toMatchObject({ outcome: 'failed', isPassing: true });
    expect(local.discord.requests.writes()).toHaveLength(1);
  });

  it('gets over one 401, gives a revoked token up after three, and says so', async () => {
    const local = await startGuild();
    const { writer, rest } = edgesOf(local);
    const give = () => writer.addRole(local.guild.id, at(local.members, 0).id, at(local.roles, 0).id, 'x');
    local.discord.faults.rest({ method: 'PUT', times: 1, fault: { kind: 'status', status: 401 } });
    expect(await give()).toMatchObject({ outcome: 'unauthorized' });
    expect(await give()).toEqual({ outcome: 'applied' });
    expect(rest.problem()).toBeNull();

    local.discord.faults.rest({ method: 'GET', times: 4, fault: { kind: 'status', status: 401 } });
    const member = at(local.members, 0).id;
    const reads = Array.from({ length: 4 }, async () => rest.get(`/guilds/${local.guild.id}/members/${member}`));
    await Promise.allSettled(reads);
    expect(await give()).toEqual({ outcome: 'applied' });

    local.discord.world.revokeBotToken(local.application.id);
    for (let time = 0; time < 5; time += 1) expect(await give()).toMatchObject({ outcome: 'unauthorized' });
    expect(local.discord.requests.writes().filter(({ status }) => status === 401)).toHaveLength(4);
    expect(rest.problem()).toContain('DISCORD_BOT_TOKEN');
  });
});

describe('reading members', () => {
  it('lists them all in pages of 1000, and reads on through passing failures', async () => {
    const local = await startGuild();
    const { reader } = edgesOf(local);
    seedMembers(local.discord.world, local.guild.id, 2500);
    local.discord.faults.rest({ method: 'GET', after: 1, times: 1, fault: { kind: 'status', status: 502 } });
    const pages: string[][] = [];
    for await (const page of reader.listMembers(local.guild.id)) pages.push(page.map(({ discordId }) => discordId));
    expect(pages.map((page) => page.length)).toEqual([1000, 1000, local.guild.members.size - 2000]);
    expect(new Set(pages.flat()).size).toBe(local.guild.members.size);
  });

  it('reads one member; null says that he is not there, an error that nobody knows', async () => {
    const local = await startGuild();
    const { reader } = edgesOf(local);
    const member = at(local.members, 0).id;
    expect(await reader.fetchMember(local.guild.id, member)).toMatchObject({ discordId: member, isBot: false });
    const stranger = local.discord.world.addUser({ username: 'stranger' }).id;
    expect(await reader.fetchMember(local.guild.id, stranger)).toBeNull();
    local.discord.faults.rest({ method: 'GET', fault: { kind: 'status', status: 500 } });
    await expect(reader.fetchMember(local.guild.id, member)).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(local.discord.requests.count({ status: 500 })).toBe(4);
  });
});

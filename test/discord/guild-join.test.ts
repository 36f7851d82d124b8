import { inspect } from 'node:util';
import { PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { createGuildJoiner, type JoinAnswer } from '../../src/discord/guild-join.ts';
import { createRest } from '../../src/discord/rest.ts';
import type { AccessAnswer } from '../../src/identity/token-refresh.ts';
import { seedGuild, type GuildPlan } from '../../sandbox/seed.ts';
import { at, startGuild } from '../support/local-discord.ts';

/** A guild, and Zoe outside of it, who allowed `guilds.join`. */
async function startJoining(plan: GuildPlan = {}) {
  const local = await startGuild({}, plan);
  const { world } = local.discord;
  const zoe = world.addUser({ username: 'zoe' });
  const { token } = world.addAccessToken({
    applicationId: local.application.id,
    userId: zoe.id,
    scopes: ['identify', 'guilds.join'],
  });
  const access: { answer: AccessAnswer } = { answer: { result: 'token', accessToken: token } };
  const asked: string[] = [];
  const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token });
  const joiner = createGuildJoiner({
    rest,
    async accessTokenOf(discordId, scope) {
      asked.push(`${scope} of ${discordId}`);
      return access.answer;
    },
  });
  const join = (wish: { roleIds?: readonly string[]; nick?: string | null } = {}, guildId = local.guild.id) =>
    joiner.join(guildId, zoe.id, { roleIds: [], nick: null, reason: 'Rolewright: join', ...wish });
  return { ...local, world, zoe, token, access, asked, join };
}

describe('bringing somebody in', () => {
  it('joins him with roles and nickname in one call, with its reason', async () => {
    const { world, join, zoe, guild, roles, discord, asked } = await startJoining();
    const roleIds = [at(roles, 1).id, at(roles, 2).id];
    const answer = await join({ roleIds, nick: '[WING] Zoe' });
    expect(answer).toMatchObject({ outcome: 'joined', member: { discordId: zoe.id, roleIds: new Set(roleIds) } });
    expect(world.guilds.get(guild.id)?.members.get(zoe.id)).toMatchObject({ nick: '[WING] Zoe' });
    expect(asked).toEqual([`guilds.join of ${zoe.id}`]);
    expect(discord.requests.writes()).toMatchObject([{ method: 'PUT', status: 201, reason: 'Rolewright: join' }]);
  });

  it('needs neither Manage Roles nor Manage Nicknames without roles and nickname', async () => {
    const { join } = await startJoining({ permissions: Bits.CreateInstantInvite });
    expect(await join()).toMatchObject({ outcome: 'joined' });
  });

  it('tells that he was in before, and changes nothing about him', async () => {
    const { join, guild, zoe, roles, world } = await startJoining();
    world.join(guild.id, zoe.id);
    expect(await join({ roleIds: [at(roles, 0).id] })).toEqual({ outcome: 'already_member' });
    expect([...(guild.members.get(zoe.id)?.roles ?? [])]).toEqual([]);
  });
});

type World = Awaited<ReturnType<typeof startJoining>>;

describe('somebody is not brought in', () => {
  it.each<{ outcome: JoinAnswer['outcome']; plan?: GuildPlan; spoil: (world: World) => unknown }>([
    { outcome: 'banned', spoil: ({ world, guild, zoe }) => world.ban(guild.id, zoe.id) },
    { outcome: 'token_refused', spoil: ({ world, token }) => world.accessTokens.delete(token) },
    {
      outcome: 'too_many_guilds',
      spoil: ({ world, zoe, owner }) => {
        for (let count = 0; count < 200; count += 1) world.join(world.addGuild({ ownerId: owner.id }).id, zoe.id);
      },
    },
    {
      outcome: 'forbidden',
      plan: { permissions: Bits.ManageRoles },
      spoil: ({ world, guild }) => world.editRole(guild.id, guild.id, { permissions: 0n }),
    },
    {
      outcome: 'guild_gone',
      spoil: ({ world, guild, application }) => world.removeBot(guild.id, application),
    },
    { outcome: 'user_gone', spoil: ({ world, zoe }) => world.users.delete(zoe.id) },
  ])('$outcome', async ({ outcome, plan, spoil }) => {
    const world = await startJoining(plan);
    await spoil(world);
    const answer = await world.join();
    expect(answer).toMatchObject({ outcome, isPassing: false });
    expect(inspect(answer)).not.toContain(world.token);
  });

  it('role_gone and forbidden, for roles that are not there or stand too high', async () => {
    const { join, botRole } = await startJoining();
    expect(await join({ roleIds: ['999999999999999999'] })).toMatchObject({ outcome: 'role_gone' });
    expect(await join({ roleIds: [botRole.id] })).toMatchObject({ outcome: 'forbidden' });
  });

  it('guild_gone, for a guild that was deleted', async () => {
    const { join, world, application } = await startJoining();
    const { guild } = seedGuild(world, { application });
    world.deleteGuild(guild.id);
    expect(await join({}, guild.id)).toMatchObject({ outcome: 'guild_gone', isPassing: false });
  });

  it.each([
    { name: 'a 500', fault: { kind: 'status', status: 500 } },
    { name: 'a dropped socket', fault: { kind: 'drop', when: 'before' } },
  ] as const)('failed, and it may work in a moment, after $name', async ({ fault }) => {
    const { join, discord, token } = await startJoining();
    discord.faults.rest({ method: 'PUT', times: 1, fault });
    const answer = await join();
    expect(answer).toMatchObject({ outcome: 'failed', isPassing: true });
    expect(inspect(answer)).not.toContain(token);
    expect(await join()).toMatchObject({ outcome: 'joined' });
  });

  it.each(['not_linked', 'scope_missing', 'needs_relink'] as const)('%s, without asking Discord', async (result) => {
    const { join, access, discord } = await startJoining();
    access.answer = { result };
    expect(await join()).toMatchObject({ outcome: result, isPassing: false });
    expect(discord.requests.writes()).toEqual([]);
  });

  it('failed, and it may work in a moment, when there is no token just now', async () => {
    const { join, access } = await startJoining();
    access.answer = { result: 'unavailable' };
    expect(await join()).toMatchObject({ outcome: 'failed', isPassing: true });
  });
});

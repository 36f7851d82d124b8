import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { createAccess, type OAuthGuild } from '../../src/identity/access.ts';
import type { Caller } from '../../src/identity/callers.ts';
import { createReadAllowance, LOOKS_A_MINUTE } from '../../src/sync/read-allowance.ts';
import { createFakeDiscord, GUILD_ID } from '../support/fake-discord.ts';

const ELSEWHERE = '400000000000000000';

function caller(...discordIds: string[]): Caller {
  const actor = discordIds[0] ?? 'account';
  return { accountId: 'account', discordIds, actor, isOperator: false, isHostOperator: false, session: null };
}

/** A guild with a role that may manage it; `lists` is what Discord tells of whom. */
function createWorld(lists: Record<string, OAuthGuild[]> = {}) {
  const discord = createFakeDiscord();
  discord.withRole('manager', { permissions: PERMISSIONS.manageGuild });
  discord.withRole('chief', { permissions: PERMISSIONS.administrator });
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const asked: string[] = [];
  const access = createAccess({
    guilds: discord,
    isBotIn: async (guildId) => guildId === GUILD_ID,
    oauthGuildsOf: async (discordId) => {
      asked.push(discordId);
      return lists[discordId] ?? null;
    },
    allowance: createReadAllowance(LOOKS_A_MINUTE, { now: () => clock.now }),
    now: () => clock.now,
  });
  const pass = (seconds: number) => void (clock.now = new Date(clock.now.getTime() + seconds * 1000));
  return { discord, access, asked, pass };
}

function listed(id: string, permissions: bigint, isOwner = false): OAuthGuild {
  return { id, name: `Guild ${id}`, isOwner, permissions };
}

describe('who administers a guild that the bot is in', () => {
  it.each([
    { name: 'whoever may manage it', roles: ['manager'], is: true },
    { name: 'an administrator', roles: ['chief'], is: true },
    { name: 'nobody else', roles: ['pilot'], is: false },
  ])('is $name', async ({ roles, is }) => {
    const { discord, access } = createWorld();
    discord.withRole('pilot');
    discord.withMember('2', roles);
    expect((await access.findGuildAdmin(caller('2'), GUILD_ID)) !== null).toBe(is);
  });

  it('is its owner, whatever his roles', async () => {
    const { discord, access } = createWorld();
    discord.withMember('1');
    expect(await access.guildAdmin(caller('1'), GUILD_ID)).toEqual({ discordId: '1', roleIds: [] });
  });

  it('is nobody who has left, and no bot', async () => {
    const { discord, access } = createWorld();
    discord.withMember('3', ['chief'], { isBot: true });
    await expect(access.guildAdmin(caller('2'), GUILD_ID)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(access.guildAdmin(caller('3'), GUILD_ID)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is not believed of what Discord told of him elsewhere', async () => {
    const { discord, access, asked } = createWorld({ '2': [listed(GUILD_ID, PERMISSIONS.administrator, true)] });
    discord.withMember('2');
    expect(await access.findGuildAdmin(caller('2'), GUILD_ID)).toBeNull();
    expect(asked).toEqual([]);
  });

  it('is not any more, 5 seconds after he lost the right', async () => {
    const { discord, access, pass } = createWorld();
    discord.withMember('2', ['manager']);
    await access.guildAdmin(caller('2'), GUILD_ID);
    discord.edit('2', { remove: ['manager'] });
    pass(5);
    await expect(access.guildAdmin(caller('2'), GUILD_ID)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is not told by an old list while Discord keeps the guild unavailable', async () => {
    const { discord, access } = createWorld({ '2': [listed(GUILD_ID, PERMISSIONS.administrator, true)] });
    discord.isAvailable = false;
    await expect(access.guildAdmin(caller('2'), GUILD_ID)).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(await access.adminGuilds(caller('2'))).toEqual([]);
  });

  it('is asked of Discord once, however many ask within a moment', async () => {
    const { discord, access } = createWorld();
    discord.withMember('2', ['manager']);
    await Promise.all(Array.from({ length: 50 }, () => access.guildAdmin(caller('2'), GUILD_ID)));
    expect(discord.looks).toBe(1);
  });

  it('costs no request where the gateway tells it: of the owner', async () => {
    const { discord, access } = createWorld();
    discord.withMember('1', ['chief']);
    await access.guildAdmin(caller('1'), GUILD_ID);
    expect(discord.looks).toBe(0);
  });

  it('is not asked again for a while of who is none, though he asks all day', async () => {
    const { discord, access, pass } = createWorld();
    discord.withMember('3');
    for (const who of ['2', '3']) {
      for (let second = 0; second < 19; second += 1) {
        expect(await access.findGuildAdmin(caller(who), GUILD_ID)).toBeNull();
        pass(1);
      }
    }
    expect(discord.looks).toBe(2);
  });

  it('is whoever was made one half a minute ago, and at once if his role was', async () => {
    const { discord, access, pass } = createWorld();
    discord.withRole('pilot');
    discord.withMember('2', ['pilot']);
    expect(await access.findGuildAdmin(caller('2'), GUILD_ID)).toBeNull();
    discord.edit('2', { add: ['manager'] });
    pass(30);
    expect(await access.findGuildAdmin(caller('2'), GUILD_ID)).not.toBeNull();
    discord.edit('2', { remove: ['manager'] });
    pass(3);
    expect(await access.findGuildAdmin(caller('2'), GUILD_ID)).toBeNull();
    pass(4);
    discord.withRole('pilot', { permissions: PERMISSIONS.manageGuild });
    expect(await access.findGuildAdmin(caller('2'), GUILD_ID)).not.toBeNull();
  });

  it('is asked of Discord a limited number of times a minute for one account, operators excepted', async () => {
    const { discord, access, pass } = createWorld();
    discord.failReads = true;
    const asks = (who: Caller) => access.guildAdmin(who, GUILD_ID);
    const operator = { ...caller('2'), isOperator: true };
    for (let time = 0; time < LOOKS_A_MINUTE; time += 1) {
      await expect(asks(caller('2'))).rejects.toThrow('Discord does not answer');
      pass(0.1);
    }
    await expect(asks(caller('2'))).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 30 });
    await expect(asks(operator)).rejects.toThrow('Discord does not answer');
    await expect(asks({ ...caller('3'), accountId: 'other' })).rejects.toThrow('Discord does not answer');
    pass(30);
    await expect(asks(caller('2'))).rejects.toThrow('Discord does not answer');
  });

  it('is asked of Discord without end for who was an admin a moment ago, and counted once he is none', async () => {
    const { discord, access, pass } = createWorld();
    const discordIds = Array.from({ length: 20 }, (_, index) => `admin-${index}`);
    for (const id of discordIds) discord.withMember(id, ['manager']);
    const one = { ...caller('2'), discordIds };
    const looks = (LOOKS_A_MINUTE / discordIds.length) * 1.2;
    for (let time = 0; time < looks; time += 1) {
      expect(await access.findGuildAdmin(one, GUILD_ID)).not.toBeNull();
      pass(3);
    }
    for (const id of discordIds) discord.edit(id, { remove: ['manager'] });
    expect(await access.findGuildAdmin(one, GUILD_ID)).toBeNull();
  });

  it('is not known while Discord does not answer, and asked again then', async () => {
    const { discord, access } = createWorld();
    discord.withMember('2', ['manager']);
    discord.failReads = true;
    await expect(access.guildAdmin(caller('2'), GUILD_ID)).rejects.toThrow('Discord does not answer');
    discord.failReads = false;
    await expect(access.guildAdmin(caller('2'), GUILD_ID)).resolves.toMatchObject({ discordId: '2' });
  });

  it('of several Discord users of one account is the one who may give the most', async () => {
    const { discord, access } = createWorld();
    discord.withMember('2', ['manager']);
    discord.withMember('3', ['chief', 'manager']);
    expect(await access.guildAdmin(caller('2', '3'), GUILD_ID)).toMatchObject({ discordId: '3' });
    expect(await access.guildAdmin(caller('3', '2'), GUILD_ID)).toMatchObject({ discordId: '3' });
    discord.withMember('1');
    expect(await access.guildAdmin(caller('3', '1', '2'), GUILD_ID)).toMatchObject({ discordId: '1' });
    expect(await access.guildAdmin(caller('1', '3'), GUILD_ID)).toMatchObject({ discordId: '1' });
  });
});

describe('who administers a guild that the bot is not in', () => {
  it.each([
    { name: 'its owner', guild: listed(ELSEWHERE, 0n, true), is: true },
    { name: 'whoever may manage it', guild: listed(ELSEWHERE, PERMISSIONS.manageGuild), is: true },
    { name: 'nobody else', guild: listed(ELSEWHERE, PERMISSIONS.manageRoles), is: false },
  ])('is $name, by what Discord tells of him', async ({ guild, is }) => {
    const { access } = createWorld({ '2': [guild] });
    expect((await access.findGuildAdmin(caller('2'), ELSEWHERE)) !== null).toBe(is);
  });

  it('is asked again after five minutes', async () => {
    const lists = { '2': [listed(ELSEWHERE, PERMISSIONS.manageGuild)] };
    const { access, pass } = createWorld(lists);
    await access.guildAdmin(caller('2'), ELSEWHERE);
    lists['2'] = [];
    pass(300);
    await expect(access.guildAdmin(caller('2'), ELSEWHERE)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('the guilds that somebody administers', () => {
  it('are told by name, with whether the bot is there', async () => {
    const { discord, access } = createWorld({
      '2': [listed(GUILD_ID, 0n), listed(ELSEWHERE, PERMISSIONS.manageGuild), listed('500000000000000000', 0n)],
    });
    discord.withMember('2', ['manager']);
    expect(await access.adminGuilds(caller('2'))).toEqual([
      { id: GUILD_ID, name: `Guild ${GUILD_ID}`, isBotInstalled: true },
      { id: ELSEWHERE, name: `Guild ${ELSEWHERE}`, isBotInstalled: false },
    ]);
  });

  it('are those where the bot is when Discord does not tell his list', async () => {
    const { discord, access } = createWorld();
    discord.withMember('2', ['manager']);
    expect(await access.adminGuilds(caller('2'))).toEqual([{ id: GUILD_ID, name: 'Guild', isBotInstalled: true }]);
    expect(await access.adminGuilds(caller('3'))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { authorizationsOf } from '../../sandbox/oauth/authorizations.ts';
import { seedGuild } from '../../sandbox/seed.ts';
import { LOOKS_A_MINUTE, ORDERED_READS_A_MINUTE } from '../../src/sync/read-allowance.ts';
import { codeOf, startApi } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';

/** A bot in so many guilds, and somebody who is logged in and a member of none of them. */
async function startWithStranger(guilds: number) {
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const api = await startApi({ now: () => clock.now });
  const { discord, application } = api.local;
  for (let index = 1; index < guilds; index += 1) seedGuild(discord.world, { application, name: `Guild ${index}` });
  await until(() => api.bot.log.filter((line) => line.includes('guild looked at')).length === guilds, 10_000);
  const { id } = discord.world.addUser({ username: 'stranger' });
  const stranger = await api.login(id);
  discord.requests.clear();
  return {
    ...api,
    stranger,
    discordId: id,
    takeConsentBack: () => authorizationsOf(discord.world).revoke(application.id, id),
    pass: (seconds: number) => void (clock.now = new Date(clock.now.getTime() + seconds * 1000)),
    guildIds: api.bot.app.guilds.guildIds(),
    /** How often Discord was asked whether he is a member. */
    looks: () => discord.requests.count({ route: '/guilds/:guild_id/members/:user_id', method: 'GET' }),
  };
}

describe('a stranger who asks for guilds', () => {
  it('makes the bot look for him once in each, though his own list does not work', async () => {
    const { send, stranger, takeConsentBack, pass, looks } = await startWithStranger(12);
    takeConsentBack();
    for (let second = 0; second < 19; second += 3) {
      expect((await send('GET /api/guilds', { as: stranger })).body).toMatchObject({ guilds: [] });
      pass(3);
    }
    expect(looks()).toBe(12);
  });

  it('has used up his share of the requests to Discord after so many, and others have not', async () => {
    const { send, stranger, pass, looks, guildIds, login, ownerId, guildId } = await startWithStranger(101);
    const answers = [];
    for (let time = 0; time < 3; time += 1) {
      for (const id of guildIds) answers.push(await send(`GET /api/guilds/${id}/roles`, { as: stranger }));
      pass(20);
    }
    expect(looks()).toBe(LOOKS_A_MINUTE);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(LOOKS_A_MINUTE);
    const refused = at(answers, answers.length - 1);
    expect(codeOf(refused)).toBe('rate_limited');
    expect(refused.headers.get('retry-after')).toBe('20');
    expect((await send(`GET /api/guilds/${guildId}/roles`, { as: await login(ownerId) })).status).toBe(200);
  });
});

describe('a stranger who asks about himself', () => {
  it('makes the bot look for him so many times a minute at most', async () => {
    const { send, stranger, pass, looks, guildId, discordId } = await startWithStranger(1);
    const path = `GET /api/discord/guilds/${guildId}/explain?discord_id=${discordId}&role_id=${guildId}`;
    for (let time = 0; time < ORDERED_READS_A_MINUTE; time += 1) {
      expect(codeOf(await send(path, { as: stranger }))).toBe('member_not_found');
    }
    expect(codeOf(await send(path, { as: stranger }))).toBe('rate_limited');
    expect(looks()).toBe(ORDERED_READS_A_MINUTE);
    pass(60);
    expect(codeOf(await send(path, { as: stranger }))).toBe('member_not_found');
  });

  it('counts once for each guild in which he is to be synced', async () => {
    const { send, stranger, guildIds, bot, discordId } = await startWithStranger(30);
    const accountId = (await bot.app.links.find(discordId))?.accountId ?? '';
    const sync = () => send(`POST /api/discord/sync/user/${accountId}`, { as: stranger });
    for (let time = 0; time * guildIds.length < ORDERED_READS_A_MINUTE; time += 1)
      expect((await sync()).status).toBe(200);
    expect(codeOf(await sync())).toBe('rate_limited');
  });
});

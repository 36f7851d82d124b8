import { describe, expect, it, onTestFinished } from 'vitest';
import { createGuildBots } from '../../src/discord/guild-bots.ts';
import { createGuildReader } from '../../src/discord/guild-reader.ts';
import { BAD_GUILD_TOKEN, createRest } from '../../src/discord/rest.ts';
import { createRoleWriter } from '../../src/discord/role-writer.ts';
import { botPermissions, seedGuild } from '../../sandbox/seed.ts';
import { at, connect, startGuild, tokenOf } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';

const retry = { retries: 1, baseMs: 1 };

/** A guild where the operator's bot is, and a second bot with its own application. */
async function start({ portalIntents = {} }: { portalIntents?: { guildMembers?: boolean } } = {}) {
  const local = await startGuild({ rateLimits: false });
  const { world } = local.discord;
  const theirs = world.addApplication({ name: 'Theirs', portalIntents });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const restOf = (botToken: string) =>
    createRest({ apiUrl: local.discord.apiUrl, botToken }, { badToken: BAD_GUILD_TOKEN });
  const main = restOf(local.token);
  const logged = captureLog();
  const parts = { main, restOf, log: logged.log, retry, signal: stopping.signal };
  const bots = createGuildBots(parts);
  const member = at(local.members, 0).id;
  const role = at(local.roles, 1).id;
  const join = () => world.addBot(local.guild.id, theirs, botPermissions, { position: 10 });
  const own = { token: tokenOf(theirs), userId: theirs.botId };
  const actors = () => local.discord.requests.all.map(({ actor }) => actor);
  return { local, world, theirs, parts, bots, main, member, role, join, own, actors, logged, guildId: local.guild.id };
}

describe('the token of a guild’s own bot', () => {
  it('is good when its bot is in the guild', async () => {
    const { bots, guildId, own, join } = await start();
    await expect(bots.check(guildId, own.token)).rejects.toMatchObject({ code: 'bot_token_refused' });
    join();
    expect(await bots.check(guildId, own.token)).toEqual({ userId: own.userId });
  });

  it.each(['', 'short', 'a'.repeat(201), 'with a space in the middle of it', 'line\r\nbreak-in-the-middle-of-it'])(
    'is not asked about when it cannot be one: %j',
    async (token) => {
      const { bots, guildId, local } = await start();
      await expect(bots.check(guildId, token)).rejects.toMatchObject({ code: 'bot_token_refused' });
      expect(local.discord.requests.all).toEqual([]);
    },
  );

  it('is not that of the operator’s bot, whichever of its tokens it is', async () => {
    const { bots, guildId, local, parts, own, join } = await start();
    join();
    const { restOf } = parts;
    const ours = { code: 'bot_token_refused', message: expect.stringContaining('Rolewright itself') };
    await expect(bots.check(guildId, local.token)).rejects.toMatchObject(ours);
    const asThem = createGuildBots({ ...parts, main: restOf(own.token) });
    await expect(asThem.check(guildId, own.token)).rejects.toMatchObject(ours);
    await expect(asThem.check(guildId, local.token)).resolves.toEqual({ userId: local.application.botId });
  });

  it('is refused when Discord does not know it', async () => {
    const { bots, guildId, main } = await start();
    const unknown = 'MTAwMDAwMDAwMDAwMDAwMDAw.Gabcde.abcdefghijklmnopqrstuvwxyz';
    await expect(bots.check(guildId, unknown)).rejects.toMatchObject({ code: 'bot_token_refused' });
    await expect(main.get(`/guilds/${guildId}`)).resolves.toMatchObject({ id: guildId });
  });

  it('is refused when its bot may not list the members', async () => {
    const { bots, guildId, own, join } = await start({ portalIntents: { guildMembers: false } });
    join();
    await expect(bots.check(guildId, own.token)).rejects.toMatchObject({
      code: 'bot_token_refused',
      message: expect.stringContaining('Server Members intent'),
    });
  });

  it('is neither good nor bad while Discord does not answer', async () => {
    const { bots, guildId, own, join, local } = await start();
    join();
    local.discord.faults.rest({ method: 'GET', times: 9, fault: { kind: 'status', status: 503 } });
    await expect(bots.check(guildId, own.token)).rejects.toMatchObject({ code: 'discord_unavailable' });
  });
});

describe('a guild’s own bot', () => {
  it('does that guild’s work; the others’, and who joins, stay with the operator’s', async () => {
    const { bots, guildId, own, join, local, theirs, member, role, actors } = await start();
    join();
    const other = seedGuild(local.discord.world, { application: local.application });
    bots.use(guildId, own);
    const writer = createRoleWriter(bots.rest);
    expect(await writer.addRole(guildId, member, role, 'x')).toEqual({ outcome: 'applied' });
    expect(await writer.editMember(guildId, member, { nick: 'Bob' }, 'x')).toEqual({ outcome: 'applied' });
    const [stranger, theirRole] = [at(other.members, 0).id, at(other.roles, 0).id];
    expect(await writer.addRole(other.guild.id, stranger, theirRole, 'x')).toEqual({ outcome: 'applied' });
    await bots.rest.post(`/channels/${local.channel.id}/messages`, { body: { content: 'hi' } });
    await bots.rest.put(`/guilds/${guildId}/members/${stranger}`, { body: { access_token: 'x' } }).catch(() => null);
    const [ours, its] = [`bot:${local.application.id}`, `bot:${theirs.id}`];
    expect(actors()).toEqual([its, its, ours, ours, ours]);

    bots.use(guildId, null);
    await writer.removeRole(guildId, member, role, 'x');
    expect(actors().at(-1)).toBe(ours);
  });

  it('is refused for itself: nobody else’s work stops', async () => {
    const { bots, guildId, own, join, local, theirs, world, member, role, actors } = await start();
    join();
    bots.use(guildId, own);
    world.revokeBotToken(theirs.id);
    const writer = createRoleWriter(bots.rest);
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await writer.addRole(guildId, member, role, 'x')).toMatchObject({ outcome: 'unauthorized' });
    }
    // The fourth was not even asked.
    expect(actors()).toHaveLength(3);
    expect([bots.isRefused(guildId), bots.rest.problem()]).toEqual([true, null]);
    const other = seedGuild(local.discord.world, { application: local.application });
    const given = writer.addRole(other.guild.id, at(other.members, 0).id, at(other.roles, 0).id, 'x');
    expect(await given).toEqual({ outcome: 'applied' });
    const reader = createGuildReader({ rest: bots.rest, client: () => null, retry, signal: AbortSignal.timeout(9999) });
    await expect(reader.fetchMember(guildId, member)).rejects.toMatchObject({
      code: 'discord_unavailable',
      message: BAD_GUILD_TOKEN,
    });
  });

  it('is what the doctor judges by, as it is now', async () => {
    const { bots, guildId, own, join, local, world, theirs } = await start();
    const client = await connect(local);
    const reader = createGuildReader({
      rest: bots.rest,
      client: () => client,
      ownBotOf: bots.memberOf,
      retry,
      signal: AbortSignal.timeout(9999),
    });
    const ours = reader.guild(guildId)?.bot;
    bots.use(guildId, own);
    expect(reader.guild(guildId)?.bot).toEqual(ours);
    await bots.refresh(guildId);
    expect(reader.guild(guildId)?.bot.roleIds).toEqual([]);

    join();
    await bots.refresh(guildId);
    const its = world.botRole(guildId, theirs.id);
    expect(bots.memberOf(guildId)).toEqual({ discordId: own.userId, roleIds: [its?.id] });
    expect(bots.saw(guildId, { discordId: own.userId, roleIds: new Set(['1', '2']) })).toBe(true);
    expect(bots.saw(guildId, { discordId: at(local.members, 0).id, roleIds: new Set() })).toBe(false);
    expect(bots.memberOf(guildId)?.roleIds).toEqual(['1', '2']);

    local.discord.faults.rest({ method: 'GET', times: 9, fault: { kind: 'status', status: 503 } });
    await bots.refresh(guildId);
    expect(bots.memberOf(guildId)?.roleIds).toEqual(['1', '2']);
  });
});

describe('a guild as the gateway shows it', () => {
  it('has its text and announcement channels, and what the bot may do there', async () => {
    const { local, bots, guildId, world } = await start();
    world.addChannel(guildId, { name: 'news', type: 5, position: 2 });
    world.addChannel(guildId, { name: 'voice', type: 2, position: 1 });
    const client = await connect(local);
    const signal = AbortSignal.timeout(9999);
    const reader = createGuildReader({ rest: bots.rest, client: () => client, retry, signal });
    expect(reader.channels(guildId).map(({ name, type }) => [name, type])).toEqual([
      ['general', 0],
      ['news', 5],
    ]);
    expect(reader.channels(guildId).every(({ botPermissions: may }) => (may & 2048n) !== 0n)).toBe(true);
    expect(reader.channels('999999999999999999')).toEqual([]);
    expect(reader.roleColors(guildId).get(at(local.roles, 0).id)).toBe(0);
  });
});

import { Events, GatewayIntentBits, PermissionFlagsBits as Bits, Status, type Client } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { onTestFinished } from 'vitest';
import {
  allIntents,
  ask,
  at,
  connect,
  newClient,
  startGuild,
  until,
  type LocalGuild,
} from '../support/local-discord.ts';

const frame = z.object({ op: z.number(), t: z.string().nullish(), s: z.number().nullish(), d: z.unknown().optional() });

/** A bare socket: what it heard, and the code it was closed with. */
async function bare({ discord }: LocalGuild, query = 'v=10&encoding=json') {
  const socket = new WebSocket(`${discord.baseUrl.replace('http', 'ws')}/?${query}`);
  onTestFinished(() => socket.terminate());
  const heard: z.infer<typeof frame>[] = [];
  let code: number | null = null;
  socket.on('message', (raw: Buffer) => heard.push(frame.parse(JSON.parse(raw.toString()))));
  socket.on('close', (closed) => {
    code = closed;
  });
  await new Promise((resolve) => {
    socket.once('open', resolve);
  });
  return {
    heard,
    code: () => code,
    send: (op: number, d: unknown) => socket.send(JSON.stringify({ op, d })),
    sendText: (text: string) => socket.send(text),
    dispatched: (type: string) => heard.filter(({ t }) => t === type),
  };
}

function identity({ token }: LocalGuild, intents = 7) {
  return { token, intents, properties: { os: 'linux', browser: 'x', device: 'x' }, shard: [0, 1] };
}

function rename(local: LocalGuild, nick: string): void {
  local.discord.world.editMember(local.guild.id, at(local.members, 0).id, { nick });
}

async function memberOf(client: Client<true>, local: LocalGuild) {
  return (await client.guilds.fetch(local.guild.id)).members.fetch(at(local.members, 0).id);
}

describe('IDENTIFY', () => {
  it('meets HELLO first, then READY and the guilds, each available', async () => {
    const local = await startGuild();
    const socket = await bare(local);
    socket.send(2, identity(local));
    await until(() => socket.dispatched('GUILD_CREATE').length === 1);
    expect(socket.heard.map(({ op, t, s }) => [op, t, s])).toEqual([
      [10, undefined, undefined],
      [0, 'READY', 1],
      [0, 'GUILD_CREATE', 2],
    ]);
    expect(socket.dispatched('GUILD_CREATE')[0]?.d).toMatchObject({
      id: local.guild.id,
      unavailable: false,
      member_count: 5,
    });
  });

  it.each([
    { name: 'a wrong token', change: { token: 'wrong' }, code: 4004 },
    { name: 'intents that do not exist', change: { intents: 1 << 30 }, code: 4013 },
    { name: 'a shard that cannot be', change: { shard: [2, 1] }, code: 4010 },
  ])('closes with $code for $name', async ({ change, code }) => {
    const local = await startGuild();
    const socket = await bare(local);
    socket.send(2, { ...identity(local), ...change });
    await until(() => socket.code() !== null);
    expect(socket.code()).toBe(code);
  });

  it.each([
    { name: 'something that is not JSON', text: '{', code: 4002 },
    { name: 'an opcode that does not exist', text: '{"op":99,"d":null}', code: 4001 },
    { name: 'a request before IDENTIFY', text: '{"op":8,"d":{}}', code: 4003 },
  ])('closes with $code for $name', async ({ text, code }) => {
    const local = await startGuild();
    const socket = await bare(local);
    socket.sendText(text);
    await until(() => socket.code() !== null);
    expect(socket.code()).toBe(code);
  });

  it('closes with 4012 for another version, 4005 for a second IDENTIFY, 4008 after 120 sends', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    const old = await bare(local, 'v=6&encoding=json');
    const twice = await bare(local);
    twice.send(2, identity(local));
    twice.send(2, identity(local));
    const loud = await bare(local);
    for (let index = 0; index < 121; index += 1) loud.send(1, null);
    await until(() => [old, twice, loud].every(({ code }) => code() !== null));
    expect([old.code(), twice.code(), loud.code()]).toEqual([4012, 4005, 4008]);
  });

  it('is refused with op 9 when another one of the same key was less than 5 s ago', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    const first = await bare(local);
    const second = await bare(local);
    first.send(2, identity(local));
    await until(() => first.dispatched('READY').length === 1);
    second.send(2, identity(local));
    await until(() => second.heard.length === 2);
    expect(second.heard.at(-1)).toMatchObject({ op: 9, d: false });
  });

  it('tells discord.js of disallowed intents, and of a wrong token', async () => {
    const local = await startGuild();
    local.application.portalIntents.guildMembers = false;
    await expect(newClient(local.discord).login(local.token)).rejects.toThrow(/disallowed intents/i);
    await expect(newClient(local.discord).login('wrong')).rejects.toThrow(/token/i);
  });
});

describe('a connection', () => {
  it('is closed with 4009 when no heartbeat comes', async () => {
    const local = await startGuild({ settings: { heartbeatIntervalMs: 20, timeScale: 0.01 } });
    const socket = await bare(local);
    await until(() => socket.code() !== null);
    expect(socket.code()).toBe(4009);
  });

  it('ends with 4004 when the bot token is reset', async () => {
    const local = await startGuild();
    const socket = await bare(local);
    socket.send(2, identity(local));
    await until(() => socket.dispatched('READY').length === 1);
    local.discord.world.resetBotToken(local.application.id);
    await until(() => socket.code() !== null);
    expect(socket.code()).toBe(4004);
  });

  it.each([
    { name: 'a close with 4000', disturb: ({ discord }: LocalGuild) => discord.gateway.cut(4000) },
    { name: 'op 7', disturb: ({ discord }: LocalGuild) => discord.gateway.askToReconnect() },
    { name: 'op 9 that allows it', disturb: ({ discord }: LocalGuild) => discord.gateway.invalidate(true) },
  ])('is resumed after $name, and nothing is missed', async ({ disturb }) => {
    const local = await startGuild();
    const client = await connect(local);
    const member = await memberOf(client, local);
    const resumed = new Promise((resolve) => {
      client.once(Events.ShardResume, resolve);
    });
    disturb(local);
    rename(local, 'while away');
    await resumed;
    await until(() => member.nickname === 'while away');
    expect(local.discord.gateway.received.filter(({ op }) => op === 2)).toHaveLength(1);
  });

  it('that went zombie is noticed by the missing ACK, and resumed', async () => {
    const local = await startGuild({ settings: { heartbeatIntervalMs: 100, timeScale: 0.01 } });
    const client = await connect(local);
    const member = await memberOf(client, local);
    local.discord.gateway.zombie();
    rename(local, 'unheard');
    await until(() => member.nickname === 'unheard', 10_000);
    expect(local.discord.gateway.received.some(({ op }) => op === 6)).toBe(true);
  });

  it('comes back after an outage', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const member = await memberOf(client, local);
    await local.discord.down();
    await expect(fetch(`${local.discord.apiUrl}/v10/gateway`)).rejects.toThrow();
    rename(local, 'in the dark');
    await local.discord.up();
    await until(() => member.nickname === 'in the dark' || client.ws.shards.get(0)?.status === Status.Ready, 15_000);
    await until(
      () => member.nickname === 'in the dark' || local.discord.gateway.received.filter(({ op }) => op === 2).length > 1,
      15_000,
    );
  });

  it('cannot be resumed from a sequence it never had', async () => {
    const local = await startGuild();
    const first = await bare(local);
    first.send(2, identity(local));
    await until(() => first.dispatched('READY').length === 1);
    const { session_id } = z.object({ session_id: z.string() }).parse(first.dispatched('READY')[0]?.d);
    const second = await bare(local);
    second.send(6, { token: local.token, session_id, seq: 999 });
    const third = await bare(local);
    third.send(6, { token: local.token, session_id: 'unknown', seq: 1 });
    await until(() => second.code() !== null && third.heard.length === 2);
    expect(second.code()).toBe(4007);
    expect(third.heard.at(-1)).toMatchObject({ op: 9, d: false });
  });
});

describe('events', () => {
  it('come only with their intent; the own member update always', async () => {
    const local = await startGuild();
    const socket = await bare(local);
    socket.send(2, identity(local, GatewayIntentBits.Guilds));
    await until(() => socket.dispatched('GUILD_CREATE').length === 1);
    rename(local, 'unheard');
    local.discord.world.editMember(local.guild.id, local.application.botId, { nick: 'me' });
    local.discord.world.addRole(local.guild.id, { name: 'new' });
    await until(() => socket.dispatched('GUILD_ROLE_CREATE').length === 1);
    expect(socket.dispatched('GUILD_MEMBER_UPDATE').map(({ d }) => d)).toMatchObject([
      { user: { id: local.application.botId } },
    ]);
  });

  it('of the audit log name the moderator, and need View Audit Log', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const seen: unknown[] = [];
    client.on('guildAuditLogEntryCreate', ({ executorId, targetId, action }) =>
      seen.push([executorId, targetId, action]),
    );
    const [ada, ben] = local.members.map(({ id }) => id);
    const { world } = local.discord;
    world.giveRole(local.guild.id, ada ?? '', at(local.roles, 0).id, { by: local.owner.id, reason: 'by hand' });
    await until(() => seen.length === 1);
    world.setBotPermissions(local.guild.id, local.application.id, Bits.ManageRoles);
    world.giveRole(local.guild.id, ben ?? '', at(local.roles, 0).id, { by: local.owner.id });
    await until(() => client.guilds.cache.get(local.guild.id)?.members.cache.size !== undefined);
    await ask(local, `GET /guilds/${local.guild.id}`);
    expect(seen).toEqual([[local.owner.id, ada, 25]]);
  });

  it('tell of guilds that come, fail and go', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const seen: unknown[] = [];
    client.on('raw', ({ t, d }: { t: string; d: { unavailable?: boolean } }) => seen.push([t, d.unavailable]));
    const { world } = local.discord;
    const other = world.addGuild({ ownerId: local.owner.id });
    world.addBot(other.id, local.application, 0n);
    world.setUnavailable(other.id, true);
    world.setUnavailable(other.id, false);
    world.editGuild(other.id, { name: 'renamed' });
    world.removeBot(other.id, local.application);
    await until(() => seen.length === 5);
    expect(seen).toEqual([
      ['GUILD_CREATE', false],
      ['GUILD_DELETE', true],
      ['GUILD_CREATE', false],
      ['GUILD_UPDATE', undefined],
      ['GUILD_DELETE', undefined],
    ]);
  });

  it('tell of channels, roles and members', async () => {
    const local = await startGuild();
    const client = await connect(local, { intents: allIntents });
    const { world } = local.discord;
    const seen: string[] = [];
    client.on('raw', ({ t }: { t: string }) => seen.push(t));
    const channel = world.addChannel(local.guild.id, { name: 'logs' });
    world.addMessage(channel.id, { authorId: local.owner.id, content: 'hello' });
    world.deleteChannel(channel.id);
    world.editRole(local.guild.id, at(local.roles, 0).id, { name: 'Renamed' });
    world.kick(local.guild.id, at(local.members, 0).id, { by: local.owner.id });
    await until(() => seen.length === 6);
    expect(seen).toEqual([
      'CHANNEL_CREATE',
      'MESSAGE_CREATE',
      'CHANNEL_DELETE',
      'GUILD_ROLE_UPDATE',
      'GUILD_MEMBER_REMOVE',
      'GUILD_AUDIT_LOG_ENTRY_CREATE',
    ]);
  });
});

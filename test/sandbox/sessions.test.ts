import { describe, expect, it } from 'vitest';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { at, ask, connect, startGuild, tokenOf, until, type LocalGuild } from '../support/local-discord.ts';
import { seedGuild } from '../../sandbox/seed.ts';

const frame = z.object({ op: z.number(), t: z.string().nullish(), d: z.unknown().optional() });

/** A bare socket that sends one payload, and all that it heard. */
async function bare({ discord }: LocalGuild, op: number, d: object) {
  const socket = new WebSocket(`${discord.baseUrl.replace('http', 'ws')}/?v=10&encoding=json`);
  onTestFinished(() => socket.terminate());
  const heard: z.infer<typeof frame>[] = [];
  let closedWith: number | null = null;
  socket.on('message', (raw: Buffer) => heard.push(frame.parse(JSON.parse(raw.toString()))));
  socket.on('close', (code) => {
    closedWith = code;
  });
  await new Promise((resolve) => {
    socket.once('open', resolve);
  });
  socket.send(JSON.stringify({ op, d }));
  return { heard, code: () => closedWith };
}

describe('a gateway session', () => {
  it('is resumed by the bot that opened it, and by no other', async () => {
    const local = await startGuild();
    const other = seedGuild(local.discord.world);
    await connect(local);
    const session = at(local.discord.gateway.sessions(), 0);
    const stolen = { token: tokenOf(other.application), session_id: session.id, seq: session.seq() };
    const thief = await bare(local, 6, stolen);
    await until(() => thief.heard.some(({ op }) => op === 9));
    expect(thief.heard.find(({ op }) => op === 9)?.d).toBe(false);
    expect(session.isConnected()).toBe(true);
  });

  it('too many in a day end them all, and the token', async () => {
    const local = await startGuild({ settings: { sessionStartsPerDay: 1 } });
    const identify = { token: local.token, intents: 1, properties: {}, shard: [0, 1] };
    const first = await bare(local, 2, identify);
    await until(() => first.heard.some(({ t }) => t === 'READY'));
    expect((await ask(local, 'GET /gateway/bot')).body).toMatchObject({ session_start_limit: { remaining: 0 } });
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    const second = await bare(local, 2, identify);
    await until(() => second.code() !== null && first.code() !== null);
    expect([first.code(), second.code()]).toEqual([4004, 4004]);
    expect((await ask(local, 'GET /users/@me')).status).toBe(401);
  });

  it('may be asked for a heartbeat at any time', async () => {
    const local = await startGuild();
    await connect(local);
    const beats = () => local.discord.gateway.received.filter(({ op }) => op === 1).length;
    const before = beats();
    local.discord.gateway.askForHeartbeat();
    await until(() => beats() > before);
  });

  it('holds the whole guild from the start with presences, up to 75,000 members', async () => {
    const local = await startGuild();
    const identify = { token: local.token, intents: 1 | (1 << 8), properties: {}, shard: [0, 1], large_threshold: 250 };
    const socket = await bare(local, 2, identify);
    await until(() => socket.heard.some(({ t }) => t === 'GUILD_CREATE'));
    const { d } = socket.heard.find(({ t }) => t === 'GUILD_CREATE') ?? {};
    expect(d).toMatchObject({ large: false, member_count: 5 });
    expect(z.object({ members: z.array(z.unknown()) }).parse(d).members).toHaveLength(5);
  });
});

describe('GET /gateway/bot', () => {
  it('counts one shard for every thousand guilds', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    for (let index = 0; index < 1_000; index += 1) {
      const { id } = world.addGuild({ ownerId: local.owner.id });
      world.addBot(id, local.application, 0n);
    }
    expect((await ask(local, 'GET /gateway/bot')).body).toMatchObject({ shards: 2 });
  });
});

import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createGuildReader } from '../../src/discord/guild-reader.ts';
import { createRest, steadyNow } from '../../src/discord/rest.ts';
import { createRoleWriter } from '../../src/discord/role-writer.ts';
import { createLanes } from '../../src/sync/lanes.ts';
import { until } from '../support/local-discord.ts';

const GUILD = '300000000000000000';
const MEMBER = '400000000000000001';
const ROLE = '500000000000000001';
const HOUR = 3_600_000;

/** A Discord that answers what the test says, and counts what it is asked. */
async function start(answer: (response: ServerResponse, path: string) => void, answerMs?: number) {
  const asked: string[] = [];
  const listener: RequestListener = ({ method, url = '' }, response) => {
    asked.push(`${method} ${url}`);
    answer(response, url);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const apiUrl = `http://127.0.0.1:${address.port}/api`;
  const rest = createRest({ apiUrl, botToken: 'a.b.c' }, answerMs === undefined ? {} : { answerMs });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const retry = { retries: 1, baseMs: 1 };
  const reader = createGuildReader({ rest, client: () => null, retry, signal: stopping.signal });
  const lanes = createLanes({
    buckets: rest.buckets,
    now: steadyNow,
    sleep: async (ms, signal) => sleep(ms, undefined, { ...(signal && { signal }), ref: false }),
  });
  return { asked, rest, reader, writer: createRoleWriter(rest), lanes, stopping };
}

function refuse(response: ServerResponse, headers: Record<string, string>): void {
  response.writeHead(429, { 'Content-Type': 'text/html', ...headers }).end('<html>');
}

/** Headers at once, then a body that never ends. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
}

const PASSING = { outcome: 'failed', isPassing: true };

describe('an answer that does not end', () => {
  it('fails in passing, and whoever waits behind it has his turn', async () => {
    const { writer, reader } = await start((response) => drip(response), 50);
    const edits = [1, 2].map(async () => writer.editMember(GUILD, MEMBER, { nick: 'x' }, 'test'));
    expect(await Promise.all(edits)).toMatchObject([PASSING, PASSING]);
    await expect(reader.fetchMember(GUILD, MEMBER)).rejects.toMatchObject({ code: 'discord_unavailable' });
  });

  it('fails in passing also where not even its headers come', async () => {
    const { writer } = await start(() => undefined, 50);
    expect(await writer.addRole(GUILD, MEMBER, ROLE, 'test')).toMatchObject(PASSING);
  });
});

describe('a refusal of more than a minute', () => {
  it.each<{ name: string; headers: Record<string, string> }>([
    { name: 'of the edge, without a bucket', headers: {} },
    { name: 'of others’ doing', headers: { 'X-RateLimit-Scope': 'shared' } },
    {
      name: 'of others’ doing beside a bucket that is empty for a moment',
      headers: {
        'X-RateLimit-Scope': 'shared',
        'X-RateLimit-Limit': '10',
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset-After': '0.05',
      },
    },
    {
      name: 'of a bucket',
      headers: { 'X-RateLimit-Limit': '10', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset-After': '3600' },
    },
    { name: 'of everything', headers: { 'X-RateLimit-Global': 'true', 'X-RateLimit-Scope': 'global' } },
  ])('$name fails the call in passing at once, and the next write waits without a place', async ({ headers }) => {
    const { asked, rest, writer, reader, lanes, stopping } = await start((response) => {
      refuse(response, { 'Retry-After': '3600', ...headers });
    });
    const answer = await writer.addRole(GUILD, MEMBER, ROLE, 'test');
    expect(answer).toMatchObject({ ...PASSING, detail: expect.stringMatching(/for 6[01] minutes/) });
    await expect(reader.fetchMember(GUILD, MEMBER)).rejects.toMatchObject({ code: 'discord_unavailable' });
    const isGlobal = 'X-RateLimit-Global' in headers;
    expect(asked.filter((line) => line.startsWith('GET'))).toHaveLength(isGlobal ? 0 : 1);

    const state = rest.buckets.state(GUILD, 'role');
    expect(state?.remaining).toBe(0);
    expect(Number(state?.resetAt) - steadyNow().getTime()).toBeGreaterThan(HOUR / 2);
    const slot = lanes.slot({ guildId: GUILD, lane: 'interactive', buckets: ['role'], signal: stopping.signal });
    expect(lanes.depth().interactive).toBe(1);
    stopping.abort();
    await expect(slot).rejects.toThrow();
  });

  it('that everything met is not met again by a call of another kind', async () => {
    const { asked, rest, writer } = await start((response) => {
      refuse(response, { 'Retry-After': '3600', 'X-RateLimit-Global': 'true' });
    });
    expect(await writer.addRole(GUILD, MEMBER, ROLE, 'test')).toMatchObject(PASSING);
    await expect(rest.post('/channels/600000000000000001/messages', { body: {} })).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  it('is told from a short one, which is waited out', async () => {
    let isOpen = false;
    const { asked, writer } = await start((response) => {
      if (isOpen) return response.writeHead(204).end();
      isOpen = true;
      return refuse(response, { 'X-RateLimit-Reset-After': '0.05' });
    });
    expect(await writer.addRole(GUILD, MEMBER, ROLE, 'test')).toEqual({ outcome: 'applied' });
    expect(asked).toHaveLength(2);
  });
});

describe('a clock that is set back', () => {
  it.each([
    { name: 'an empty bucket', status: 204, headers: { 'X-RateLimit-Limit': '1', 'X-RateLimit-Remaining': '0' } },
    { name: 'a global limit', status: 429, headers: { 'X-RateLimit-Global': 'true', 'Retry-After': '0.02' } },
  ])('does not make $name last any longer', async ({ status, headers }) => {
    let skewMs = 0;
    const wall = vi.spyOn(Date, 'now').mockImplementation(() => steadyNow().getTime() + skewMs);
    onTestFinished(() => wall.mockRestore());
    let isFirst = true;
    const { asked, writer } = await start((response) => {
      response
        .writeHead(isFirst ? status : 204, isFirst ? { 'X-RateLimit-Reset-After': '0.02', ...headers } : {})
        .end();
      isFirst = false;
    });
    const first = writer.addRole(GUILD, MEMBER, ROLE, 'test');
    await until(() => asked.length === 1);
    skewMs -= HOUR;
    // Refused if it was waiting just then.
    await first;
    skewMs -= HOUR;
    expect(await writer.addRole(GUILD, MEMBER, ROLE, 'test')).toEqual({ outcome: 'applied' });
  });
});

import { describe, expect, it } from 'vitest';
import { createRateLimits, type LimitedRequest } from '../../sandbox/rate-limits.ts';
import { ask, at, startGuild, type LocalGuild } from '../support/local-discord.ts';

const memberRole: LimitedRequest = {
  method: 'PUT',
  route: '/guilds/:guild_id/members/:user_id/roles/:role_id',
  major: '1',
  actor: 'bot:1',
};
const memberEdit: LimitedRequest = { ...memberRole, method: 'PATCH', route: '/guilds/:guild_id/members/:user_id' };
const messageLine = ({ channel }: LocalGuild) => `POST /channels/${channel.id}/messages`;
const roleLine = ({ guild, members, roles }: LocalGuild) =>
  `PUT /guilds/${guild.id}/members/${at(members, 0).id}/roles/${at(roles, 0).id}`;

describe('the buckets', () => {
  it('of role writes is one fixed window for PUT and DELETE of a guild', () => {
    let now = 0;
    const limits = createRateLimits({ timeScale: 1, now: () => now });
    for (let index = 0; index < 9; index += 1) expect(limits.check(memberRole).refusal).toBeNull();
    now = 9_000;
    expect(limits.check({ ...memberRole, method: 'DELETE' }).headers).toMatchObject({
      'X-RateLimit-Limit': '10',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset-After': '1.000',
    });
    expect(limits.check(memberRole).refusal).not.toBeNull();
    expect(limits.check({ ...memberRole, major: '2' }).refusal).toBeNull();
    now = 10_000;
    expect(limits.check(memberRole).headers).toMatchObject({ 'X-RateLimit-Remaining': '9' });
  });

  it('of member edits slides: never more than ten in any ten seconds', () => {
    let now = 0;
    const limits = createRateLimits({ timeScale: 1, now: () => now });
    limits.check(memberEdit);
    now = 9_000;
    for (let index = 0; index < 9; index += 1) expect(limits.check(memberEdit).refusal).toBeNull();
    now = 10_000;
    expect(limits.check(memberEdit).refusal).toBeNull();
    expect(limits.check(memberEdit).refusal).not.toBeNull();
  });

  it('rounds Retry-After up to whole seconds, and gives decimals beside it', () => {
    let now = 0;
    const limits = createRateLimits({ timeScale: 1, now: () => now });
    for (let index = 0; index < 10; index += 1) limits.check(memberRole);
    now = 435.5;
    expect(limits.check(memberRole)).toMatchObject({
      headers: { 'Retry-After': '10', 'X-RateLimit-Reset-After': '9.565', 'X-RateLimit-Scope': 'user' },
      refusal: { message: 'You are being rate limited.', retry_after: 9.565, global: false },
    });
  });

  it('shrink with the time scale, Retry-After too', () => {
    let now = 0;
    const limits = createRateLimits({ timeScale: 0.01, now: () => now });
    for (let index = 0; index < 10; index += 1) limits.check(memberRole);
    expect(limits.check(memberRole).headers).toMatchObject({ 'Retry-After': '0.100' });
    now = 100;
    expect(limits.check(memberRole).refusal).toBeNull();
  });

  it('bans an address after 10,000 invalid requests, shared 429s left out', () => {
    let now = 0;
    const limits = createRateLimits({ timeScale: 1, now: () => now });
    for (let index = 0; index < 20_000; index += 1) limits.countAnswer('here', 429, 'shared');
    for (let index = 0; index < 9_999; index += 1) limits.countAnswer('here', index % 2 === 0 ? 403 : 401, undefined);
    expect(limits.bannedForMs('here')).toBe(0);
    now = 600_000;
    limits.countAnswer('here', 403, undefined);
    expect(limits.bannedForMs('here')).toBe(0);
    for (let index = 0; index < 9_999; index += 1) limits.countAnswer('here', 429, 'user');
    expect(limits.bannedForMs('here')).toBeGreaterThan(0);
  });
});

describe('over the wire', () => {
  it('a bucket that is empty answers 429 with body and headers', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    for (let index = 0; index < 10; index += 1) await ask(local, roleLine(local));
    const { status, headers, body } = await ask(local, roleLine(local));
    expect(status).toBe(429);
    expect(body).toMatchObject({ message: 'You are being rate limited.', global: false });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(headers.get('x-ratelimit-reset-after')).toMatch(/^\d+\.\d{3}$/);
    expect(headers.get('x-ratelimit-scope')).toBe('user');
    expect(local.discord.limits.invalidRequests()).toBe(1);
  });

  it('the 51st request of a second meets the global limit, without bucket headers', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask(local, `GET /guilds/${local.guild.id}/roles`)),
    );
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ global: true });
    expect(refused?.headers.get('x-ratelimit-global')).toBe('true');
    expect(refused?.headers.get('x-ratelimit-scope')).toBe('global');
    expect(refused?.headers.get('x-ratelimit-bucket')).toBeNull();
  });

  it('the token route shares the global limit of its address, and shows no headers of it', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask(local, 'POST /oauth2/token', { token: null, body: {} })),
    );
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ global: true });
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect([...(refused?.headers.keys() ?? [])].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('answers to interactions know no global limit', async () => {
    const local = await startGuild({ settings: { timeScale: 1 } });
    const line = 'POST /interactions/123456789012345678/token/callback';
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(local, line, { body: { type: 5 } })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  });

  it('routes without a bucket send no headers', async () => {
    const local = await startGuild();
    const { headers } = await ask(local, `GET /guilds/${local.guild.id}/roles`);
    expect(headers.get('x-ratelimit-limit')).toBeNull();
  });

  it('a bucket may be set to other numbers', async () => {
    const local = await startGuild({ settings: { timeScale: 1 }, buckets: { messageCreate: { limit: 1 } } });
    expect((await ask(local, messageLine(local), { body: { content: 'one' } })).status).toBe(200);
    expect((await ask(local, messageLine(local), { body: { content: 'two' } })).status).toBe(429);
  });

  it('a banned address gets nothing but 429', async () => {
    const local = await startGuild({ invalidLimit: 3, settings: { timeScale: 1 } });
    for (let index = 0; index < 3; index += 1) await ask(local, 'GET /users/@me', { token: 'wrong' });
    const { status, body } = await ask(local, `GET /guilds/${local.guild.id}`);
    expect([status, body]).toEqual([429, 'error code: 1015']);
  });
});

import { DiscordAPIError } from '@discordjs/rest';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../src/log.ts';

function recorded() {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug' }, { write: (line) => void lines.push(line) });
  return { log, text: () => lines.join(''), last: (): unknown => JSON.parse(lines.at(-1) ?? 'null') };
}

const botToken = `MTAwMDAwMDAwMDAwMDAwMDAx.GaBcDe.${'x1'.repeat(19)}`;

describe('the log', () => {
  it('says what happened, with its data and the part it comes from', () => {
    const { log, last } = recorded();
    log.child({ part: 'sync' }).info({ guildId: '1', state: 'synced', code: 50013 }, 'member synced');
    expect(last()).toMatchObject({
      level: 'info',
      part: 'sync',
      guildId: '1',
      state: 'synced',
      code: 50013,
      msg: 'member synced',
    });
  });

  it('says nothing below its level', () => {
    const lines: string[] = [];
    createLogger({ level: 'warn' }, { write: (line) => void lines.push(line) }).info('hello');
    expect(lines).toEqual([]);
  });

  it.each([
    { name: 'a token', data: { token: 's3cret' } },
    { name: 'something deep', data: { a: [{ b: { c: { d: { token: 's3cret' } } } }] } },
    { name: 'tokens from Discord', data: { tokens: { access_token: 's3cret', refresh_token: 's3cret' } } },
    { name: 'a request with its headers', data: { req: { headers: { authorization: 's3cret', cookie: 's3cret' } } } },
    { name: 'the cookies of an answer', data: { res: { headers: { 'set-cookie': ['s3cret'] } } } },
    { name: 'the query of a callback', data: { req: { query: { code: 's3cret', state: 's3cret' } } } },
    {
      name: 'the configuration',
      data: { config: { jwtSecret: 's3cret', discord: { botToken: 's3cret', clientSecret: 's3cret' } } },
    },
    { name: 'a callback URL', data: { url: 'https://x.org/api/discord/auth/callback?code=s3cret&state=s3cret' } },
    {
      name: 'an interaction URL',
      data: { a: { b: { c: { d: { url: '/api/v10/interactions/123/s3cret/callback' } } } } },
    },
    { name: 'a webhook URL', data: { path: 'https://discord.com/api/v10/webhooks/123/s3cret/messages/@original' } },
    { name: 'a link URL', data: { url: 'http://localhost:3000/link/s3cret' } },
  ])('keeps the secrets of $name to itself', ({ data }) => {
    const { log, text } = recorded();
    log.error(data, 'something happened');
    expect(text()).toContain('[redacted]');
    expect(text()).not.toContain('s3cret');
  });

  it('ends where data goes round', () => {
    const { log, text } = recorded();
    const round: Record<string, unknown> = { token: 's3cret' };
    round['self'] = [round];
    log.info(round, 'x');
    expect(text()).toContain('"self":[');
    expect(text()).not.toContain('s3cret');
  });

  it('masks tokens inside text', () => {
    const { log, text } = recorded();
    log.info({ detail: `sent with Bot ${botToken}` }, 'x');
    log.info({ detail: `the token ${botToken} is wrong` }, 'x');
    log.info({ detail: 'Authorization: Bearer abcdef0123456789abcdef' }, 'x');
    log.info({ detail: 'eyJhbGciOiJkaXIifQ..aXYtaXYtaXY.Y2lwaGVy.dGFnLXRhZw' }, 'x');
    for (const secret of [botToken, 'abcdef0123456789abcdef', 'Y2lwaGVy']) expect(text()).not.toContain(secret);
  });

  it('leaves ordinary words alone', () => {
    const { log, last } = recorded();
    log.info({ name: 'Bot 100000000000000001 is ready', route: '/guilds/1/members/2/roles/3?limit=1000' }, 'x');
    expect(last()).toMatchObject({
      name: 'Bot 100000000000000001 is ready',
      route: '/guilds/1/members/2/roles/3?limit=1000',
    });
  });

  it("tells an error of Discord's without the request's body and the token in its URL", () => {
    const { log, text, last } = recorded();
    const error = new DiscordAPIError(
      { code: 50013, message: 'Missing Permissions' },
      50013,
      403,
      'PATCH',
      'https://discord.com/api/v10/webhooks/1/t0ken-of-it/messages/@original',
      { body: { content: 'body-of-it' }, files: [] },
    );
    log.error({ err: error }, 'write refused');
    expect(last()).toMatchObject({
      err: { message: 'Missing Permissions', code: 50013, status: 403, method: 'PATCH' },
    });
    expect(text()).not.toContain('t0ken-of-it');
    expect(text()).not.toContain('body-of-it');
  });

  it('tells an error with its causes, and ends where causes go round', () => {
    const { log, last } = recorded();
    const inner = new Error('the socket closed');
    const outer = new Error('Discord did not answer', { cause: inner });
    inner.cause = outer;
    log.error({ err: outer }, 'failed');
    expect(last()).toMatchObject({
      err: { message: 'Discord did not answer', cause: { message: 'the socket closed' } },
    });
  });

  it('tells each of several errors', () => {
    const { log, last } = recorded();
    log.error({ err: new AggregateError([new Error('one'), new Error('two')], 'both failed') }, 'failed');
    expect(last()).toMatchObject({ err: { errors: [{ message: 'one' }, { message: 'two' }] } });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiscordOAuth } from '../../src/identity/discord-oauth.ts';
import { createPkce } from '../../src/identity/oauth-state.ts';
import { anna, startOAuth } from '../support/linking.ts';

let discord: Awaited<ReturnType<typeof startOAuth>>;
beforeEach(async () => {
  discord = await startOAuth();
});
afterEach(() => discord.close());

const codeFor = async (codeChallenge: string | null = null) =>
  (await discord.consent(discord.oauth.authorizeUrl({ state: 's', codeChallenge }), anna)).code;
const tokensFor = async () => discord.oauth.exchangeCode(await codeFor(), null);

function oauthAt(apiUrl: string) {
  const authorizeUrl = 'http://127.0.0.1/oauth2/authorize';
  const client = {
    clientId: '1',
    clientSecret: 's',
    redirectUri: 'http://127.0.0.1',
    scopes: ['identify'],
    version: '0',
  };
  return createDiscordOAuth({ apiUrl, authorizeUrl, ...client, now: () => new Date(0), pause: async () => {} });
}

/** A Discord that gives one answer to everything, well formed or not. */
async function oauthAnswering(status: number, body: string) {
  const server = createServer((_req, res) => res.writeHead(status, { 'content-type': 'application/json' }).end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const oauth = oauthAt(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api`);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { oauth, [Symbol.dispose]: close };
}

describe('the authorize URL', () => {
  it('asks for a code with the scopes, the state and an S256 challenge', () => {
    const url = new URL(
      discord.oauth.authorizeUrl({ state: 'a state', codeChallenge: 'challenge', prompt: 'consent' }),
    );
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: discord.application.id,
      response_type: 'code',
      redirect_uri: 'http://localhost:3000/api/discord/auth/callback',
      scope: 'identify guilds',
      state: 'a state',
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
      prompt: 'consent',
    });
    expect(url.search).toContain('scope=identify%20guilds');
  });

  it('leaves PKCE out when there is no challenge', () => {
    expect(discord.oauth.authorizeUrl({ state: 's', codeChallenge: null })).not.toContain('code_challenge');
  });
});

describe('the exchange of a code', () => {
  it('gives the tokens, when they expire and what they are good for', async () => {
    const tokens = await tokensFor();
    expect(tokens.scopes).toEqual(['identify', 'guilds']);
    expect(tokens.expiresAt.getTime() - discord.clock.now.getTime()).toBeGreaterThan(604_000_000);
    expect(await discord.oauth.userOf(tokens.accessToken)).toEqual(anna);
  });

  it('says that a spent code is of no use any more', async () => {
    const code = await codeFor();
    await discord.oauth.exchangeCode(code, null);
    await expect(discord.oauth.exchangeCode(code, null)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it('works with the verifier behind the challenge, and with no other', async () => {
    const pkce = createPkce('secret');
    const exchange = async (verifier: string | null) =>
      discord.oauth.exchangeCode(await codeFor(pkce.challenge('s')), verifier);
    await expect(exchange(pkce.verifier('another state'))).rejects.toMatchObject({ code: 'link_expired' });
    await expect(exchange(null)).rejects.toMatchObject({ code: 'link_expired' });
    await expect(exchange(pkce.verifier('s'))).resolves.toMatchObject({ scopes: ['identify', 'guilds'] });
  });

  it.each([
    { name: 'answers 500', fault: { kind: 'status', status: 500 } },
    { name: 'drops the connection', fault: { kind: 'drop', when: 'before' } },
    { name: 'acts and drops the connection', fault: { kind: 'drop', when: 'after' } },
    { name: 'asks for a long pause', fault: { kind: 'rate_limit', scope: 'user', retryAfterMs: 60_000 } },
  ] as const)('is tried once, and says that Discord is the trouble, when it $name', async ({ fault }) => {
    discord.failNext('/oauth2/token', fault);
    await expect(tokensFor()).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(discord.callsTo('/oauth2/token')).toBe(1);
  });

  it('is tried once, and says that Discord is the trouble, when it hangs', async () => {
    const hurried = await startOAuth({ timeoutMs: 50, latencyMs: 1000 });
    await expect(hurried.oauth.exchangeCode('code', null)).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(hurried.callsTo('/oauth2/token')).toBeLessThanOrEqual(1);
    await hurried.close();
  });

  it('waits a short 429 out, for Discord did not act on it', async () => {
    discord.failNext('/oauth2/token', { kind: 'rate_limit', scope: 'user', retryAfterMs: 1000 });
    await expect(tokensFor()).resolves.toMatchObject({ scopes: ['identify', 'guilds'] });
  });

  it.each(['{"access', '', '[]', '{"token_type":"Bearer"}'])('takes %j for no answer', async (body) => {
    using canned = await oauthAnswering(200, body);
    await expect(canned.oauth.exchangeCode('code', null)).rejects.toMatchObject({ code: 'discord_unavailable' });
  });

  it.each([
    { error: 'invalid_client', words: 'Check DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET.' },
    { error: 'invalid_request', words: 'Check that DISCORD_REDIRECT_URI is listed' },
    { error: 'invalid_scope', words: 'Check DISCORD_SCOPES' },
  ])('tells the operator which setting is wrong on $error', async ({ error, words }) => {
    using canned = await oauthAnswering(400, JSON.stringify({ error }));
    await expect(canned.oauth.exchangeCode('code', null)).rejects.toMatchObject({
      code: 'not_set_up',
      cause: { message: expect.stringContaining(words) },
    });
  });

  it('says that Discord is the trouble when nothing listens there', async () => {
    const nobody = oauthAt('http://127.0.0.1:1/api').exchangeCode('code', null);
    await expect(nobody).rejects.toMatchObject({ code: 'discord_unavailable' });
  });

  it('keeps codes and tokens out of its errors', async () => {
    using canned = await oauthAnswering(200, JSON.stringify({ access_token: 'leaked-token', scope: 1 }));
    const error = await canned.oauth.exchangeCode('the-code', 'the-verifier').catch((reason: unknown) => reason);
    const told = inspect(error, { depth: null, showHidden: true });
    expect(told).toContain('malformed: token_type, expires_in, scope');
    expect(told).not.toMatch(/leaked-token|the-code|the-verifier/);
  });
});

const refreshTokenFor = async () => (await tokensFor()).refreshToken ?? '';

async function answerToRefresh(status: number, body: string) {
  using canned = await oauthAnswering(status, body);
  return await canned.oauth.refresh('the-token');
}

describe('a refresh', () => {
  it('gives a new pair for a refresh token, once', async () => {
    const refreshToken = await refreshTokenFor();
    const answer = await discord.oauth.refresh(refreshToken);
    expect(answer).toMatchObject({ result: 'refreshed', tokens: { scopes: ['identify', 'guilds'] } });
    if (answer.result !== 'refreshed') throw new Error(answer.result);
    expect(answer.tokens.refreshToken).not.toBe(refreshToken);
    expect(answer.tokens.expiresAt.getTime() - discord.clock.now.getTime()).toBeGreaterThan(604_000_000);
    expect(await discord.oauth.userOf(answer.tokens.accessToken)).toEqual(anna);
    expect(await discord.oauth.refresh(refreshToken)).toEqual({ result: 'invalid_grant' });
  });

  it.each([
    { name: 'a 500', fault: { kind: 'status', status: 500 } },
    { name: 'a connection that breaks', fault: { kind: 'drop', when: 'before' } },
    { name: 'an answer that gets lost', fault: { kind: 'drop', when: 'after' } },
  ] as const)('asks once, and says of $name that nobody knows whether Discord acted', async ({ fault }) => {
    const refreshToken = await refreshTokenFor();
    const before = discord.callsTo('/oauth2/token');
    discord.failNext('/oauth2/token', fault);
    expect(await discord.oauth.refresh(refreshToken)).toMatchObject({ result: 'unavailable' });
    expect(discord.callsTo('/oauth2/token')).toBe(before + 1);
  });

  it('waits a short 429 out, and tells of a long one', async () => {
    const refreshToken = await refreshTokenFor();
    discord.failNext('/oauth2/token', { kind: 'rate_limit', scope: 'user', retryAfterMs: 60_000 });
    expect(await discord.oauth.refresh(refreshToken)).toEqual({ result: 'rate_limited' });
    discord.failNext('/oauth2/token', { kind: 'rate_limit', scope: 'user', retryAfterMs: 1000 });
    expect(await discord.oauth.refresh(refreshToken)).toMatchObject({ result: 'refreshed' });
  });

  it('tells apart the token that is spent, the application that is refused, and what is no answer', async () => {
    expect(await answerToRefresh(400, '{"error":"invalid_grant"}')).toEqual({ result: 'invalid_grant' });
    expect(await answerToRefresh(401, '{"error":"invalid_client"}')).toMatchObject({
      result: 'application_refused',
      cause: { message: expect.stringContaining('DISCORD_CLIENT_SECRET') },
    });
    for (const [status, body] of [
      [400, '{"error":"invalid_request"}'],
      [403, '<html>'],
      [200, '{"access_token":"leaked-token"}'],
      [200, ''],
    ] as const) {
      const answer = await answerToRefresh(status, body);
      expect(answer).toMatchObject({ result: 'unavailable' });
      expect(inspect(answer, { depth: null, showHidden: true })).not.toMatch(/leaked-token|the-token/);
    }
  });
});

describe('who it is', () => {
  it('asks again after 5xx and a broken connection', async () => {
    const { accessToken } = await tokensFor();
    discord.failNext('/users/@me', { kind: 'status', status: 502 });
    discord.failNext('/users/@me', { kind: 'drop', when: 'before' });
    expect(await discord.oauth.userOf(accessToken)).toEqual(anna);
  });

  it.each([
    { status: 200, body: '{"id":' },
    { status: 200, body: '{"id":"no snowflake","username":"x"}' },
    { status: 401, body: '{"message":"401: Unauthorized","code":0}' },
  ])('is not guessed from $status $body', async ({ status, body }) => {
    using canned = await oauthAnswering(status, body);
    await expect(canned.oauth.userOf('token')).rejects.toMatchObject({ code: 'discord_unavailable' });
  });

  it('is given up after three answers of 500', async () => {
    const { accessToken } = await tokensFor();
    discord.failNext('/users/@me', { kind: 'status', status: 500 }, 9);
    await expect(discord.oauth.userOf(accessToken)).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(discord.callsTo('/users/@me')).toBe(3);
  });

  it('is given up after one time-out: somebody waits in front of his browser', async () => {
    const hurried = await startOAuth({ timeoutMs: 50, latencyMs: 1000 });
    await expect(hurried.oauth.userOf('token')).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(hurried.callsTo('/users/@me')).toBeLessThanOrEqual(1);
    await hurried.close();
  });
});

describe('revoking', () => {
  it('ends a token, and says so when Discord did not', async () => {
    const { accessToken } = await tokensFor();
    discord.failNext('/oauth2/token/revoke', { kind: 'status', status: 500 });
    await expect(discord.oauth.revoke(accessToken)).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(discord.liveTokensOf(anna)).toEqual([accessToken]);
    await discord.oauth.revoke(accessToken);
    expect(discord.liveTokensOf(anna)).toEqual([]);
  });
});

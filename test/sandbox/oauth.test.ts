import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startDiscord, type DiscordOptions, type LocalDiscord } from '../../sandbox/discord.ts';

const agent = 'DiscordBot (https://example.test, 1.0)';
const text = z.string().optional();
const answerShape = z.looseObject({ access_token: text, refresh_token: text, error: text });
const redirectUri = 'http://127.0.0.1:3000/callback';
const verifier = 'v'.repeat(43);
const codeChallenge = createHash('sha256').update(verifier).digest('base64url');

let discord: LocalDiscord;
afterEach(() => discord.close());

/** A Discord with one application and one user, and the ways through its OAuth2. */
async function start(options: DiscordOptions = {}) {
  discord = await startDiscord(options);
  const application = discord.world.addApplication({ redirectUris: [redirectUri] });
  const user = discord.world.addUser({ username: 'ada' });
  const client = { client_id: application.id, client_secret: application.clientSecret };

  function authorizeUrl(query: Record<string, string> = {}): string {
    const asked = { client_id: application.id, redirect_uri: redirectUri, response_type: 'code', scope: 'identify' };
    return `${discord.authorizeUrl}?${new URLSearchParams({ ...asked, state: 's1', ...query }).toString()}`;
  }

  async function decide(query: Record<string, string> = {}, form: Record<string, string> = {}): Promise<URL> {
    const body = new URLSearchParams({ decision: 'authorize', user_id: user.id, ...form });
    const response = await fetch(authorizeUrl(query), { method: 'POST', body, redirect: 'manual' });
    return new URL(response.headers.get('location') ?? '');
  }

  async function codeFor(query: Record<string, string> = {}): Promise<string> {
    return (await decide(query)).searchParams.get('code') ?? '';
  }

  async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams(form);
    const response = await fetch(`${discord.apiUrl}/v10/oauth2/${path}`, {
      method: 'POST',
      headers: { 'user-agent': agent, ...headers },
      body,
    });
    return { response, status: response.status, body: answerShape.parse(await response.json()) };
  }

  const exchange = (code: string, form: Record<string, string> = {}) =>
    post('token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...client, ...form });
  const refresh = (refreshToken = '') =>
    post('token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...client });
  const get = (path: string, token = '') =>
    fetch(`${discord.apiUrl}/v10${path}`, { headers: { 'user-agent': agent, authorization: `Bearer ${token}` } });
  return { application, user, client, authorizeUrl, decide, codeFor, post, exchange, refresh, get };
}

describe('the authorize page', () => {
  it('asks who you are and what is wanted, and escapes what it shows', async () => {
    const { authorizeUrl } = await start();
    discord.world.addUser({ globalName: '<b>Eve</b>' });
    const response = await fetch(authorizeUrl({ scope: 'identify guilds' }));
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page).toContain('Know which servers you are in');
    expect(page).toContain('&#60;b&#62;Eve');
    expect(page).not.toContain('<b>Eve');
  });

  it('goes back with a code and the state, and remembers who you are', async () => {
    const { authorizeUrl, user } = await start();
    const body = new URLSearchParams({ decision: 'authorize', user_id: user.id });
    const response = await fetch(authorizeUrl(), { method: 'POST', body, redirect: 'manual' });
    const location = new URL(response.headers.get('location') ?? '');
    expect(response.status).toBe(302);
    expect(`${location.origin}${location.pathname}`).toBe(redirectUri);
    expect(location.searchParams.get('state')).toBe('s1');
    expect(location.searchParams.get('code')).toMatch(/^\w{30}$/);
    expect(response.headers.get('set-cookie')).toContain(`sandbox_user=${user.id}`);
  });

  it('goes back with access_denied and the state when you cancel', async () => {
    const { decide } = await start();
    const { searchParams } = await decide({}, { decision: 'deny' });
    expect(Object.fromEntries(searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The resource owner or authorization server denied the request',
      state: 's1',
    });
  });

  it('takes the cookie for who you are', async () => {
    const { authorizeUrl, exchange, user, get } = await start();
    const response = await fetch(authorizeUrl(), {
      method: 'POST',
      headers: { cookie: `theme=dark; sandbox_user=${user.id}` },
      body: new URLSearchParams({ decision: 'authorize' }),
      redirect: 'manual',
    });
    const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { body } = await exchange(code);
    await expect((await get('/users/@me', body.access_token)).json()).resolves.toMatchObject({ id: user.id });
  });

  it.each([
    ['an unknown application', { client_id: '100000000000000000' }],
    ['a redirect_uri that is not registered', { redirect_uri: `${redirectUri}/` }],
    ['a bot as the person', {}],
  ])('redirects nowhere for %s', async (what, query: Record<string, string>) => {
    const { authorizeUrl, application } = await start();
    const userId = what.startsWith('a bot') ? application.botId : '';
    const body = new URLSearchParams({ decision: 'authorize', user_id: userId });
    const response = await fetch(authorizeUrl(query), { method: 'POST', body, redirect: 'manual' });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  });

  it.each([
    ['an unknown scope', { scope: 'identify everything' }, 'invalid_scope'],
    ['no scope', { scope: '' }, 'invalid_scope'],
    ['another response type', { response_type: 'id' }, 'unsupported_response_type'],
    ['a plain challenge', { code_challenge: codeChallenge, code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge without a method', { code_challenge: codeChallenge }, 'invalid_request'],
    ['a method without a challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
    [
      'role_connections.write with PKCE',
      { scope: 'role_connections.write', code_challenge: codeChallenge, code_challenge_method: 'S256' },
      'invalid_scope',
    ],
    ['an unknown prompt', { prompt: 'login' }, 'invalid_request'],
  ])('sends the application back with an error for %s', async (_what, query: Record<string, string>, error) => {
    const { authorizeUrl } = await start();
    const response = await fetch(authorizeUrl(query), { redirect: 'manual' });
    const { searchParams } = new URL(response.headers.get('location') ?? '');
    expect(searchParams.get('error')).toBe(error);
    expect(searchParams.get('state')).toBe('s1');
  });

  it('says so when asked for what it does not do', async () => {
    const { authorizeUrl } = await start();
    const response = await fetch(authorizeUrl({ scope: 'bot' }));
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('not implemented by the local Discord');
  });

  it('does not ask again with prompt=none, unless more is wanted or nobody is logged in', async () => {
    const { authorizeUrl, decide, user } = await start();
    await decide({ scope: 'identify guilds' });
    const visit = (scope: string, cookie: string) =>
      fetch(authorizeUrl({ scope, prompt: 'none' }), { headers: { cookie }, redirect: 'manual' });
    const cookie = `sandbox_user=${user.id}`;
    expect((await visit('guilds', cookie)).headers.get('location')).toContain('code=');
    expect((await visit('identify email', cookie)).status).toBe(200);
    expect((await visit('guilds', '')).status).toBe(200);
  });

  it('meets scripted faults', async () => {
    const { authorizeUrl } = await start();
    discord.faults.rest({ route: '/oauth2/authorize', times: 1, fault: { kind: 'status', status: 503 } });
    expect((await fetch(authorizeUrl())).status).toBe(503);
    expect((await fetch(authorizeUrl())).status).toBe(200);
  });
});

describe('the token route', () => {
  it('gives a pair of tokens for a code, by Basic or by the form', async () => {
    const { codeFor, exchange, post, client, application } = await start();
    const byForm = await exchange(await codeFor({ scope: 'identify guilds' }));
    expect(byForm.status).toBe(200);
    expect(byForm.body).toMatchObject({ token_type: 'Bearer', expires_in: 604_800, scope: 'identify guilds' });
    expect(byForm.response.headers.get('x-ratelimit-limit')).toBeNull();
    const basic = `Basic ${Buffer.from(`${application.id}:${client.client_secret}`).toString('base64')}`;
    const form = { grant_type: 'authorization_code', code: await codeFor(), redirect_uri: redirectUri };
    expect((await post('token', form, { authorization: basic })).status).toBe(200);
  });

  it('takes a code once only', async () => {
    const { codeFor, exchange } = await start();
    const code = await codeFor();
    expect((await exchange(code)).status).toBe(200);
    const again = await exchange(code);
    expect(again.status).toBe(400);
    expect(again.body).toEqual({ error: 'invalid_grant', error_description: 'Invalid "code" in request.' });
  });

  it('takes no code that is 100 s old', async () => {
    const { codeFor, exchange } = await start();
    let now = Date.now();
    Object.assign(discord.world, { now: () => now });
    const [young, old] = [await codeFor(), await codeFor()];
    now += 99_999;
    expect((await exchange(young)).status).toBe(200);
    now += 1;
    expect((await exchange(old)).body.error).toBe('invalid_grant');
  });

  it('takes no code of another application', async () => {
    const { codeFor, exchange } = await start();
    const other = discord.world.addApplication({});
    const form = { client_id: other.id, client_secret: other.clientSecret };
    expect((await exchange(await codeFor(), form)).body.error).toBe('invalid_grant');
  });

  it('wants the redirect_uri that the code was given for', async () => {
    const { codeFor, exchange } = await start();
    const { status, body } = await exchange(await codeFor(), { redirect_uri: 'http://127.0.0.1:3000/other' });
    expect(status).toBe(400);
    expect(body).toEqual({ error: 'invalid_request', error_description: 'Invalid "redirect_uri" in request.' });
  });

  it.each([
    ['without the verifier', '', 'Missing "code_verifier"'],
    ['with another verifier', 'w'.repeat(43), 'Invalid "code_verifier"'],
    ['with a verifier that is too short', 'v'.repeat(42), 'Invalid "code_verifier"'],
    ['with a verifier that is too long', 'v'.repeat(129), 'Invalid "code_verifier"'],
  ])('refuses a challenged code %s', async (_what, given, description) => {
    const { codeFor, exchange } = await start();
    const code = await codeFor({ code_challenge: codeChallenge, code_challenge_method: 'S256' });
    const { status, body } = await exchange(code, { code_verifier: given });
    expect(status).toBe(400);
    expect(body).toEqual({ error: 'invalid_request', error_description: description });
  });

  it('takes a challenged code with its verifier', async () => {
    const { codeFor, exchange } = await start();
    const code = await codeFor({ code_challenge: codeChallenge, code_challenge_method: 'S256' });
    expect((await exchange(code, { code_verifier: verifier })).status).toBe(200);
  });

  it('refuses a wrong secret with 401 invalid_client', async () => {
    const { codeFor, exchange } = await start();
    const { status, body } = await exchange(await codeFor(), { client_secret: 'wrong' });
    expect(status).toBe(401);
    expect(body).toEqual({ error: 'invalid_client' });
  });

  it('answers unsupported_grant_type to JSON, to no body and to unknown grants', async () => {
    const { post } = await start();
    const asJson = await fetch(`${discord.apiUrl}/oauth2/token`, {
      method: 'POST',
      headers: { 'user-agent': agent, 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'authorization_code' }),
    });
    expect(asJson.status).toBe(400);
    await expect(asJson.json()).resolves.toEqual({ error: 'unsupported_grant_type' });
    expect((await post('token', {})).body).toEqual({ error: 'unsupported_grant_type' });
    expect((await post('token', { grant_type: 'password' })).body).toEqual({ error: 'unsupported_grant_type' });
  });

  it('rotates refresh tokens: each works once', async () => {
    const { codeFor, exchange, refresh, get } = await start();
    const first = (await exchange(await codeFor())).body;
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect(second.body.access_token).not.toBe(first.access_token);
    expect((await get('/oauth2/@me', second.body.access_token)).status).toBe(200);
    const again = await refresh(first.refresh_token);
    expect(again.status).toBe(400);
    expect(again.body).toEqual({ error: 'invalid_grant' });
    expect((await refresh(second.body.refresh_token)).status).toBe(200);
  });

  it('gives the living access token once more where Discord is set to do so', async () => {
    const { codeFor, exchange, refresh } = await start({ settings: { accessTokenOnRepeat: 'same' } });
    const first = (await exchange(await codeFor())).body;
    const second = (await refresh(first.refresh_token)).body;
    expect(second.access_token).toBe(first.access_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
  });

  it('meets scripted faults: a 5xx, a 429 without rate-limit headers, a dropped answer that spent the code', async () => {
    const { codeFor, exchange } = await start();
    const code = await codeFor();
    discord.faults.rest({ route: '/oauth2/token', times: 1, fault: { kind: 'status', status: 502 } });
    expect((await exchange(code)).status).toBe(502);
    const limited = { kind: 'rate_limit', scope: 'user', retryAfterMs: 1_500 } as const;
    discord.faults.rest({ route: '/oauth2/token', times: 1, fault: limited });
    const answer = await exchange(code);
    expect(answer.status).toBe(429);
    expect(answer.response.headers.get('retry-after')).toBe('2');
    expect(answer.response.headers.get('x-ratelimit-limit')).toBeNull();
    discord.faults.rest({ route: '/oauth2/token', times: 1, fault: { kind: 'drop', when: 'after' } });
    await expect(exchange(code)).rejects.toThrow();
    expect((await exchange(code)).body.error).toBe('invalid_grant');
  });
});

describe('bearer tokens', () => {
  it('tell what they are worth at /oauth2/@me, and the user only with identify', async () => {
    const { codeFor, exchange, get, application, user } = await start();
    const known = (await exchange(await codeFor({ scope: 'identify guilds' }))).body;
    await expect((await get('/oauth2/@me', known.access_token)).json()).resolves.toMatchObject({
      application: { id: application.id },
      scopes: ['identify', 'guilds'],
      user: { id: user.id },
    });
    const unnamed = (await exchange(await codeFor({ scope: 'guilds' }))).body;
    await expect((await get('/oauth2/@me', unnamed.access_token)).json()).resolves.not.toHaveProperty('user');
    expect((await get('/oauth2/@me', 'nonsense')).status).toBe(401);
  });

  it('reach only what their scopes allow', async () => {
    const { codeFor, exchange, get } = await start();
    const { body } = await exchange(await codeFor({ scope: 'identify' }));
    expect((await get('/users/@me', body.access_token)).status).toBe(200);
    const refused = await get('/users/@me/guilds', body.access_token);
    expect(refused.status).toBe(401);
    await expect(refused.json()).resolves.toEqual({ message: '401: Unauthorized', code: 0 });
  });

  it.each(['access_token', 'refresh_token'] as const)('all end when the %s is revoked', async (kind) => {
    const { codeFor, exchange, post, client, get, refresh } = await start();
    const one = (await exchange(await codeFor())).body;
    const other = (await exchange(await codeFor())).body;
    const { status, body } = await post('token/revoke', { token: one[kind] ?? '', ...client });
    expect(status).toBe(200);
    expect(body).toEqual({});
    for (const pair of [one, other]) {
      expect((await get('/users/@me', pair.access_token)).status).toBe(401);
      expect((await refresh(pair.refresh_token)).body.error).toBe('invalid_grant');
    }
  });

  it('revoking an unknown token is no error, a wrong client is', async () => {
    const { post, client } = await start();
    expect((await post('token/revoke', { token: 'nonsense', ...client })).status).toBe(200);
    expect((await post('token/revoke', { token: 'nonsense' })).body).toEqual({ error: 'invalid_client' });
  });
});

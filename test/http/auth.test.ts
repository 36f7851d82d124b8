import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, startApi } from '../support/api-world.ts';
import { createBrowser, type Browser } from '../support/browser.ts';
import { at } from '../support/local-discord.ts';

const FRONTEND = 'https://front.example.org';
const started = z.object({ auth_url: z.string(), state: z.string() });
const status = z.object({ authenticated: z.boolean(), is_linked: z.boolean(), user_id: z.string().optional() });

async function startWorld(env: Record<string, string> = {}) {
  const api = await startApi({ env });
  const [anna, ben] = [at(api.local.members, 0).id, at(api.local.members, 1).id];
  return { ...api, anna, ben, browser: createBrowser(api), other: createBrowser(api) };
}

const statusIn = async (browser: Browser) =>
  status.parse(await (await browser.send('/api/discord/auth/status')).json());

/** What a page of ours asks in this browser. */
async function askIn(browser: Browser, line: string): Promise<z.infer<typeof started>> {
  const [method = 'GET', path = ''] = line.split(' ');
  return started.parse(await (await browser.send(path, { method })).json());
}

describe('logging in', () => {
  it('makes an account, links the Discord user, and sets a session that scripts cannot read', async () => {
    const { browser, bot, anna } = await startWorld();
    const answer = await browser.logIn(anna);
    expect([answer.status, browser.location(answer)]).toEqual([302, 'http://localhost:3000/dashboard']);
    expect(answer.headers.getSetCookie().find((line) => line.startsWith('session='))).toMatch(
      /; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/,
    );
    const link = await bot.app.links.find(anna);
    expect(await statusIn(browser)).toMatchObject({ authenticated: true, is_linked: true, user_id: link?.accountId });
  });

  it('finds the account that the Discord user belongs to', async () => {
    const { browser, other, anna } = await startWorld();
    await browser.logIn(anna);
    await other.logIn(anna);
    expect(await statusIn(other)).toEqual(await statusIn(browser));
    expect(other.cookies.get('session')).not.toBe(browser.cookies.get('session'));
  });

  it('goes on to the page that was asked for, on an allowed origin only', async () => {
    const { browser, anna } = await startWorld({ FRONTEND_URL: FRONTEND });
    expect(browser.location(await browser.logIn(anna))).toBe(`${FRONTEND}/dashboard`);
    const wanted = `?redirect_url=${encodeURIComponent(`${FRONTEND}/guilds?a=b`)}`;
    expect(browser.location(await browser.logIn(anna, wanted))).toBe(`${FRONTEND}/guilds?a=b`);
    const refused = await browser.send(`/api/auth/discord/login?redirect_url=${encodeURIComponent('//evil.example')}`);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('That address is not allowed');
    expect((await browser.send('/dashboard')).status).toBe(404);
  });

  it('asks for cookies of this host alone in production', async () => {
    const { browser, anna } = await startWorld({ ENVIRONMENT: 'production' });
    const answer = await browser.logIn(anna);
    expect(answer.headers.getSetCookie().find((line) => line.startsWith('__Host-session='))).toMatch(
      /; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('is shown on a page of its own where there is no front end', async () => {
    const { browser, anna, local } = await startWorld();
    const user = local.discord.world.users.get(anna);
    if (user) Object.assign(user, { globalName: '<b>Anna</b>' });
    expect(await (await browser.send('/dashboard')).text()).toContain('You&#39;re not logged in');
    await browser.logIn(anna);
    const page = await (await browser.send('/dashboard')).text();
    expect(page).toContain('logged in as &lt;b&gt;Anna&lt;/b&gt;');
    expect(page).not.toContain('<b>Anna');
  });

  it('gets the way to Discord for a page that asks, with the cookie of the browser', async () => {
    const { browser, anna } = await startWorld();
    const { auth_url: authUrl, state } = await askIn(browser, 'GET /api/discord/auth/login');
    expect(new URL(authUrl).searchParams.get('state')).toBe(state);
    expect(browser.cookies.get('browser')).toMatch(/^[\w-]{43}$/);
    expect((await browser.send(await browser.consent(authUrl, anna))).status).toBe(302);
    expect(await statusIn(browser)).toMatchObject({ authenticated: true });
  });

  it('never makes a browser log in as whoever began in another one', async () => {
    const { browser, other, anna, ben } = await startWorld();
    const attack = await browser.send('/api/auth/discord/login');
    const back = await browser.consent(browser.location(attack), anna);
    const lured = await other.send(back);
    expect(lured.status).toBe(403);
    expect(await lured.text()).toContain('Log in again here');
    expect(other.cookies.has('session')).toBe(false);
    // Nor one that has its own way under way.
    const own = await other.send('/api/auth/discord/login');
    expect((await other.send(back)).status).toBe(403);
    expect((await other.send(await other.consent(other.location(own), ben))).status).toBe(302);
    expect((await browser.send(back)).status).toBe(302);
  });

  it('takes each answer of Discord once, and none that was altered or mixed up', async () => {
    const { browser, anna } = await startWorld();
    const one = new URL(await browser.consent(browser.location(await browser.send('/api/auth/discord/login')), anna));
    const two = new URL(await browser.consent(browser.location(await browser.send('/api/auth/discord/login')), anna));
    const altered = new URL(one);
    altered.searchParams.set('state', 'A'.repeat(43));
    const mixed = new URL(one);
    mixed.searchParams.set('code', two.searchParams.get('code') ?? '');
    for (const { href } of [altered, mixed, one]) {
      const answer = await browser.send(href);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toMatch(/log in again/i);
    }
    expect((await browser.send(two.href)).status).toBe(400);
    expect(browser.cookies.has('session')).toBe(false);
  });

  it('says in its own words that it was denied', async () => {
    const { browser, anna } = await startWorld();
    const way = browser.location(await browser.send('/api/auth/discord/login'));
    const page = await browser.send(await browser.consent(way, anna, 'deny'));
    expect(page.status).toBe(403);
    expect(await page.text()).toContain('<h1>You are not logged in</h1>');
  });

  it('says that Discord is the trouble, and to log in again', async () => {
    const { browser, anna, local } = await startWorld();
    const back = await browser.consent(browser.location(await browser.send('/api/auth/discord/login')), anna);
    local.discord.faults.rest({ when: ({ path }) => path === '/oauth2/token', fault: { kind: 'status', status: 500 } });
    const page = await browser.send(back);
    expect(page.status).toBe(503);
    expect(await page.text()).toContain('Wait a minute, then log in again.');
  });

  it('leaves nothing of a session that the browser had before', async () => {
    const { browser, anna, ben } = await startWorld();
    browser.cookies.set('session', 'fixed by somebody');
    await browser.logIn(anna);
    const first = browser.cookies.get('session');
    await browser.logIn(ben);
    expect(browser.cookies.get('session')).not.toBe(first);
    expect(first).not.toBe('fixed by somebody');
  });
});

describe('linking another Discord user', () => {
  it('ties him to the account that is logged in', async () => {
    const { browser, bot, anna, ben } = await startWorld();
    await browser.logIn(anna);
    const { auth_url: authUrl } = await askIn(browser, 'POST /api/discord/auth/link');
    const answer = await browser.send(await browser.consent(authUrl, ben));
    expect([answer.status, browser.location(answer)]).toEqual([302, 'http://localhost:3000/dashboard']);
    const links = await bot.app.links.siblings(anna);
    expect(links.map(({ discordId }) => discordId)).toEqual([anna, ben]);
    expect(answer.headers.getSetCookie().join()).not.toContain('session=');
  });

  it('never ties a stranger who was lured onto the way of somebody else', async () => {
    const { login, send, other, bot, anna, ben } = await startWorld();
    const token = await login(anna);
    const begun = started.parse((await send('POST /api/discord/auth/link', { as: token })).body);
    const back = await other.consent(begun.auth_url, ben);
    const refused = await other.send(back);
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('nothing was linked');
    expect(await bot.app.links.find(ben)).toBeNull();
    await other.logIn(ben);
    const known = await other.send(back);
    expect(await known.text()).toContain('Another account is logged in');
    expect(await bot.app.links.siblings(ben)).toHaveLength(1);
  });

  it('works for a client with a token, in a browser where that account is logged in', async () => {
    const { login, send, browser, bot, anna, ben } = await startWorld();
    const token = await login(anna);
    const begun = started.parse((await send('POST /api/discord/auth/link', { as: token })).body);
    await browser.logIn(anna);
    expect((await browser.send(await browser.consent(begun.auth_url, ben))).status).toBe(302);
    expect(await bot.app.links.siblings(ben)).toHaveLength(2);
  });

  it('works for a page with a token, in the browser that has the cookie of the answer', async () => {
    const { login, browser, bot, anna, ben } = await startWorld();
    const authorization = `Bearer ${await login(anna)}`;
    const path = '/api/discord/auth/login?link=true';
    const begun = started.parse(await (await browser.send(path, { headers: { authorization } })).json());
    expect((await browser.send(await browser.consent(begun.auth_url, ben))).status).toBe(302);
    expect(await bot.app.links.siblings(ben)).toHaveLength(2);
    expect(browser.cookies.has('session')).toBe(false);
  });

  it('does not merge accounts', async () => {
    const { browser, login, bot, anna, ben } = await startWorld();
    await login(ben);
    await browser.logIn(anna);
    const { auth_url: authUrl } = await askIn(browser, 'POST /api/discord/auth/link');
    const refused = await browser.send(await browser.consent(authUrl, ben));
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('accounts are not merged');
    expect(await bot.app.links.siblings(ben)).toHaveLength(1);
  });

  it.each([
    { name: 'the session was logged out', end: 'POST /api/auth/logout' },
    { name: 'the account was deleted', end: 'DELETE /api/me' },
  ])('comes to nothing once $name', async ({ end }) => {
    const { browser, bot, anna, ben } = await startWorld();
    await browser.logIn(anna);
    const { auth_url: authUrl } = await askIn(browser, 'POST /api/discord/auth/link');
    const [method = '', path = ''] = end.split(' ');
    expect((await browser.send(path, { method })).ok).toBe(true);
    expect((await browser.send(await browser.consent(authUrl, ben))).status).toBe(400);
    expect(await bot.app.links.find(ben)).toBeNull();
  });

  it('needs somebody who is logged in', async () => {
    const { send } = await startWorld();
    expect(codeOf(await send('POST /api/discord/auth/link'))).toBe('unauthenticated');
    expect(codeOf(await send('GET /api/discord/auth/login?link=true'))).toBe('unauthenticated');
  });

  it('is not begun by a page from elsewhere', async () => {
    const { browser, anna } = await startWorld();
    await browser.logIn(anna);
    const headers = { origin: 'https://evil.example' };
    const refused = await browser.send('/api/discord/auth/link', { method: 'POST', headers });
    expect(refused.status).toBe(403);
  });

  it('links one Discord user once, however many answers come at the same moment', async () => {
    const { browser, bot, anna, ben, url } = await startWorld();
    await browser.logIn(anna);
    const { auth_url: authUrl } = await askIn(browser, 'POST /api/discord/auth/link');
    const { pathname, search } = new URL(await browser.consent(authUrl, ben));
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const answer = await fetch(`${url}${pathname}${search}`, { redirect: 'manual', headers: { cookie } });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect(answers.filter((one) => one === 302)).toHaveLength(1);
    expect(answers.filter((one) => one === 400)).toHaveLength(999);
    expect(await bot.app.links.siblings(anna)).toHaveLength(2);
  }, 30_000);
});

describe('logging out', () => {
  it('ends this session and no other, and clears the cookie', async () => {
    const { browser, other, anna, send } = await startWorld();
    await browser.logIn(anna);
    await other.logIn(anna);
    const token = browser.cookies.get('session') ?? '';
    const answer = await browser.send('/api/auth/logout', { method: 'POST' });
    expect(await answer.json()).toEqual({ message: 'Logged out' });
    expect(browser.cookies.has('session')).toBe(false);
    expect(codeOf(await send('GET /api/me', { as: token }))).toBe('unauthenticated');
    expect(await statusIn(other)).toMatchObject({ authenticated: true });
    browser.cookies.set('session', token);
    expect(await statusIn(browser)).toEqual({ authenticated: false, is_linked: false });
  });
});

describe('unlinking', () => {
  it('is for oneself and for operators; of others one learns nothing', async () => {
    const { login, send, bot, anna, ben, local } = await startWorld();
    const [own, stranger] = [await login(anna), await login(ben)];
    const path = `DELETE /api/discord/auth/unlink/${anna}`;
    const nowhere = await send('DELETE /api/discord/auth/unlink/299999999999999999', { as: stranger });
    const refused = await send(path, { as: stranger });
    expect(codeOf(refused)).toBe('not_linked');
    expect(refused.body).toEqual({ ...z.object({}).loose().parse(nowhere.body), request_id: expect.any(String) });
    expect((await send(path, { as: own })).status).toBe(204);
    expect(await bot.app.links.find(anna)).toBeNull();
    expect([...local.discord.world.accessTokens.values()].some(({ userId }) => userId === anna)).toBe(false);
    expect(codeOf(await send(path, { as: own }))).toBe('unauthenticated');
    expect(codeOf(await send(path, { as: await login(local.owner.id) }))).toBe('not_linked');
    expect((await send('GET /api/discord/auth/status', { cookie: own })).body).toMatchObject({ authenticated: false });
  });

  it('may be done by an operator', async () => {
    const { login, send, bot, local } = await startApi({ env: ({ owner }) => ({ OPERATOR_IDS: owner.id }) });
    const member = at(local.members, 0).id;
    await login(member);
    const path = `DELETE /api/discord/auth/unlink/${member}`;
    expect((await send(path, { as: await login(local.owner.id) })).status).toBe(204);
    expect(await bot.app.links.find(member)).toBeNull();
  });
});

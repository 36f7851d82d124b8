import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Guild } from '../../src/core/guild.ts';
import type { MemberResult } from '../../src/sync/results.ts';
import { createTestServer } from '../support/http.ts';
import { anna, ben, mallory, startLinking, type Person } from '../support/linking.ts';

let world: Awaited<ReturnType<typeof startLinking>>;
let server: ReturnType<typeof createTestServer>;
beforeEach(async () => {
  world = await startLinking();
  server = createTestServer({ links: world.links });
});
afterEach(() => world.close());

const callbackPath = '/api/discord/auth/callback';

/** What a person's browser does up to the redirect back: opens the link, keeps the cookie, says yes. */
async function consent(owner: Person, user: Person = owner) {
  const { url } = await world.links.startFromDiscord(owner.id);
  const opened = await request(server.app).get(new URL(url).pathname).expect(302);
  const cookie = String(opened.headers['set-cookie']).split(';', 1)[0] ?? '';
  const query = await world.discord.consent(String(opened.headers['location']), user);
  return { cookie, query, opened, url };
}

const callback = (cookie: string, query: object, path = callbackPath) =>
  request(server.app).get(path).query(query).set('Cookie', cookie);

describe('opening a link', () => {
  it("sends the browser to Discord's consent page, with a cookie that scripts cannot read", async () => {
    const { opened } = await consent(anna);
    expect(opened.headers['location']).toContain(world.discord.authorizeUrl);
    expect(String(opened.headers['set-cookie'])).toMatch(
      /^browser=[\w-]{43}; Max-Age=600; Path=\/; .*HttpOnly; SameSite=Lax$/,
    );
    expect(opened.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  it('asks for a secure cookie of this host alone in production', async () => {
    const production = createTestServer({ links: world.links, production: true });
    const { url } = await world.links.startFromDiscord(anna.id);
    const opened = await request(production.app).get(new URL(url).pathname);
    expect(String(opened.headers['set-cookie'])).toMatch(
      /^__Host-browser=.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(String(opened.headers['set-cookie'])).not.toContain('Domain');
  });

  it('is not done by a HEAD, which a preview may send', async () => {
    const { pathname } = new URL((await world.links.startFromDiscord(anna.id)).url);
    await request(server.app).head(pathname).expect(405).expect('Allow', 'GET');
    await request(server.app).get(pathname).expect(302);
  });

  it('works again in the same browser, and not in another', async () => {
    const { cookie, url } = await consent(anna);
    await request(server.app).get(new URL(url).pathname).set('Cookie', `other=1; ${cookie}`).expect(302);
    const refused = await request(server.app).get(new URL(url).pathname).expect(403);
    expect(refused.text).toContain('<h1>Opened in another browser</h1>');
    expect(refused.text).toContain('type /link again');
  });

  it('says what to do when the link is unknown', async () => {
    const page = await request(server.app).get('/link/nonsense').expect(400);
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    expect(page.text).toContain('<h1>This link no longer works</h1>');
    expect(page.text).toContain('type /link there to get a new one.');
  });

  it('answers a JSON client in JSON', async () => {
    const answer = await request(server.app).get('/link/nonsense').set('Accept', 'application/json').expect(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'link_expired', status: 400 });
  });
});

describe('coming back from Discord', () => {
  it.each([callbackPath, '/api/auth/discord/callback'])('shows at %s that the link stands', async (path) => {
    const { cookie, query } = await consent(anna);
    const page = await callback(cookie, query, path).expect(200);
    expect(page.text).toContain('linked as Anna</h1>');
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(await world.links.find(anna.id)).not.toBeNull();
  });

  it('shows that the link was used when the page is loaded again', async () => {
    const { cookie, query } = await consent(anna);
    await callback(cookie, query).expect(200);
    expect((await callback(cookie, query).expect(400)).text).toContain('This link no longer works');
  });

  it('links once when a hundred requests come at the same moment', async () => {
    const { cookie, query } = await consent(anna);
    const { port } = await server.listen();
    const url = `http://127.0.0.1:${port}${callbackPath}?${new URLSearchParams(query).toString()}`;
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(url, { headers: { cookie } })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(99);
    await server.close();
  });

  it.each([
    { name: 'no state', change: { state: undefined } },
    { name: 'two states', change: { state: ['a', 'b'] } },
    { name: 'an altered state', change: { state: 'x'.repeat(43) } },
    { name: 'no code', change: { code: undefined } },
  ])('links nothing with $name', async ({ change }) => {
    const { cookie, query } = await consent(anna);
    expect((await callback(cookie, { ...query, ...change }).expect(400)).text).toContain('This link no longer works');
    expect(await world.links.find(anna.id)).toBeNull();
  });

  it('links nothing after the link has expired', async () => {
    const { cookie, query } = await consent(anna);
    world.clock.now = new Date('2026-03-01T12:10:00Z');
    expect((await callback(cookie, query).expect(400)).text).toContain('too old');
  });

  it('links nothing without the cookie, and leaves the link to its owner', async () => {
    const { cookie, query } = await consent(anna);
    expect((await callback('', query).expect(403)).text).toContain('Opened in another browser');
    await callback(cookie, query).expect(200);
  });

  it('links nothing for another Discord user, and says so', async () => {
    const { cookie, query } = await consent(anna, ben);
    const page = await callback(cookie, query).expect(403);
    expect(page.text).toContain('<h1>This link is for somebody else</h1>');
    expect(world.discord.liveTokensOf(ben)).toEqual([]);
  });

  it('says that nothing was linked after a no', async () => {
    const { cookie, query } = await consent(anna);
    const page = await callback(cookie, { state: query.state, error: 'access_denied' }).expect(403);
    expect(page.text).toContain('<h1>Nothing was linked</h1>');
    await callback(cookie, query).expect(400);
  });

  it('says that Discord is the trouble when it answers 500', async () => {
    const { cookie, query } = await consent(anna);
    world.discord.failNext('/oauth2/token', { kind: 'status', status: 500 });
    expect((await callback(cookie, query).expect(503)).text).toContain('Discord isn&#39;t answering');
  });

  it('gives no inner detail away when a setting is wrong, and tells the operator in the log', async () => {
    const { cookie, query } = await consent(anna);
    world.discord.application.clientSecret = 'another one by now';
    const page = await callback(cookie, query).expect(500);
    expect(page.text).not.toMatch(/invalid_client|CLIENT_SECRET/);
    expect(page.text).toContain(String(page.headers['x-request-id']));
    expect(server.captured.text()).toContain('Check DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET.');
  });

  it('escapes a hostile name', async () => {
    const { cookie, query } = await consent(mallory);
    const page = await callback(cookie, query).expect(200);
    expect(page.text).not.toContain('<script');
    expect(page.text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;');
    expect(page.text).toContain('@m&amp;m');
  });

  it('keeps codes, states, tokens and cookies out of the log', async () => {
    const { cookie, query } = await consent(anna);
    await callback(cookie, query);
    const { cookie: other, query: denied } = await consent(ben);
    await callback(other, { ...denied, error: 'access_denied' });
    await request(server.app).get(`/LINK/${denied.state}/more`);
    await request(server.app).get(`//elsewhere/${denied.state}?code=${denied.code}`);
    await request(server.app).get('/link/%E0%A4%A').expect(400);
    const log = server.captured.text();
    expect(log).toContain('/link/[token]');
    const secrets = [
      ...world.discord.issuedSecrets,
      query.state,
      denied.state,
      ...[cookie, other].map((c) => c.split('=')[1]),
    ];
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});

describe("the page's roles", () => {
  const role = { id: '1', name: '<Pilot>', position: 1, permissions: 0n, isManaged: false, isLinked: false };
  const bot = { permissions: 0n, roleIds: [] };
  const guild: Guild = { id: '9', name: 'Space & Co', ownerId: '8', roles: new Map([['1', role]]), bot };
  const synced: MemberResult[] = [
    {
      guildId: '9',
      guildName: guild.name,
      discordId: anna.id,
      runId: 'run',
      state: 'synced',
      changes: [{ action: 'add', roleId: '1', reason: 'mapping_true', mappingIds: [], outcome: 'applied' }],
      plan: null,
      error: null,
    },
  ];

  async function pageAfter(onLinked: () => Promise<MemberResult[]>) {
    const other = await startLinking({ onLinked, syncWaitMs: 20 });
    const { app } = createTestServer({ links: other.links, guilds: { guild: () => guild } });
    const { browserId, ...query } = await other.reachCallback(anna);
    const page = await request(app).get(callbackPath).query(query).set('Cookie', `browser=${browserId}`).expect(200);
    await other.close();
    return page.text;
  }

  it('are named with their server', async () => {
    const page = await pageAfter(async () => synced);
    expect(page).toContain('<bdi>Space &amp; Co</bdi>');
    expect(page).toContain('You got: <strong><bdi>@&lt;Pilot&gt;</bdi></strong>');
  });

  it('are said to be on their way while the sync still runs', async () => {
    expect(await pageAfter(() => new Promise(() => {}))).toContain('Your roles are on their way');
  });
});

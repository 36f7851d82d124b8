import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { botPermissions } from '../../sandbox/seed.ts';
import { authorizationsOf } from '../../sandbox/oauth/authorizations.ts';
import { backUp } from '../../src/db/backup.ts';
import { startGroupsHost } from '../support/groups-host.ts';
import { hmacJwt } from '../support/hostile-jwts.ts';
import { hostParts } from '../support/hostile-hosts.ts';
import { createRecorder, noteIssued, secretsIn, type Secrets } from '../support/hostile-recorder.ts';
import { HOST, JWT_SECRET, startHostileWorld, type Purpose } from '../support/hostile-world.ts';
import { at, tokenOf, until } from '../support/local-discord.ts';
import { HOOK_SECRET, signed } from '../support/signed-webhook.ts';

const KEY = Buffer.from('the key of the vault, 32 bytes !').toString('base64');
const METRICS_TOKEN = 'figures-for-nobody-else-5f0c2b';
const GROUPS_TOKEN = 'groups-for-nobody-else-77ab31';
const CALLBACK = 'GET /api/discord/auth/callback';
const DAY_MS = 86_400_000;
const made = z.object({ id: z.string() });

/** A bot with a database in a file and every secret set, all of which are known here, and all that it answers. */
async function startSecretive() {
  const folder = mkdtempSync(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const host = await startGroupsHost();
  const secrets: Secrets = new Map([
    [JWT_SECRET, 'JWT_SECRET'],
    [KEY, 'ENCRYPTION_KEYS'],
    [METRICS_TOKEN, 'METRICS_TOKEN'],
    [GROUPS_TOKEN, 'GROUPS_TOKEN'],
    [HOST.secret, 'HOST_JWT_SECRET'],
    [HOOK_SECRET, 'GROUPS_HOOK_SECRET'],
    [HOOK_SECRET.replace('whsec_', ''), 'GROUPS_HOOK_SECRET'],
  ]);
  const databaseUrl = `file:${join(folder, 'rolewright.db')}`;
  const world = await startHostileWorld((local) => {
    noteIssued(local, secrets);
    secrets.set(local.application.clientSecret, 'DISCORD_CLIENT_SECRET');
    secrets.set(tokenOf(local.application), 'DISCORD_BOT_TOKEN');
    return {
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'trace',
      ENCRYPTION_KEYS: `k1:${KEY}`,
      HOST_JWT_SECRET: HOST.secret,
      HOST_JWT_ISSUER: HOST.issuer,
      HOST_JWT_AUDIENCE: HOST.audience,
      GROUPS_URL: host.url,
      METRICS_TOKEN,
      GROUPS_TOKEN,
    };
  });
  const { answers, ask } = createRecorder(world.send, secrets);
  /** A session for the API, as a secret like the others. */
  async function login(discordId: string): Promise<string> {
    const token = await world.login(discordId);
    secrets.set(token, 'a session');
    return token;
  }
  const flowOf = async (purpose: Purpose, owner: string) => {
    const flow = await world.begin(purpose, owner);
    secrets.set(flow.state, 'a state');
    for (const cookie of flow.cookie.split('; ')) secrets.set(cookie.replace(/^\w+=/, ''), 'a cookie');
    return flow;
  };
  return { ...world, folder, databaseUrl, host, secrets, answers, ask, login, flowOf };
}

type Secretive = Awaited<ReturnType<typeof startSecretive>>;

/** In and out, in each way, well and badly. */
async function useAccounts({ ask, login, flowOf, codeFor, newcomer, people, clock, bot }: Secretive): Promise<void> {
  for (const purpose of ['login', 'link', 'link_from_discord'] as const) {
    const user = newcomer();
    const flow = await flowOf(purpose, user);
    const query = `?code=${await codeFor(flow, user)}&state=${flow.state}`;
    for (const cookie of ['browser=x', flow.cookie, flow.cookie])
      await ask(`${CALLBACK}${query}`, { headers: { cookie } });
    for (const broken of ['?error=access_denied', '?code=x', '?error=invalid_scope']) {
      const other = await flowOf(purpose, user);
      await ask(`${CALLBACK}${broken}&state=${other.state}`, {
        headers: { cookie: other.cookie, accept: 'text/html' },
      });
    }
    const as = await login(user);
    for (const line of ['GET /api/me', 'GET /api/me/export', 'GET /api/discord/auth/status', 'GET /api/guilds']) {
      await ask(line, { as });
      await ask(line, { cookie: as });
    }
    await ask('GET /api/discord/auth/login?link=true', { as });
    await ask('POST /api/discord/auth/link', { as });
    await ask(`DELETE /api/discord/auth/unlink/${user}`, { as });
    await ask('POST /api/auth/logout', { as });
    await ask('GET /api/me', { as });
  }
  const { url } = await bot.app.links.startFromDiscord(people.zoe);
  const path = new URL(url).pathname;
  for (const accept of ['text/html', '*/*']) await ask(`GET ${path}`, { headers: { accept } });
  await ask('GET /api/auth/discord/login');
  // The tokens are over by now, and are renewed.
  clock.now = new Date(clock.now.getTime() + 8 * DAY_MS);
  expect((await ask('GET /api/guilds', { as: await login(people.ada) })).status).toBe(200);
  await ask('DELETE /api/me', { as: await login(people.ben) });
}

/** The host application, its groups, its webhooks; the figures; a bot of the guild's own. */
async function useSecrets(world: Secretive): Promise<void> {
  const { ask, login, guildId, ownerId, local, host, clock, secrets, people, bot } = world;
  const as = await login(ownerId);
  const hostToken = hmacJwt(hostParts(clock.now), HOST.secret);
  secrets.set(hostToken, 'a host token');
  const { access, refreshToken } = authorizationsOf(local.discord.world).issue(local.application.id, people.zoe, [
    'identify',
  ]);
  const tokens = { access_token: access.token, refresh_token: refreshToken };
  await ask('POST /api/discord/auth/link', { as, body: { external_id: '42', ...tokens } });
  await ask('POST /api/discord/auth/link', { as: hostToken, body: { external_id: '42', ...tokens, x: 1 } });
  await ask('POST /api/discord/auth/link', { as: hostToken, body: { external_id: '42', ...tokens } });
  await ask('GET /api/discord/users', { as: hostToken });
  await ask('GET /api/me', { as: `${hostToken}x` });

  for (const token of [METRICS_TOKEN, `${METRICS_TOKEN}x`]) await ask('GET /metrics', { as: token });
  await ask('POST /api/hooks/groups', signed({ external_id: '42', facts: { groups: [{ id: 'pilots' }] } }));
  await ask('POST /api/hooks/groups', signed({ external_id: '42' }, { secret: `whsec_${KEY}` }));

  host.users.set('42', { groups: [{ id: 'pilots' }] });
  const mapping = { group_id: 'http:pilots', discord_role_id: at(local.roles, 1).id };
  const { body } = await ask(`POST /api/discord/guilds/${guildId}/role-mappings`, { as, body: mapping });
  host.instead = (_request, response) => void response.writeHead(500).end(`Bearer ${GROUPS_TOKEN}`);
  await ask('POST /api/discord/sync/manual', { as, body: { guild_id: guildId, dry_run: true } });
  await bot.app.sync.guild(guildId, { trigger: 'manual', actor: ownerId });

  const theirs = local.discord.world.addApplication({ name: 'Theirs' });
  secrets.set(tokenOf(theirs), "the guild's own bot token");
  const one = `/api/discord/guilds/${guildId}`;
  for (const bot_token of [tokenOf(theirs), `${tokenOf(theirs)}x`, [tokenOf(theirs)]]) {
    await ask(`PUT ${one}`, { as, body: { bot_token } });
  }
  local.discord.world.addBot(guildId, theirs, botPermissions, { position: 4 });
  expect((await ask(`PUT ${one}`, { as, body: { bot_token: tokenOf(theirs) } })).body).toMatchObject({
    has_bot_token: true,
  });
  await bot.app.sync.guild(guildId, { trigger: 'manual', actor: ownerId });
  const of = made.parse(body).id;
  for (const line of [
    `GET ${one}`,
    'GET /api/discord/guilds',
    `GET ${one}/audit?kind=configuration`,
    `GET ${one}/audit`,
    `GET ${one}/explain?discord_id=${people.zoe}&role_id=${mapping.discord_role_id}`,
    `GET /api/discord/role-mappings/${of}`,
    `GET /api/guilds/${guildId}/bot-install-url`,
    'GET /api/discord/sync/status',
    'GET /api/discord/status',
    'GET /readyz',
    'GET /api/openapi.json',
    'GET /api/me/export',
  ]) {
    await ask(line, { as });
  }
}

/** Discord is down, refuses the application, or takes the bots' tokens away. */
async function meetTrouble(world: Secretive): Promise<void> {
  const { ask, login, flowOf, codeFor, newcomer, local, guildId, ownerId, bot, clock, people } = world;
  const { faults } = local.discord;
  const as = await login(ownerId);
  const refuse = async (kind: 'status' | 'drop', query = '') => {
    const user = newcomer();
    const flow = await flowOf('login', user);
    const code = await codeFor(flow, user);
    const fault = kind === 'status' ? { kind, status: 500 } : { kind, when: 'after' as const };
    faults.rest({ when: ({ path }) => path.startsWith('/oauth2/token'), fault, times: 1 });
    await ask(`${CALLBACK}?code=${code}&state=${flow.state}${query}`, { headers: { cookie: flow.cookie } });
  };
  await refuse('status');
  await refuse('drop');
  faults.rest({ when: ({ path }) => path.startsWith('/oauth2/token/revoke'), fault: { kind: 'status', status: 500 } });
  await ask(`DELETE /api/discord/auth/unlink/${people.cleo}`, { as: await login(people.cleo) });
  const { clientSecret } = local.application;
  local.application.clientSecret = 'another one by now';
  const user = newcomer();
  const flow = await flowOf('login', user);
  const answer = await ask(`${CALLBACK}?code=${await codeFor(flow, user)}&state=${flow.state}`, {
    headers: { cookie: flow.cookie },
  });
  expect(answer.status).toBe(500);
  clock.now = new Date(clock.now.getTime() + 8 * DAY_MS);
  await ask('GET /api/guilds', { as: await login(people.ada) });
  local.application.clientSecret = clientSecret;
  const { roles } = local;
  faults.rest({
    when: ({ path }) => path.startsWith(`/guilds/${guildId}`),
    fault: { kind: 'status', status: 401 },
    times: 3,
  });
  await bot.app.sync.guild(guildId, { trigger: 'manual', actor: ownerId }).catch(() => {});
  await ask(`POST /api/discord/guilds/${guildId}/role-mappings`, {
    as,
    body: { group_id: 'http:a', discord_role_id: roles[0]?.id },
  });
  for (const bad of ['x', '{"bot_token":', `{"bot_token":"${as}"`]) {
    await ask(`PUT /api/discord/guilds/${guildId}`, { as, body: bad });
  }
}

describe('no secret', () => {
  it('stands in an answer, in a line of the log, or plain in the database', async () => {
    const world = await startSecretive();
    const { secrets, answers, bot, folder, databaseUrl, host, local } = world;
    await useAccounts(world);
    await useSecrets(world);
    await meetTrouble(world);
    const { requests } = local.discord;
    await until(() => requests.all.some(({ path }) => path === '/oauth2/token/revoke'));
    await backUp(databaseUrl, join(folder, 'backup.db'));

    // All of them were used.
    expect(secretsIn([...host.authorizations].join(' '), secrets)).toEqual(['GROUPS_TOKEN']);
    expect(answers.length).toBeGreaterThan(90);
    expect(bot.log.length).toBeGreaterThan(100);
    const kinds = new Set(secrets.values());
    expect(kinds).toContain('a refresh token that was renewed');
    expect(secrets.size).toBeGreaterThan(60);
    expect(new Set(requests.all.map(({ actor }) => actor?.split(':')[0])).size).toBeGreaterThan(1);

    const leaks = [
      ...answers.flatMap(({ line, text }) =>
        secretsIn(text, secrets).map((name) => `${name} in the answer to ${line}`),
      ),
      ...bot.log.flatMap((line) => secretsIn(line, secrets).map((name) => `${name} in the log: ${line}`)),
      ...readdirSync(folder).flatMap((file) =>
        secretsIn(readFileSync(join(folder, file), 'latin1'), secrets).map((name) => `${name} in ${file}`),
      ),
    ];
    expect(leaks).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual(
      expect.arrayContaining(['backup.db', 'rolewright.db', 'rolewright.db-wal']),
    );
    expect(readFileSync(join(folder, 'backup.db'), 'latin1')).toContain('eyJhbGciOiJkaXIi');
  }, 60_000);
});

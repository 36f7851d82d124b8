import { startDiscord } from '../../sandbox/discord.ts';
import type { RestFault } from '../../sandbox/faults.ts';
import { authorizationsOf } from '../../sandbox/oauth/authorizations.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createLinkStore } from '../../src/db/link-store.ts';
import { createStateStore } from '../../src/db/state-store.ts';
import { createDiscordOAuth, type DiscordOAuth, type OAuthTokens } from '../../src/identity/discord-oauth.ts';
import { createLinks, type LinksOptions } from '../../src/identity/links.ts';
import { createRedirects } from '../../src/identity/redirects.ts';
import { createTokenVault } from '../../src/identity/token-vault.ts';
import { captureLog } from './log-lines.ts';

export interface Person {
  id: string;
  username: string;
  globalName: string | null;
}

export const anna: Person = { id: '200000000000000001', username: 'anna', globalName: 'Anna' };
export const ben: Person = { id: '200000000000000002', username: 'ben', globalName: null };
/** His name is an attack on the page. */
export const mallory: Person = {
  id: '200000000000000003',
  username: 'm&m',
  globalName: `<script>alert("1")</script>'`,
};

const redirectUri = 'http://localhost:3000/api/discord/auth/callback';

/** A local Discord with one application and three people, and a client of its OAuth2. */
export async function startOAuth({
  scopes = ['identify', 'guilds'] as readonly string[],
  timeoutMs = 10_000,
  latencyMs = 0,
} = {}) {
  const discord = await startDiscord({ rateLimits: false, settings: { latencyMs } });
  const application = discord.world.addApplication({ redirectUris: [redirectUri] });
  for (const person of [anna, ben, mallory]) discord.world.addUser(person);
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  /** Every code and token that was ever given out. */
  const issuedSecrets: string[] = [];
  const client = createDiscordOAuth({
    apiUrl: discord.apiUrl,
    authorizeUrl: discord.authorizeUrl,
    clientId: application.id,
    clientSecret: application.clientSecret,
    redirectUri,
    scopes,
    version: '0.0.0',
    now: () => clock.now,
    timeoutMs,
    pause: async () => {},
  });
  const oauth: DiscordOAuth = {
    ...client,
    async exchangeCode(code, verifier) {
      const tokens = await client.exchangeCode(code, verifier);
      issuedSecrets.push(tokens.accessToken, tokens.refreshToken ?? '');
      return tokens;
    },
    async refresh(refreshToken) {
      const answer = await client.refresh(refreshToken);
      if (answer.result === 'refreshed') {
        issuedSecrets.push(answer.tokens.accessToken, answer.tokens.refreshToken ?? '');
      }
      return answer;
    },
  };

  return {
    application,
    clock,
    oauth,
    issuedSecrets,
    authorizeUrl: discord.authorizeUrl,
    /** The person says yes on the consent page; the query of the redirect. */
    async consent(authorizeUrl: string, { id }: Person): Promise<{ code: string; state: string }> {
      const body = new URLSearchParams({ decision: 'authorize', user_id: id });
      const { headers } = await fetch(authorizeUrl, { method: 'POST', body, redirect: 'manual' });
      const query = new URL(headers.get('location') ?? '').searchParams;
      const code = query.get('code') ?? '';
      issuedSecrets.push(code);
      return { code, state: query.get('state') ?? '' };
    },
    /** The next requests of that path (without /api/v10) meet the fault. */
    failNext(path: string, fault: RestFault, times = 1): void {
      discord.faults.rest({ when: (request) => request.path === path, fault, times });
    },
    callsTo: (path: string) => discord.requests.all.filter((request) => request.path === path).length,
    /** A pair of tokens for a user who need not be known yet, as if he had said yes on the consent page. */
    issueTokens(userId: string): OAuthTokens {
      if (!discord.world.users.has(userId)) discord.world.addUser({ id: userId });
      const { access, refreshToken } = authorizationsOf(discord.world).issue(application.id, userId, scopes);
      issuedSecrets.push(access.token, refreshToken);
      const expiresAt = new Date(clock.now.getTime() + 604_800_000);
      return { accessToken: access.token, refreshToken, expiresAt, scopes: [...scopes] };
    },
    /** The user takes his consent back in Discord's settings. */
    takeConsentBack: (userId: string) => authorizationsOf(discord.world).revoke(application.id, userId),
    /** Access tokens that still work. */
    liveTokensOf: ({ id }: Person) =>
      [...discord.world.accessTokens.values()].filter(({ userId }) => userId === id).map(({ token }) => token),
    close: () => discord.close(),
  };
}

type Overrides = Partial<LinksOptions> & { databaseUrl?: string };

/** Linking as app.ts builds it, with a real database, before a local Discord, and a clock of its own. */
export async function startLinking(overrides: Overrides = {}) {
  const discord = await startOAuth(overrides.scopes ? { scopes: overrides.scopes } : {});
  const database = openDatabase(overrides.databaseUrl ?? ':memory:');
  const store = createLinkStore(database);
  const states = createStateStore(database);
  const captured = captureLog();
  const followed: string[] = [];
  const vault = createTokenVault([{ kid: 'k1', key: new Uint8Array(32).fill(7) }]);
  const links = createLinks({
    links: store,
    states,
    vault,
    oauth: discord.oauth,
    scopes: ['identify', 'guilds'],
    redirects: createRedirects(['http://localhost:3000']),
    apiBaseUrl: 'http://localhost:3000',
    jwtSecret: 'a secret of at least thirty-two characters',
    stateExpiryMs: 600_000,
    onLinked: async (discordId) => {
      followed.push(`linked ${discordId}`);
      return [];
    },
    onUnlinked: async (discordId, actor) => {
      followed.push(`unlinked ${discordId} by ${actor}`);
    },
    now: () => discord.clock.now,
    log: captured.log,
    ...overrides,
  });

  return {
    discord,
    clock: discord.clock,
    store,
    states,
    vault,
    links,
    captured,
    /** What `onLinked` and `onUnlinked` were told. */
    followed,
    /** From /link to the callback: `owner` asked for the link, `person` says yes on the consent page. */
    async reachCallback(owner: Person, person: Person = owner) {
      const { url } = await links.startFromDiscord(owner.id);
      const { authorizeUrl, browserId } = await links.open(url.split('/').at(-1) ?? '', null);
      return { ...(await discord.consent(authorizeUrl, person)), browserId, accountId: null };
    },
    async close(): Promise<void> {
      database.close();
      await discord.close();
    },
  };
}

import manifest from '../../package.json' with { type: 'json' };
import type { Database } from '../db/database.ts';
import { createReadMemory } from '../db/read-memory.ts';
import { createAccess } from '../identity/access.ts';
import { createAccounts } from '../identity/accounts.ts';
import { createCallers } from '../identity/callers.ts';
import { createDiscordOAuth } from '../identity/discord-oauth.ts';
import { createHostLinks } from '../identity/host-links.ts';
import { createHostTokens } from '../identity/host-tokens.ts';
import { createLinkTokens } from '../identity/link-tokens.ts';
import { createLinks } from '../identity/links.ts';
import { createOAuthGuilds } from '../identity/oauth-guilds.ts';
import { createRedirects } from '../identity/redirects.ts';
import { rememberCallers } from '../identity/remembered-callers.ts';
import { createSessions } from '../identity/sessions.ts';
import { createTokenRefresh } from '../identity/token-refresh.ts';
import { createTokenVault } from '../identity/token-vault.ts';
import { observeOAuth } from '../metrics/observed-oauth.ts';
import { createReadAllowance, LOOKS_A_MINUTE, ORDERED_READS_A_MINUTE } from '../sync/read-allowance.ts';
import type { Sync } from '../sync/sync.ts';
import type { Base } from './base.ts';
import type { Discord } from './discord.ts';
import type { Stores } from './stores.ts';

/** So long is kept what was read and may depend on more than the database: a token's end, a role's place. */
export const REMEMBERED_MS = 1_000;

/** The tokens that Discord gave: sealed, and kept fresh. */
export function createTokens({ config, metrics, now, log }: Base, { links }: Pick<Stores, 'links'>) {
  const vault = createTokenVault(config.encryptionKeys);
  const oauth = observeOAuth(
    createDiscordOAuth({ ...config.discord, version: manifest.version, now, observer: metrics }),
    metrics,
  );
  const thresholdMs = config.tokenRefreshThresholdMs;
  return { vault, oauth, tokens: createTokenRefresh({ links, vault, oauth, now, thresholdMs, log: log('tokens') }) };
}

export type Tokens = ReturnType<typeof createTokens>;

/** Who people are, which Discord users are theirs, and what they may do. */
export function createIdentity(
  base: Base,
  database: Database,
  stores: Stores,
  { guilds, guildsByMainBot }: Pick<Discord, 'guilds' | 'guildsByMainBot'>,
  { vault, oauth, tokens }: Tokens,
  sync: Pick<Sync, 'everywhere'>,
) {
  const { config, metrics, now, newId, inBackground } = base;
  const { links, settings } = stores;
  const log = base.log('identity');
  const onUnlinked = async (discordId: string, actor: string) =>
    void (await sync.everywhere(discordId, { trigger: 'unlink', actor }));
  const onLinked = (discordId: string) => sync.everywhere(discordId, { trigger: 'link', actor: discordId });
  const sessions = createSessions({
    store: stores.sessions,
    jwtSecret: config.jwtSecret,
    issuer: config.http.apiBaseUrl,
    now,
    newId,
  });
  const linkTokens = createLinkTokens({ links, vault, oauth, log });
  const callers = createCallers({
    sessions,
    hostTokens: createHostTokens(config.hostApplication, { now }),
    links,
    operatorIds: config.operatorIds,
    now,
    newId,
  });
  return {
    /** What people order has a share of its own: who has used it up still gets in. */
    allowance: createReadAllowance(ORDERED_READS_A_MINUTE, { now }),
    sessions,
    callers: rememberCallers(callers, createReadMemory({ database, maxAgeMs: REMEMBERED_MS, most: 1_000, now })),
    // Whoever administers a guild whose own bot fails must be able to mend it.
    access: createAccess({
      guilds: guildsByMainBot,
      isBotIn: async (guildId) => (await settings.find(guildId))?.leftAt === null,
      oauthGuildsOf: createOAuthGuilds({ tokens, oauth }),
      allowance: createReadAllowance(LOOKS_A_MINUTE, { now }),
      now,
    }),
    accounts: createAccounts({
      accounts: stores.accounts,
      personal: stores.personal,
      sessions,
      linkTokens,
      guilds,
      onUnlinked,
      now,
      log,
    }),
    hostLinks: createHostLinks({
      links,
      linkTokens,
      oauth,
      clientId: config.discord.clientId,
      onLinked: (discordId) => inBackground('sync', onLinked(discordId)),
      now,
      newId,
      log,
    }),
    links: createLinks({
      links,
      states: stores.states,
      vault,
      oauth,
      redirects: createRedirects([config.http.frontendUrl, config.http.apiBaseUrl]),
      apiBaseUrl: config.http.apiBaseUrl,
      jwtSecret: config.jwtSecret,
      scopes: config.discord.scopes,
      stateExpiryMs: config.stateExpiryMs,
      onLinked,
      onUnlinked,
      onEnded: metrics.oauthEnded,
      now,
      log,
    }),
  };
}

export type Identity = ReturnType<typeof createIdentity>;

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LinkStore } from '../db/link-store.ts';
import type { OAuthState, StateStore } from '../db/state-store.ts';
import type { MemberResult } from '../sync/results.ts';
import type { DiscordOAuth, OAuthTokens } from './discord-oauth.ts';
import { refusals } from './link-refusals.ts';
import { createLinkTokens } from './link-tokens.ts';
import { allowsPkce, createPkce, hashSecret, isSecret, newSecret } from './oauth-state.ts';
import type { TokenVault } from './token-vault.ts';

/** The tie between a Discord user and an account. */
export interface Link {
  discordId: string;
  accountId: string;
  username: string;
  globalName: string | null;
  scopes: string[];
  /** Discord no longer takes the tokens: the member has to link again; his roles stay. */
  needsRelink: boolean;
  linkedAt: Date;
}

/** What Discord sent a browser back with, and the browser's own cookie. */
interface Callback {
  code?: string | undefined;
  state?: string | undefined;
  error?: string | undefined;
  browserId: string | null;
}

export interface FinishedLink {
  link: Link;
  /** false: he was linked already and only his tokens are new. */
  isNew: boolean;
  redirectUrl: string | null;
  /** What the sync after it did; null when it failed or still runs. */
  synced: MemberResult[] | null;
}

/** Linking Discord users to accounts through OAuth2. Errors are AppErrors with words for the page. */
export interface Links {
  find(discordId: string): Promise<Link | null>;
  /** All Discord users of the account that this one belongs to; empty when he is not linked. */
  siblings(discordId: string): Promise<Link[]>;
  /** A one-time URL for this Discord user only. */
  startFromDiscord(discordId: string): Promise<{ url: string; expiresAt: Date }>;
  /** A browser opens the URL: binds it to that browser and says where to go. */
  open(token: string, browserId: string | null): Promise<{ authorizeUrl: string; browserId: string }>;
  /** Discord sent the browser back. */
  finish(callback: Callback): Promise<FinishedLink>;
  /** Ends the link, revokes its tokens at Discord, and lets roles follow the guilds' `on_unlink`. */
  unlink(discordId: string, actor: string): Promise<void>;
}

export interface LinksOptions {
  links: Pick<LinkStore, 'find' | 'ofAccount' | 'link' | 'unlink'>;
  states: Pick<StateStore, 'save' | 'open' | 'take'>;
  vault: TokenVault;
  oauth: DiscordOAuth;
  /** Where /link/<token> is reached. */
  apiBaseUrl: string;
  jwtSecret: string;
  scopes: readonly string[];
  stateExpiryMs: number;
  /** Syncs the member everywhere. */
  onLinked(discordId: string): Promise<MemberResult[]>;
  onUnlinked(discordId: string, actor: string): Promise<void>;
  now: () => Date;
  log: Logger;
  /** How long the page waits for `onLinked`; the sync goes on in the background after that. */
  syncWaitMs?: number;
}

export function createLinks(options: LinksOptions): Links {
  const { links, states, oauth, scopes, now, log } = options;
  const linkTokens = createLinkTokens(options);
  const pkce = allowsPkce(scopes) ? createPkce(options.jwtSecret) : null;

  /** Uses the state up for the browser that it belongs to; a stranger's attempt leaves it as it is. */
  async function takeState({ state, browserId }: Callback): Promise<{ row: OAuthState; state: string }> {
    if (!isSecret(state)) throw refusals.expired();
    const taken = await states.take(hashSecret(state), browserId && hashSecret(browserId), now());
    if (taken.state === 'other_browser') throw refusals.otherBrowser();
    if (taken.state !== 'ok') throw refusals.expired();
    return { row: taken.row, state };
  }

  /** Links the Discord user whose tokens these are, if the state is for him. Otherwise the tokens end. */
  async function linkOwner(row: OAuthState, tokens: OAuthTokens): Promise<Pick<FinishedLink, 'link' | 'isNew'>> {
    let ownerId = row.discordId ?? '';
    try {
      const user = await oauth.userOf(tokens.accessToken);
      ownerId = user.id;
      if (user.id !== row.discordId) throw refusals.otherUser();
      const result = await links.link({
        discordUser: user,
        accountId: row.accountId,
        tokens: await linkTokens.seal(tokens, user.id),
        newAccountId: randomUUID(),
        now: now(),
      });
      if (result.result !== 'linked') throw refusals.accountConflict();
      return result;
    } catch (error) {
      await linkTokens.discard(tokens, ownerId);
      throw error;
    }
  }

  /** The member's roles as far as they come in time: a page is not kept waiting, and never fails because a sync did. */
  async function syncInTime(discordId: string): Promise<MemberResult[] | null> {
    const failed = (err: unknown) => {
      log.error({ err, discordId }, 'the sync after linking failed');
      return null;
    };
    const settled = new AbortController();
    const late = delay(options.syncWaitMs ?? 5000, null, { signal: settled.signal, ref: false }).catch(() => null);
    const synced = await Promise.race([options.onLinked(discordId).catch(failed), late]);
    settled.abort();
    return synced;
  }

  return {
    find: (discordId) => links.find(discordId),

    async siblings(discordId) {
      const link = await links.find(discordId);
      return link ? links.ofAccount(link.accountId) : [];
    },

    async startFromDiscord(discordId) {
      const token = newSecret();
      const createdAt = now();
      const expiresAt = new Date(createdAt.getTime() + options.stateExpiryMs);
      const blank = { accountId: null, browserHash: null, redirectUrl: null };
      await states.save({
        stateHash: hashSecret(token),
        purpose: 'link_from_discord',
        discordId,
        createdAt,
        expiresAt,
        ...blank,
      });
      return { url: `${options.apiBaseUrl}/link/${token}`, expiresAt };
    },

    async open(token, knownBrowserId) {
      if (!isSecret(token)) throw refusals.expired();
      const browserId = isSecret(knownBrowserId) ? knownBrowserId : newSecret();
      const opened = await states.open(hashSecret(token), hashSecret(browserId), now());
      if (opened.state === 'other_browser') throw refusals.otherBrowser();
      if (opened.state !== 'ok' || opened.row.purpose !== 'link_from_discord') throw refusals.expired();
      const codeChallenge = pkce ? pkce.challenge(token) : null;
      return { authorizeUrl: oauth.authorizeUrl({ state: token, codeChallenge }), browserId };
    },

    async finish(callback) {
      const { row, state } = await takeState(callback);
      if (row.purpose !== 'link_from_discord') throw refusals.expired();
      if (callback.error !== undefined) throw consentRefused(callback.error);
      if (!callback.code) throw refusals.expired();
      const tokens = await oauth.exchangeCode(callback.code, pkce ? pkce.verifier(state) : null);
      const { link, isNew } = await linkOwner(row, tokens);
      log.info({ discordId: link.discordId, isNew }, 'linked a Discord user');
      return { link, isNew, redirectUrl: row.redirectUrl, synced: await syncInTime(link.discordId) };
    },

    async unlink(discordId, actor) {
      const former = await links.unlink(discordId);
      if (!former) throw refusals.notLinked();
      log.info({ discordId, actor }, 'unlinked a Discord user');
      const followed = options.onUnlinked(discordId, actor).catch((err: unknown) => {
        log.error({ err, discordId }, 'the sync after unlinking failed');
      });
      await Promise.all([followed, former.tokens && linkTokens.revoke(former.tokens, discordId)]);
    },
  };
}

/** The consent page's own errors (RFC 6749, 4.1.2.1). */
function consentRefused(error: string): Error {
  if (error === 'access_denied') return refusals.denied();
  if (error === 'server_error' || error === 'temporarily_unavailable') return refusals.discordTrouble(error);
  const known = /^[a-z_]{1,40}$/.test(error) ? error : 'an unknown error';
  return new Error(
    `Discord's consent page refuses this application (${known}). Check DISCORD_CLIENT_ID and DISCORD_SCOPES.`,
  );
}

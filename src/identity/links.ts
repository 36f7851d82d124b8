import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LinkStore } from '../db/link-store.ts';
import type { OAuthState } from '../db/state-store.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { MemberResult } from '../sync/results.ts';
import type { DiscordOAuth, OAuthTokens } from './discord-oauth.ts';
import { refusals, type Purpose } from './link-refusals.ts';
import { createLinkTokens } from './link-tokens.ts';
import {
  createOAuthFlow,
  inWordsFor,
  type Callback,
  type OAuthFlowOptions,
  type StartedFlow,
  type Starter,
} from './oauth-flow.ts';
import type { Redirects } from './redirects.ts';
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

export interface FinishedLink {
  purpose: Purpose;
  link: Link;
  /** false: he was linked already and only his tokens are new. */
  isNew: boolean;
  /** Where the browser wants to go; null: nothing was said. */
  redirectUrl: string | null;
  /** What the sync after it did; null when it failed or still runs (nobody waits for it after a login). */
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
  /** Somebody wants to log in with his Discord user. AppError redirect_not_allowed. */
  startLogin(browser: Browser): Promise<StartedFlow>;
  /** Somebody wants to link another Discord user to his account. AppError redirect_not_allowed. */
  startLink(starter: Starter, browser: Browser): Promise<StartedFlow>;
  /** Discord sent the browser back. */
  finish(callback: Callback): Promise<FinishedLink>;
  /** Ends the link with the sessions that began with it, revokes its tokens at Discord, and lets roles follow the guilds' `on_unlink`. */
  unlink(discordId: string, actor: string): Promise<void>;
}

/** The browser that asks, by its cookie (null: it has none yet), and where it says that it wants to go in the end. */
interface Browser {
  browserId: string | null;
  redirectUrl: string | undefined;
}

export interface LinksOptions extends OAuthFlowOptions {
  links: Pick<LinkStore, 'find' | 'ofAccount' | 'link' | 'unlink'>;
  vault: TokenVault;
  oauth: DiscordOAuth;
  redirects: Redirects;
  /** Where /link/<token> is reached. */
  apiBaseUrl: string;
  /** Syncs the member everywhere. */
  onLinked(discordId: string): Promise<MemberResult[]>;
  onUnlinked(discordId: string, actor: string): Promise<void>;
  /** Counts what became of logins and links: `ok`, or an error's code. */
  onEnded?(purpose: Purpose | 'unknown', code: string): void;
  log: Logger;
  /** How long somebody waits for a sync; it goes on in the background after that. */
  syncWaitMs?: number;
}

export function createLinks(options: LinksOptions): Links {
  const { links, oauth, now, log, syncWaitMs = 5000 } = options;
  const linkTokens = createLinkTokens(options);
  const flow = createOAuthFlow(options);
  const checked = ({ browserId, redirectUrl }: Browser) => ({
    browserId,
    redirectUrl: options.redirects.check(redirectUrl),
  });

  /** Ties the Discord user whose tokens these are, if the state is for him. Otherwise the tokens end. */
  async function linkOwner(row: OAuthState, tokens: OAuthTokens): Promise<Pick<FinishedLink, 'link' | 'isNew'>> {
    let ownerId = row.discordId ?? '';
    try {
      const user = await oauth.userOf(tokens.accessToken);
      ownerId = user.id;
      if (row.purpose === 'link_from_discord' && user.id !== row.discordId) throw refusals.otherUser();
      const result = await links.link({
        discordUser: user,
        accountId: row.accountId,
        startedBy: row.startedBy,
        tokens: await linkTokens.seal(tokens, user.id),
        newAccountId: randomUUID(),
        now: now(),
      });
      if (result.result === 'account_gone') throw refusals.expired(row.purpose);
      if (result.result !== 'linked') throw refusals.accountConflict();
      return result;
    } catch (error) {
      await linkTokens.discard(tokens, ownerId);
      throw inWordsFor(row.purpose, error);
    }
  }

  /** What a sync comes to, if it does in time: nobody is kept waiting, and nothing fails because a sync did. */
  async function inTime<T>(sync: Promise<T>, discordId: string, words: string): Promise<T | null> {
    const failed = (err: unknown) => {
      log.error({ err, discordId }, words);
      return null;
    };
    const settled = new AbortController();
    const late = delay(syncWaitMs, null, { signal: settled.signal, ref: false }).catch(() => null);
    const result = await Promise.race([sync.catch(failed), late]);
    settled.abort();
    return result;
  }

  async function finish(callback: Callback, onKnown: (purpose: Purpose) => void): Promise<FinishedLink> {
    const { row, tokens } = await flow.finish(callback, onKnown);
    const { purpose, redirectUrl } = row;
    const { link, isNew } = await linkOwner(row, tokens);
    const { discordId } = link;
    log.info({ discordId, isNew, purpose }, 'linked a Discord user');
    // Whoever only logs in again has no other groups than before.
    const isNews = isNew || purpose !== 'login';
    const sync = isNews ? inTime(options.onLinked(discordId), discordId, 'the sync after linking failed') : null;
    // Only the page of a link from Discord shows the roles.
    const synced = purpose === 'link_from_discord' ? await sync : null;
    return { purpose, link, isNew, redirectUrl, synced };
  }

  return {
    find: (discordId) => links.find(discordId),

    async siblings(discordId) {
      const link = await links.find(discordId);
      return link ? links.ofAccount(link.accountId) : [];
    },

    async startFromDiscord(discordId) {
      const { token, expiresAt } = await flow.startFromDiscord(discordId);
      return { url: `${options.apiBaseUrl}/link/${token}`, expiresAt };
    },

    open: (token, browserId) => flow.open(token, browserId),
    startLogin: async (browser) => flow.start({ purpose: 'login', starter: null }, checked(browser)),
    startLink: async (starter, browser) => flow.start({ purpose: 'link', starter }, checked(browser)),

    async finish(callback) {
      let purpose: Purpose | 'unknown' = 'unknown';
      try {
        const finished = await finish(callback, (known) => (purpose = known));
        options.onEnded?.(finished.purpose, 'ok');
        return finished;
      } catch (error) {
        options.onEnded?.(purpose, error instanceof AppError ? error.code : 'internal_error');
        if (error instanceof AppError && NOT_TOLD.has(error.code) && error.cause !== undefined) {
          log.info({ err: error.cause, purpose }, 'Discord granted no login or link');
        }
        throw error;
      }
    },

    async unlink(discordId, actor) {
      const former = await links.unlink(discordId, now());
      if (!former) throw refusals.notLinked();
      log.info({ discordId, actor }, 'unlinked a Discord user');
      const followed = inTime(options.onUnlinked(discordId, actor), discordId, 'the sync after unlinking failed');
      await Promise.all([followed, former.tokens && linkTokens.revoke(former.tokens, discordId)]);
    },
  };
}

/** Refusals that are the answer to a person; why Discord gave rise to them stands in the log alone. */
const NOT_TOLD = new Set<ErrorCode>(['link_denied', 'link_expired', 'login_denied']);

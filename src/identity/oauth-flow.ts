import type { OAuthState, StateStore } from '../db/state-store.ts';
import { AppError } from '../errors.ts';
import type { DiscordOAuth, OAuthTokens } from './discord-oauth.ts';
import { refusals, type Purpose } from './link-refusals.ts';
import { allowsPkce, createPkce, hashSecret, isSecret, newSecret } from './oauth-state.ts';

/** What Discord sent a browser back with, and what that browser has itself. */
export interface Callback {
  code?: string | undefined;
  state?: string | undefined;
  error?: string | undefined;
  /** Its cookie. */
  browserId: string | null;
  /** The account that is logged in there. */
  accountId: string | null;
}

/** Who wants to link another Discord user to his account, and in which session; null: in none. */
export interface Starter {
  accountId: string;
  session: { jti: string; discordId: string } | null;
}

/** A way to Discord's consent page and back, for one browser. */
export interface StartedFlow {
  authorizeUrl: string;
  state: string;
  /** For the cookie of the browser that it belongs to. */
  browserId: string;
}

/** The way of a browser to Discord and back: single-use states, each with its purpose, its starter and its browser. */
export interface OAuthFlow {
  /** For the browser that asks. */
  start(
    of: { purpose: 'login'; starter: null } | { purpose: 'link'; starter: Starter },
    browser: { browserId: string | null; redirectUrl: string | null },
  ): Promise<StartedFlow>;
  /** For the browser that will open it first, and this Discord user only. */
  startFromDiscord(discordId: string): Promise<{ token: string; expiresAt: Date }>;
  open(token: string, browserId: string | null): Promise<{ authorizeUrl: string; browserId: string }>;
  /** Uses the state up for whom it belongs to; a stranger's attempt leaves it as it is. */
  finish(callback: Callback, onKnown?: (purpose: Purpose) => void): Promise<{ row: OAuthState; tokens: OAuthTokens }>;
}

export interface OAuthFlowOptions {
  states: Pick<StateStore, 'save' | 'open' | 'take'>;
  oauth: Pick<DiscordOAuth, 'authorizeUrl' | 'exchangeCode'>;
  jwtSecret: string;
  scopes: readonly string[];
  stateExpiryMs: number;
  now: () => Date;
}

export function createOAuthFlow({ states, oauth, jwtSecret, scopes, stateExpiryMs, now }: OAuthFlowOptions): OAuthFlow {
  const pkce = allowsPkce(scopes) ? createPkce(jwtSecret) : null;

  async function save(row: Omit<OAuthState, 'stateHash' | 'createdAt' | 'expiresAt'>) {
    const state = newSecret();
    const createdAt = now();
    const expiresAt = new Date(createdAt.getTime() + stateExpiryMs);
    await states.save({ ...row, stateHash: hashSecret(state), createdAt, expiresAt });
    return { state, expiresAt };
  }

  function authorizeUrl(state: string): string {
    return oauth.authorizeUrl({ state, codeChallenge: pkce ? pkce.challenge(state) : null });
  }

  async function take(
    { state, browserId, accountId }: Callback,
    onKnown: (purpose: Purpose) => void,
  ): Promise<{ row: OAuthState; state: string }> {
    if (!isSecret(state)) throw refusals.expired(null);
    const browser = { browserHash: browserId && hashSecret(browserId), accountId };
    const taken = await states.take(hashSecret(state), browser, now());
    const purpose = taken.state === 'ok' ? taken.row.purpose : 'purpose' in taken ? taken.purpose : null;
    if (purpose !== null) onKnown(purpose);
    if (taken.state === 'ok') return { row: taken.row, state };
    if (taken.state === 'other_account') throw refusals.otherAccount();
    throw taken.state === 'other_browser' ? refusals.otherBrowser(purpose) : refusals.expired(purpose);
  }

  return {
    async start({ purpose, starter }, { browserId: known, redirectUrl }) {
      const browserId = isSecret(known) ? known : newSecret();
      const row = {
        purpose,
        accountId: starter?.accountId ?? null,
        sessionJti: starter?.session?.jti ?? null,
        startedBy: starter?.session?.discordId ?? null,
        discordId: null,
        browserHash: hashSecret(browserId),
        redirectUrl,
      };
      const { state } = await save(row);
      return { authorizeUrl: authorizeUrl(state), state, browserId };
    },

    async startFromDiscord(discordId) {
      const blank = { accountId: null, sessionJti: null, startedBy: null, browserHash: null, redirectUrl: null };
      const { state, expiresAt } = await save({ purpose: 'link_from_discord', discordId, ...blank });
      return { token: state, expiresAt };
    },

    async open(token, known) {
      if (!isSecret(token)) throw refusals.expired('link_from_discord');
      const browserId = isSecret(known) ? known : newSecret();
      const opened = await states.open(hashSecret(token), hashSecret(browserId), now());
      if (opened.state === 'other_browser') throw refusals.otherBrowser('link_from_discord');
      if (opened.state !== 'ok') throw refusals.expired('link_from_discord');
      return { authorizeUrl: authorizeUrl(token), browserId };
    },

    async finish(callback, onKnown = () => undefined) {
      const { row, state } = await take(callback, onKnown);
      const { purpose } = row;
      if (callback.error !== undefined) throw consentRefused(callback.error, purpose);
      if (!callback.code) throw refusals.expired(purpose);
      try {
        return { row, tokens: await oauth.exchangeCode(callback.code, pkce ? pkce.verifier(state) : null) };
      } catch (error) {
        throw inWordsFor(purpose, error);
      }
    },
  };
}

/** The same trouble with Discord, told to somebody who was about to do this. */
export function inWordsFor(purpose: Purpose, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'discord_unavailable') return refusals.discordTrouble(purpose, error.cause);
  return error.code === 'link_expired' ? refusals.expired(purpose, { cause: error.cause }) : error;
}

/** The consent page's own errors (RFC 6749, 4.1.2.1). */
function consentRefused(error: string, purpose: Purpose): AppError {
  if (error === 'access_denied') return refusals.denied(purpose);
  if (error === 'server_error' || error === 'temporarily_unavailable') {
    return refusals.discordTrouble(purpose, new Error(`the consent page answered ${error}`));
  }
  const known = /^[a-z_]{1,40}$/.test(error) ? error : 'an unknown error';
  const hint = `Discord's consent page answered ${known}. If that happens again, check DISCORD_CLIENT_ID and DISCORD_SCOPES.`;
  return refusals.notGranted(purpose, new Error(hint));
}

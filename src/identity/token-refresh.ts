import type { Logger } from 'pino';
import type { LinkStore, StoredTokens } from '../db/link-store.ts';
import type { DiscordOAuth } from './discord-oauth.ts';
import { createLinkTokens } from './link-tokens.ts';
import { createTokenRenewal } from './token-renewal.ts';
import type { TokenVault } from './token-vault.ts';

/** An access token that works for a minute at least, or why there is none. `unavailable`: try again later. */
export type AccessAnswer =
  | { result: 'token'; accessToken: string }
  | { result: 'not_linked' | 'scope_missing' | 'needs_relink' | 'unavailable' };

export interface TokenRefresh {
  /**
   * One pass over the tokens that expire soon. It ends early when the signal aborts, or when Discord is to be left alone.
   * Rejects when the database fails, before more tokens are used up.
   */
  refreshDue(signal: AbortSignal): Promise<{ refreshed: number; failed: number; needsRelink: number }>;
  /** The access token of a Discord user who agreed to this OAuth2 scope, refreshed if need be. */
  accessTokenOf(discordId: string, scope: string): Promise<AccessAnswer>;
  /** Begins nothing more; settles when what is under way is stored. To be waited for before the database closes. */
  stop(): Promise<void>;
}

const BATCH = 50;
const MIN_LIFE_MS = 60_000;

/** Keeps the tokens of links alive, and hands access tokens out. */
export function createTokenRefresh(options: {
  links: Pick<LinkStore, 'find' | 'tokensDue' | 'tokensOf' | 'replaceTokens' | 'markNeedsRelink'>;
  vault: TokenVault;
  oauth: Pick<DiscordOAuth, 'refresh' | 'revoke'>;
  now: () => Date;
  /** Tokens that expire within this time are due. */
  thresholdMs: number;
  log: Logger;
}): TokenRefresh {
  const { links, now, log } = options;
  const thresholdMs = Math.max(options.thresholdMs, MIN_LIFE_MS);
  const linkTokens = createLinkTokens(options);
  const renewal = createTokenRenewal({ ...options, linkTokens, thresholdMs });

  /** The stored access token if it lasts; null if it does not. */
  async function lasting(tokens: StoredTokens | null, discordId: string): Promise<AccessAnswer | null> {
    const expiresAt = tokens?.expiresAt?.getTime() ?? 0;
    if (!tokens || expiresAt < now().getTime() + MIN_LIFE_MS) return null;
    const accessToken = await linkTokens.open(tokens.accessToken, discordId);
    return accessToken === null ? { result: 'unavailable' } : { result: 'token', accessToken };
  }

  return {
    async refreshDue(signal) {
      const before = new Date(now().getTime() + thresholdMs);
      const count = { renewed: 0, failed: 0, needs_relink: 0, not_due: 0 };
      const isOver = () => signal.aborted || renewal.isResting();
      let after: string | undefined;
      do {
        const due = await links.tokensDue(before, BATCH, after);
        for (const { discordId } of due) {
          if (isOver()) break;
          count[await renewal.renew(discordId)] += 1;
        }
        after = due.length < BATCH ? undefined : due.at(-1)?.discordId;
      } while (after !== undefined && !isOver());
      const sum = { refreshed: count.renewed, failed: count.failed, needsRelink: count.needs_relink };
      if (sum.refreshed + sum.failed + sum.needsRelink > 0) log.info(sum, 'refreshed tokens');
      return sum;
    },

    async accessTokenOf(discordId, scope) {
      const link = await links.find(discordId);
      if (!link) return { result: 'not_linked' };
      if (!link.scopes.includes(scope)) return { result: 'scope_missing' };
      if (link.needsRelink) return { result: 'needs_relink' };
      const stored = await links.tokensOf(discordId);
      const present = await lasting(stored, discordId);
      if (present) return present;
      const became = stored?.refreshToken ? await renewal.renew(discordId) : 'needs_relink';
      const renewed = await lasting(await links.tokensOf(discordId), discordId);
      return renewed ?? { result: became === 'needs_relink' ? 'needs_relink' : 'unavailable' };
    },

    stop: () => renewal.stop(),
  };
}

import type { Logger } from 'pino';
import type { LinkStore, StoredTokens } from '../db/link-store.ts';
import type { DiscordOAuth, OAuthTokens } from './discord-oauth.ts';
import { TokenUnreadable, type TokenVault } from './token-vault.ts';

/** What becomes of the tokens of a link: sealed into its row and read from there, or ended at Discord. */
export interface LinkTokens {
  seal(tokens: OAuthTokens, discordId: string): Promise<StoredTokens>;
  /** A sealed token of the link; null if it cannot be read, which is logged once. */
  open(sealed: string, discordId: string): Promise<string | null>;
  /** Ends the tokens of a former link; a failure is only logged, they run out by themselves. */
  revoke(stored: StoredTokens, discordId: string): Promise<void>;
  /** Ends tokens that nobody wants to keep; a failure is only logged. */
  discard(tokens: OAuthTokens, discordId: string): Promise<void>;
}

export function createLinkTokens(options: {
  links: Pick<LinkStore, 'find'>;
  vault: TokenVault;
  oauth: Pick<DiscordOAuth, 'revoke'>;
  log: Logger;
}): LinkTokens {
  const { links, vault, oauth, log } = options;
  const unreadable = new Set<string>();

  return {
    async seal({ accessToken, refreshToken, expiresAt, scopes }, discordId) {
      return {
        accessToken: await vault.seal(accessToken, discordId),
        refreshToken: refreshToken === null ? null : await vault.seal(refreshToken, discordId),
        expiresAt,
        scopes,
      };
    },

    async open(sealed, discordId) {
      try {
        return await vault.open(sealed, discordId);
      } catch (err) {
        if (!(err instanceof TokenUnreadable)) throw err;
        if (!unreadable.has(sealed)) log.error({ err, discordId }, 'a token of a link cannot be read');
        unreadable.add(sealed);
        return null;
      }
    },

    async revoke(stored, discordId) {
      try {
        await oauth.revoke(await vault.open(stored.refreshToken ?? stored.accessToken, discordId));
      } catch (err) {
        log.warn({ err, discordId }, 'could not revoke the tokens of an ended link');
      }
    },

    async discard({ accessToken }, discordId) {
      // Discord ends all tokens of that user and application at once: of somebody who is linked, his stored ones too.
      if (await links.find(discordId)) return;
      try {
        await oauth.revoke(accessToken);
      } catch (err) {
        log.warn({ err, discordId }, 'could not revoke the tokens of a refused link');
      }
    },
  };
}

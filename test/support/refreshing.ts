import type { LinkStore } from '../../src/db/link-store.ts';
import { createTokenRefresh } from '../../src/identity/token-refresh.ts';
import type { TokenVault } from '../../src/identity/token-vault.ts';
import { startLinking } from './linking.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

interface Parts {
  links?: LinkStore;
  vault?: TokenVault;
  thresholdMs?: number;
}

/** Links with tokens of seven days at a local Discord, and their refresh. */
export async function startRefreshing() {
  const scopes = ['identify', 'guilds.join'];
  const world = await startLinking({ scopes });
  const { discord, store, vault, clock, captured } = world;
  /** Happens once, between the next answer of Discord's and what is done about it. */
  let inBetween: (() => Promise<void>) | null = null;

  /** A process that refreshes tokens. */
  function aRefresh(parts: Parts = {}) {
    return createTokenRefresh({
      links: store,
      vault,
      oauth: {
        ...discord.oauth,
        async refresh(refreshToken) {
          const answer = await discord.oauth.refresh(refreshToken);
          const happens = inBetween;
          inBetween = null;
          await happens?.();
          return answer;
        },
      },
      now: () => clock.now,
      thresholdMs: dayMs,
      log: captured.log,
      ...parts,
    });
  }

  return {
    ...world,
    aRefresh,
    refresh: aRefresh(),
    pass: (ms: number) => {
      clock.now = new Date(clock.now.getTime() + ms);
    },
    happensAfterAnswer: (happens: () => Promise<void>) => {
      inBetween = happens;
    },
    /** Links a user, or links him again. */
    async link(discordId: string): Promise<void> {
      const { accessToken, refreshToken, ...rest } = discord.issueTokens(discordId);
      const tokens = {
        ...rest,
        accessToken: await vault.seal(accessToken, discordId),
        refreshToken: refreshToken === null ? null : await vault.seal(refreshToken, discordId),
      };
      const discordUser = { id: discordId, username: `user-${discordId}`, globalName: null };
      const owner = { accountId: null, newAccountId: `account-${discordId}` };
      await store.link({ discordUser, tokens, ...owner, now: clock.now });
    },
    /** The access token in the row, opened. */
    async accessTokenIn(discordId: string): Promise<string | null> {
      const stored = await store.tokensOf(discordId);
      return stored && vault.open(stored.accessToken, discordId);
    },
    refreshes: () => discord.callsTo('/oauth2/token'),
  };
}

import type { Logger } from 'pino';
import type { LinkStore, StoredTokens } from '../db/link-store.ts';
import type { DiscordOAuth, OAuthTokens, RefreshAnswer } from './discord-oauth.ts';
import type { LinkTokens } from './link-tokens.ts';
import { createRefreshBrake } from './refresh-brake.ts';

/** What became of one link's tokens. `not_due`: they are good as they are, or the link is gone. `failed`: try again later. */
type Renewal = 'renewed' | 'not_due' | 'needs_relink' | 'failed';

export interface TokenRenewal {
  /** Refreshes the tokens of this link if they are due. Never twice at once: who comes second gets the first one's result. */
  renew(discordId: string): Promise<Renewal>;
  /** Whether Discord is left alone for a while; until then nothing is renewed. */
  isResting(): boolean;
  /** Begins nothing more; settles when what is under way is stored, for a pair on its way exists nowhere else. */
  stop(): Promise<void>;
}

/** A refresh token that was used: as it stood in the row, and in the open. */
interface Spent {
  sealed: string;
  refreshToken: string;
}

export interface TokenRenewalOptions {
  links: Pick<LinkStore, 'tokensOf' | 'replaceTokens' | 'markNeedsRelink'>;
  linkTokens: Pick<LinkTokens, 'seal' | 'open' | 'discard'>;
  oauth: Pick<DiscordOAuth, 'refresh'>;
  now: () => Date;
  /** Tokens that expire within this time are due. */
  thresholdMs: number;
  log: Logger;
}

/** A refresh token works once: one refresh of a link at a time, and the new pair is stored before anything uses it. */
export function createTokenRenewal(options: TokenRenewalOptions): TokenRenewal {
  const { links, linkTokens, oauth, now, log } = options;
  const brake = createRefreshBrake(now);
  const underWay = new Map<string, Promise<Renewal>>();
  /** New pairs that the database did not take yet, and the refresh token that each of them has used up. */
  const unstored = new Map<string, { spent: Spent; tokens: OAuthTokens }>();
  let isStopped = false;

  const isDue = ({ expiresAt }: StoredTokens): boolean =>
    expiresAt === null || expiresAt.getTime() <= now().getTime() + options.thresholdMs;

  async function renewNow(discordId: string): Promise<Renewal> {
    const leftOver = unstored.get(discordId);
    if (leftOver) return keep(discordId, leftOver.spent, leftOver.tokens);
    const stored = await links.tokensOf(discordId);
    if (!stored?.refreshToken || !isDue(stored)) return 'not_due';
    const refreshToken = await linkTokens.open(stored.refreshToken, discordId);
    if (refreshToken === null || brake.isOn()) return 'failed';
    const answer = await oauth.refresh(refreshToken);
    brake.note(answer);
    if (answer.result === 'invalid_grant') return giveUp(discordId, stored.refreshToken);
    if (answer.result !== 'refreshed') return noteFailure(discordId, answer);
    // Without a new refresh token the old one stays good (RFC 6749, 6).
    const tokens = { ...answer.tokens, refreshToken: answer.tokens.refreshToken ?? refreshToken };
    return keep(discordId, { sealed: stored.refreshToken, refreshToken }, tokens);
  }

  /** Stores a new pair, unless the row has become another one: by linking again, or by an unlink. */
  async function keep(discordId: string, spent: Spent, tokens: OAuthTokens): Promise<Renewal> {
    unstored.set(discordId, { spent, tokens });
    const sealed = await linkTokens.seal(tokens, discordId);
    let isStored = false;
    for (let expected: string | null = spent.sealed; expected !== null && !isStored;) {
      isStored = await links.replaceTokens(discordId, expected, sealed, now());
      if (!isStored) expected = await resealed(discordId, expected, spent);
    }
    unstored.delete(discordId);
    if (isStored) return 'renewed';
    await linkTokens.discard(tokens, discordId);
    return 'not_due';
  }

  /** The spent token as it stands in the row now, if it was only sealed anew meanwhile (by a rotation of keys). */
  async function resealed(discordId: string, expected: string, spent: Spent): Promise<string | null> {
    const present = (await links.tokensOf(discordId))?.refreshToken ?? null;
    if (present === null || present === expected) return null;
    return (await linkTokens.open(present, discordId)) === spent.refreshToken ? present : null;
  }

  async function giveUp(discordId: string, spent: string): Promise<Renewal> {
    const current = await links.tokensOf(discordId);
    if (current?.refreshToken !== spent) return 'not_due';
    await links.markNeedsRelink(discordId, now());
    log.info({ discordId }, 'Discord no longer takes the tokens of a link: the member has to link again');
    return 'needs_relink';
  }

  function noteFailure(discordId: string, answer: Exclude<RefreshAnswer, { result: 'refreshed' }>): Renewal {
    const err = 'cause' in answer ? answer.cause : undefined;
    const level = answer.result === 'application_refused' ? 'error' : 'warn';
    log[level]({ err, discordId, result: answer.result }, 'could not refresh the tokens of a link');
    return 'failed';
  }

  return {
    async renew(discordId) {
      const present = underWay.get(discordId);
      if (present) return present;
      if (isStopped) return 'failed';
      const renewal = renewNow(discordId).finally(() => underWay.delete(discordId));
      underWay.set(discordId, renewal);
      return renewal;
    },
    isResting: () => brake.isOn(),
    async stop() {
      isStopped = true;
      await Promise.allSettled(underWay.values());
    },
  };
}

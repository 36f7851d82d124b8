import { eq, lte, type SQL } from 'drizzle-orm';
import type { Database } from './database.ts';
import { oauthStates } from './schema.ts';

/** An OAuth2 state that waits for its callback; the state itself is known only by its hash. */
export interface OAuthState {
  stateHash: string;
  purpose: 'login' | 'link' | 'link_from_discord';
  /** The account that started it. */
  accountId: string | null;
  /** The only Discord user who may complete it. */
  discordId: string | null;
  /** The session (its `jti`) that started it, and the Discord user whose that was; null: it was none. */
  sessionJti: string | null;
  startedBy: string | null;
  /** Hash of the browser's cookie; null until a browser opens the link. */
  browserHash: string | null;
  redirectUrl: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export type OpenedState = { state: 'ok'; row: OAuthState } | { state: 'unknown' | 'expired' | 'other_browser' };
export type TakenState =
  OpenedState | { state: 'expired' | 'other_browser' | 'other_account'; purpose: OAuthState['purpose'] };

/** Which browser came back. */
export interface Browser {
  /** Hash of its cookie; null: it has none. */
  browserHash: string | null;
  /** The account that is logged in there; null: nobody is. */
  accountId: string | null;
}

export type StateStore = ReturnType<typeof createStateStore>;

/** OAuth2 states: single-use, bound to one browser, short-lived. */
export function createStateStore({ orm }: Pick<Database, 'orm'>) {
  return {
    async save(state: OAuthState): Promise<void> {
      orm.insert(oauthStates).values(state).run();
    },

    /** The first browser that opens a link from Discord owns it; any other is turned away. The others have theirs. */
    async open(stateHash: string, browserHash: string, now: Date): Promise<OpenedState> {
      return orm.transaction(
        (tx): OpenedState => {
          const row = tx.select().from(oauthStates).where(byHash(stateHash)).get();
          if (row?.purpose !== 'link_from_discord') return { state: 'unknown' };
          if (row.expiresAt <= now) return { state: 'expired' };
          if (row.browserHash !== null && row.browserHash !== browserHash) return { state: 'other_browser' };
          const bound = tx.update(oauthStates).set({ browserHash }).where(byHash(stateHash)).returning().get();
          return bound ? { state: 'ok', row: bound } : { state: 'unknown' };
        },
        { behavior: 'immediate' },
      );
    },

    /**
     * Uses a state up, for the browser that owns it: of several callers one gets it. Nobody else's call touches it. To
     * link another Discord user to an account counts who is logged in; where nobody is, and for all else, the cookie.
     */
    async take(stateHash: string, browser: Browser, now: Date): Promise<TakenState> {
      return orm.transaction(
        (tx): TakenState => {
          const row = tx.select().from(oauthStates).where(byHash(stateHash)).get();
          if (!row) return { state: 'unknown' };
          const { purpose } = row;
          if (row.expiresAt <= now) return { state: 'expired', purpose };
          const refusal = refusalOf(row, browser);
          if (refusal !== null) return { state: refusal, purpose };
          tx.delete(oauthStates).where(byHash(stateHash)).run();
          return { state: 'ok', row };
        },
        { behavior: 'immediate' },
      );
    },

    /** Returns how many there were. */
    async purgeExpired(now: Date): Promise<number> {
      const gone = orm.delete(oauthStates).where(lte(oauthStates.expiresAt, now));
      return gone.returning({ stateHash: oauthStates.stateHash }).all().length;
    },
  };
}

function refusalOf(row: OAuthState, browser: Browser): 'other_account' | 'other_browser' | null {
  if (row.purpose === 'link' && browser.accountId !== null) {
    return browser.accountId === row.accountId ? null : 'other_account';
  }
  return row.browserHash !== null && row.browserHash === browser.browserHash ? null : 'other_browser';
}

function byHash(stateHash: string): SQL {
  return eq(oauthStates.stateHash, stateHash);
}

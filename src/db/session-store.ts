import { eq, lte } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, oauthStates, revokedSessions } from './schema.ts';

interface RevokedSession {
  jti: string;
  accountId: string;
  expiresAt: Date;
}

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Which sessions were ended before their time. */
export function createSessionStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** Ends one session, which would have ended by itself at `expiresAt`, and the links that its account has begun. */
    async revoke({ jti, accountId, expiresAt }: RevokedSession): Promise<void> {
      orm.transaction(
        (tx) => {
          tx.delete(oauthStates).where(eq(oauthStates.accountId, accountId)).run();
          const isThere = tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).get();
          // The sessions of an account that is gone are over anyway.
          if (isThere) tx.insert(revokedSessions).values({ jti, accountId, expiresAt }).onConflictDoNothing().run();
        },
        { behavior: 'immediate' },
      );
    },

    /**
     * Ends every session of the account that began before that moment, and the links that it has begun.
     * @returns whether there is such an account
     */
    async revokeAll(accountId: string, now: Date): Promise<boolean> {
      return orm.transaction(
        (tx) => {
          tx.delete(oauthStates).where(eq(oauthStates.accountId, accountId)).run();
          const ended = tx.update(accounts).set({ sessionsValidAfter: now }).where(eq(accounts.id, accountId));
          return ended.returning({ id: accounts.id }).get() !== undefined;
        },
        { behavior: 'immediate' },
      );
    },

    /** Whether a session of that account still counts; one of an account that is gone does not. */
    async isValid({
      jti,
      accountId,
      startedAt,
    }: {
      jti: string;
      accountId: string;
      startedAt: Date;
    }): Promise<boolean> {
      const account = orm
        .select({ validAfter: accounts.sessionsValidAfter })
        .from(accounts)
        .where(eq(accounts.id, accountId))
        .get();
      if (!account || (account.validAfter !== null && startedAt <= account.validAfter)) return false;
      return orm.select().from(revokedSessions).where(eq(revokedSessions.jti, jti)).get() === undefined;
    },

    /** Returns how many there were. */
    async purgeExpired(now: Date): Promise<number> {
      const gone = orm.delete(revokedSessions).where(lte(revokedSessions.expiresAt, now));
      return gone.returning({ jti: revokedSessions.jti }).all().length;
    },
  };
}

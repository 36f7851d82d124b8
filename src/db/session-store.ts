import { eq, lte } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, revokedSessions } from './schema.ts';

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Which sessions were ended before their time. */
export function createSessionStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** Ends one session, which would have ended by itself at `expiresAt`. */
    async revoke(jti: string, expiresAt: Date): Promise<void> {
      orm.insert(revokedSessions).values({ jti, expiresAt }).onConflictDoNothing().run();
    },

    /** Ends every session of the account that began before that moment. */
    async revokeAll(accountId: string, now: Date): Promise<void> {
      orm.update(accounts).set({ sessionsValidAfter: now }).where(eq(accounts.id, accountId)).run();
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

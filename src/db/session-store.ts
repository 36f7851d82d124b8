import { and, eq, isNull, lte, ne, or } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, discordUsers, oauthStates, revokedSessions } from './schema.ts';

interface RevokedSession {
  jti: string;
  accountId: string;
  expiresAt: Date;
}

/** What a session says of itself. */
interface ToldSession {
  jti: string;
  accountId: string;
  /** The link that it began with: of which Discord user, and since when. */
  discordId: string;
  linkedAt: Date;
  startedAt: Date;
}

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Which sessions were ended before their time. */
export function createSessionStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** Ends one session, which would have ended by itself at `expiresAt`, and the links that were begun in it. */
    async revoke({ jti, accountId, expiresAt }: RevokedSession): Promise<void> {
      orm.transaction(
        (tx) => {
          tx.delete(oauthStates).where(eq(oauthStates.sessionJti, jti)).run();
          const isThere = tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).get();
          // The sessions of an account that is gone are over anyway.
          if (isThere) tx.insert(revokedSessions).values({ jti, accountId, expiresAt }).onConflictDoNothing().run();
        },
        { behavior: 'immediate' },
      );
    },

    /**
     * Ends every session of the account that began before that moment, and the links that were begun in them.
     * @param keptSession the `jti` of the one that stays; null: none does
     * @returns whether there is such an account
     */
    async revokeAll(accountId: string, keptSession: string | null, now: Date): Promise<boolean> {
      return orm.transaction(
        (tx) => {
          const isOfOthers =
            keptSession === null
              ? undefined
              : or(ne(oauthStates.sessionJti, keptSession), isNull(oauthStates.sessionJti));
          tx.delete(oauthStates)
            .where(and(eq(oauthStates.accountId, accountId), isOfOthers))
            .run();
          const set = { sessionsValidAfter: now, keptSession };
          const ended = tx.update(accounts).set(set).where(eq(accounts.id, accountId));
          return ended.returning({ id: accounts.id }).get() !== undefined;
        },
        { behavior: 'immediate' },
      );
    },

    /** Whether it still counts: its account is there, and the link that it began with. Linked anew is another link. */
    async isValid({ jti, accountId, discordId, linkedAt, startedAt }: ToldSession): Promise<boolean> {
      const isThatLink = and(
        eq(discordUsers.discordId, discordId),
        eq(discordUsers.accountId, accountId),
        eq(discordUsers.linkedAt, linkedAt),
      );
      const account = orm
        .select({ validAfter: accounts.sessionsValidAfter, keptSession: accounts.keptSession })
        .from(discordUsers)
        .innerJoin(accounts, eq(accounts.id, discordUsers.accountId))
        .where(isThatLink)
        .get();
      if (!account) return false;
      if (account.validAfter !== null && startedAt <= account.validAfter && jti !== account.keptSession) return false;
      return orm.select().from(revokedSessions).where(eq(revokedSessions.jti, jti)).get() === undefined;
    },

    /** Returns how many there were. */
    async purgeExpired(now: Date): Promise<number> {
      const gone = orm.delete(revokedSessions).where(lte(revokedSessions.expiresAt, now));
      return gone.returning({ jti: revokedSessions.jti }).all().length;
    },
  };
}

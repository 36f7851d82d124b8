import { and, asc, eq, gt, isNotNull, lt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { discordUsers } from './schema.ts';

/** Discord's tokens of one link; `accessToken` and `refreshToken` are already encrypted. */
export interface StoredTokens {
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date | null;
  scopes: string[];
}

/** A link whose tokens are due to be refreshed; `refreshToken` is encrypted. */
export interface DueTokens {
  discordId: string;
  refreshToken: string;
}

/** The tokens of a link as they stand in its row. */
export interface SealedTokens {
  discordId: string;
  accessToken: string | null;
  refreshToken: string | null;
}

/** The tokens that Discord gave, in the rows of the links. */
export function createStoredTokens({ orm }: Pick<Database, 'orm'>) {
  return {
    async tokensOf(discordId: string): Promise<StoredTokens | null> {
      const row = orm.select().from(discordUsers).where(byDiscordId(discordId)).get();
      return row ? toTokens(row) : null;
    },

    /** Links whose tokens expire before that date and can be refreshed, in portions: the next `limit` by Discord id. */
    async tokensDue(before: Date, limit: number, afterDiscordId = ''): Promise<DueTokens[]> {
      const { discordId, refreshToken, tokenExpiresAt, needsRelink } = discordUsers;
      const isDue = and(lt(tokenExpiresAt, before), isNotNull(refreshToken), eq(needsRelink, false));
      const rows = orm
        .select({ discordId, refreshToken })
        .from(discordUsers)
        .where(and(isDue, gt(discordId, afterDiscordId)))
        .orderBy(asc(discordId))
        .limit(limit)
        .all();
      return rows.flatMap((row) => (row.refreshToken === null ? [] : [{ ...row, refreshToken: row.refreshToken }]));
    },

    /**
     * Stores the pair that a refresh brought, unless the link has other tokens by now (or is gone).
     * @param expectedRefreshToken the sealed refresh token that was used
     * @returns whether it did
     */
    async replaceTokens(
      discordId: string,
      expectedRefreshToken: string,
      tokens: StoredTokens,
      now: Date,
    ): Promise<boolean> {
      const stillThere = and(byDiscordId(discordId), eq(discordUsers.refreshToken, expectedRefreshToken));
      const set = { ...toColumns(tokens), needsRelink: false, updatedAt: now };
      const replaced = orm.update(discordUsers).set(set).where(stillThere);
      return replaced.returning({ discordId: discordUsers.discordId }).get() !== undefined;
    },

    /** The sealed tokens of all links, in portions: the next `limit` by Discord id. */
    async sealedTokens(limit: number, afterDiscordId = ''): Promise<SealedTokens[]> {
      const { discordId, accessToken, refreshToken } = discordUsers;
      return orm
        .select({ discordId, accessToken, refreshToken })
        .from(discordUsers)
        .where(and(isNotNull(accessToken), gt(discordId, afterDiscordId)))
        .orderBy(asc(discordId))
        .limit(limit)
        .all();
    },

    /** Stores the same tokens sealed anew, unless the link has others by now (or is gone). Returns whether it did. */
    async replaceSealed(from: SealedTokens, to: Omit<SealedTokens, 'discordId'>): Promise<boolean> {
      const { discordId, accessToken, refreshToken } = discordUsers;
      // `is` finds a null as well.
      const isSame = sql`${accessToken} is ${from.accessToken} and ${refreshToken} is ${from.refreshToken}`;
      const replaced = orm
        .update(discordUsers)
        .set(to)
        .where(and(byDiscordId(from.discordId), isSame));
      return replaced.returning({ discordId }).get() !== undefined;
    },

    /** Discord no longer takes the tokens; only linking again mends that. */
    async markNeedsRelink(discordId: string, now: Date): Promise<void> {
      orm.update(discordUsers).set({ needsRelink: true, updatedAt: now }).where(byDiscordId(discordId)).run();
    },
  };
}

type Row = typeof discordUsers.$inferSelect;

export function toTokens({ accessToken, refreshToken, tokenExpiresAt, scopes }: Row): StoredTokens | null {
  return accessToken === null ? null : { accessToken, refreshToken, expiresAt: tokenExpiresAt, scopes };
}

export function toColumns({ accessToken, refreshToken, expiresAt, scopes }: StoredTokens) {
  return { accessToken, refreshToken, tokenExpiresAt: expiresAt, scopes };
}

function byDiscordId(discordId: string) {
  return eq(discordUsers.discordId, discordId);
}

import { and, asc, eq, gt, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Link } from '../identity/links.ts';
import type { Database } from './database.ts';
import { isAnyOf } from './lists.ts';
import { accounts, discordUsers, grants, guilds } from './schema.ts';

export type { Link };

/** A person in Rolewright. */
export interface Account {
  id: string;
  /** The host application's name for him. */
  externalId: string | null;
  createdAt: Date;
}

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

export interface LinkInput {
  discordUser: { id: string; username: string; globalName: string | null };
  /** The account to tie the Discord user to; null: the one he has already, else a new one. */
  accountId: string | null;
  /** null leaves the tokens as they are. */
  tokens: StoredTokens | null;
  /** The id that a new account gets, where one is needed. */
  newAccountId: string;
  now: Date;
}

export type LinkResult =
  { result: 'linked'; link: Link; isNew: boolean } | { result: 'belongs_to_other_account' | 'account_gone' };

export type LinkStore = ReturnType<typeof createLinkStore>;

/** Accounts, and the Discord users that are linked to them. */
export function createLinkStore({ orm }: Pick<Database, 'orm'>) {
  return {
    async find(discordId: string): Promise<Link | null> {
      const row = orm.select().from(discordUsers).where(byDiscordId(discordId)).get();
      return row ? toLink(row) : null;
    },

    /** All Discord users of an account, the oldest link first. */
    async ofAccount(accountId: string): Promise<Link[]> {
      const rows = orm
        .select()
        .from(discordUsers)
        .where(eq(discordUsers.accountId, accountId))
        .orderBy(asc(discordUsers.linkedAt), asc(discordUsers.discordId))
        .all();
      return rows.map(toLink);
    },

    /** How many Discord users are linked. */
    async count(): Promise<number> {
      return orm.$count(discordUsers);
    },

    /** The accounts of those of these Discord users that are linked. */
    async accountsOf(discordIds: readonly string[]): Promise<Map<string, string>> {
      // For every member of a guild at each sync: drizzle's own mapping of columns would be most of the work.
      const rows = orm.values<[discordId: string, accountId: string]>(
        sql`select ${discordUsers.discordId}, ${discordUsers.accountId} from ${discordUsers} where ${isAnyOf(discordUsers.discordId, discordIds)}`,
      );
      return new Map(rows);
    },

    /** What the host application calls those of these accounts that it knows. */
    async externalIdsOf(accountIds: readonly string[]): Promise<Map<string, string>> {
      const rows = orm
        .select({ id: accounts.id, externalId: accounts.externalId })
        .from(accounts)
        .where(and(isAnyOf(accounts.id, accountIds), isNotNull(accounts.externalId)))
        .all();
      return new Map(rows.flatMap(({ id, externalId }) => (externalId === null ? [] : [[id, externalId]])));
    },

    /**
     * Ties a Discord user to an account. Linking again refreshes his name and tokens; one who belongs to another
     * account is refused and nothing changes.
     */
    async link({ discordUser, accountId, tokens, newAccountId, now }: LinkInput): Promise<LinkResult> {
      return orm.transaction(
        (tx) => {
          const existing = tx.select().from(discordUsers).where(byDiscordId(discordUser.id)).get();
          if (existing && accountId !== null && existing.accountId !== accountId) {
            return { result: 'belongs_to_other_account' };
          }
          const isGone = (id: string) =>
            !tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, id)).get();
          if (accountId !== null && isGone(accountId)) return { result: 'account_gone' };
          const owner = accountId ?? existing?.accountId ?? newAccountId;
          if (!existing && accountId === null) {
            tx.insert(accounts).values({ id: owner, createdAt: now }).run();
          }
          const seen = {
            username: discordUser.username,
            globalName: discordUser.globalName,
            updatedAt: now,
            ...(tokens && { ...toColumns(tokens), needsRelink: false }),
          };
          const row = tx
            .insert(discordUsers)
            .values({ discordId: discordUser.id, accountId: owner, linkedAt: now, scopes: [], ...seen })
            .onConflictDoUpdate({ target: discordUsers.discordId, set: seen })
            .returning()
            .get();
          return { result: 'linked', link: toLink(row), isNew: !existing };
        },
        { behavior: 'immediate' },
      );
    },

    /** The account of somebody whom the host application knows by that id; it is made at first sight. */
    async accountOfExternal(externalId: string, { newAccountId, now }: { newAccountId: string; now: Date }) {
      const known = () => orm.select(accountColumns).from(accounts).where(eq(accounts.externalId, externalId)).get();
      const make = () => {
        const made = { id: newAccountId, externalId, createdAt: now };
        return orm.insert(accounts).values(made).onConflictDoNothing().returning(accountColumns).get() ?? known();
      };
      const account: Account | undefined = known() ?? make();
      if (!account) throw new Error('an account was made and is gone at once');
      return account;
    },

    /**
     * Ends a link; returns what it was, with its tokens, so that they can be revoked. The account stays. Where a guild
     * keeps roles on unlink, they are no longer ours.
     */
    async unlink(discordId: string): Promise<{ link: Link; tokens: StoredTokens | null } | null> {
      return orm.transaction(
        (tx) => {
          const row = tx.delete(discordUsers).where(byDiscordId(discordId)).returning().get();
          const keeping = tx.select({ id: guilds.guildId }).from(guilds).where(eq(guilds.onUnlink, 'keep'));
          tx.delete(grants)
            .where(and(eq(grants.discordId, discordId), inArray(grants.guildId, keeping)))
            .run();
          return row ? { link: toLink(row), tokens: toTokens(row) } : null;
        },
        { behavior: 'immediate' },
      );
    },

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

    async createAccount(account: Account): Promise<Account> {
      return orm.insert(accounts).values(account).returning(accountColumns).get();
    },

    async findAccount(accountId: string): Promise<Account | null> {
      return orm.select(accountColumns).from(accounts).where(eq(accounts.id, accountId)).get() ?? null;
    },

    async findByExternalId(externalId: string): Promise<Account | null> {
      return orm.select(accountColumns).from(accounts).where(eq(accounts.externalId, externalId)).get() ?? null;
    },
  };
}

const accountColumns = { id: accounts.id, externalId: accounts.externalId, createdAt: accounts.createdAt };

type Row = typeof discordUsers.$inferSelect;

export function toLink({ discordId, accountId, username, globalName, scopes, needsRelink, linkedAt }: Row): Link {
  return { discordId, accountId, username, globalName, scopes, needsRelink, linkedAt };
}

export function toTokens({ accessToken, refreshToken, tokenExpiresAt, scopes }: Row): StoredTokens | null {
  return accessToken === null ? null : { accessToken, refreshToken, expiresAt: tokenExpiresAt, scopes };
}

function toColumns({ accessToken, refreshToken, expiresAt, scopes }: StoredTokens) {
  return { accessToken, refreshToken, tokenExpiresAt: expiresAt, scopes };
}

function byDiscordId(discordId: string): SQL {
  return eq(discordUsers.discordId, discordId);
}

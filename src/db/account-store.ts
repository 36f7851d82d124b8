import { and, asc, count, eq, exists, inArray, isNull, not, sql, type SQL } from 'drizzle-orm';
import type { Link } from '../identity/links.ts';
import type { Database, Transaction } from './database.ts';
import { noteFormer, toLink, type Account } from './link-store.ts';
import { isAnyOf } from './lists.ts';
import {
  accounts,
  discordUsers,
  formerLinks,
  grants,
  groupMemberships,
  guilds,
  oauthStates,
  suppressions,
} from './schema.ts';
import { discordIdsOf } from './personal-rows.ts';
import { toTokens, type StoredTokens } from './stored-tokens.ts';

/** An account and its Discord users, the oldest link first. */
export interface AccountWithLinks {
  account: Account;
  links: Link[];
}

export interface AccountFilter {
  /** It has a link that does not need relinking, or has none. */
  isActive?: boolean | undefined;
  discordId?: string | undefined;
}

/** A link that has ended, and its tokens, so that they can be revoked. */
interface EndedLink {
  discordId: string;
  tokens: StoredTokens | null;
}

/** What was linked to an account that goes. */
export interface EndedLinks {
  links: EndedLink[];
  /** All of whom something is to be forgotten: those of the links, and who was linked to it last. */
  discordIds: string[];
}

export type AccountStore = ReturnType<typeof createAccountStore>;

/** Accounts as a whole. */
export function createAccountStore({ orm }: Pick<Database, 'orm'>) {
  return {
    async find(accountId: string): Promise<AccountWithLinks | null> {
      return orm.transaction((tx) => withLinks(tx, eq(accounts.id, accountId)).at(0) ?? null);
    },

    /** One page (from 1), the oldest first, and how many there are on all of them. */
    async list(
      filter: AccountFilter,
      page: number,
      limit: number,
    ): Promise<{ found: AccountWithLinks[]; total: number }> {
      return orm.transaction((tx) => {
        const isMeant = matching(tx, filter);
        const ids = tx
          .select({ id: accounts.id })
          .from(accounts)
          .where(isMeant)
          .orderBy(...oldestFirst)
          .limit(limit)
          .offset((page - 1) * limit);
        const total = tx.select({ total: count() }).from(accounts).where(isMeant).get()?.total ?? 0;
        return { found: withLinks(tx, inArray(accounts.id, ids)), total };
      });
    },

    /**
     * Ends the links of an account that is about to go, and with them its sessions. What it was given on Discord stays
     * in the ledger until it is taken away there; where a guild keeps roles on unlink, they are no longer ours.
     * @returns null: there is no such account
     */
    async beginRemoval(accountId: string, now: Date): Promise<EndedLinks | null> {
      return orm.transaction(
        (tx) => {
          const isThere = tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).get();
          if (!isThere) return null;
          const rows = tx.delete(discordUsers).where(eq(discordUsers.accountId, accountId)).returning().all();
          noteFormer(tx, rows, { isEnding: true, now });
          const discordIds = discordIdsOf(tx, accountId);
          const keeping = tx.select({ id: guilds.guildId }).from(guilds).where(eq(guilds.onUnlink, 'keep'));
          tx.delete(grants)
            .where(and(isAnyOf(grants.discordId, discordIds), inArray(grants.guildId, keeping)))
            .run();
          tx.delete(suppressions).where(isAnyOf(suppressions.discordId, discordIds)).run();
          tx.delete(oauthStates).where(isAnyOf(oauthStates.discordId, discordIds)).run();
          tx.delete(groupMemberships).where(isAnyOf(groupMemberships.discordId, discordIds)).run();
          return {
            links: rows.map((row) => ({ discordId: row.discordId, tokens: toTokens(row) })),
            discordIds,
          };
        },
        { behavior: 'immediate' },
      );
    },

    /** Accounts that nobody can come to: no Discord user is linked or was so last, and no host knows them. */
    async unreachable(limit: number): Promise<string[]> {
      const has = (table: typeof discordUsers | typeof formerLinks) =>
        exists(
          orm
            .select({ one: sql`1` })
            .from(table)
            .where(eq(table.accountId, accounts.id)),
        );
      const rows = orm
        .select({ id: accounts.id })
        .from(accounts)
        .where(and(isNull(accounts.externalId), not(has(discordUsers)), not(has(formerLinks))))
        .orderBy(...oldestFirst)
        .limit(limit)
        .all();
      return rows.map(({ id }) => id);
    },

    /** The account itself goes, with its memberships, its states and its ended sessions. */
    async remove(accountId: string): Promise<void> {
      orm.delete(accounts).where(eq(accounts.id, accountId)).run();
    },
  };
}

const oldestFirst = [asc(accounts.createdAt), asc(accounts.id)];

function withLinks(tx: Transaction, isMeant: SQL): AccountWithLinks[] {
  const { id, externalId, createdAt } = accounts;
  const found = tx
    .select({ id, externalId, createdAt })
    .from(accounts)
    .where(isMeant)
    .orderBy(...oldestFirst)
    .all();
  const accountIds = found.map((account) => account.id);
  const rows = tx
    .select()
    .from(discordUsers)
    .where(isAnyOf(discordUsers.accountId, accountIds))
    .orderBy(asc(discordUsers.linkedAt), asc(discordUsers.discordId))
    .all();
  const byAccount = Map.groupBy(rows, (row) => row.accountId);
  return found.map((account) => ({ account, links: (byAccount.get(account.id) ?? []).map(toLink) }));
}

function matching(tx: Transaction, { isActive, discordId }: AccountFilter): SQL | undefined {
  const hasLink = (isRight: SQL) =>
    exists(
      tx
        .select({ one: sql`1` })
        .from(discordUsers)
        .where(and(eq(discordUsers.accountId, accounts.id), isRight)),
    );
  const isAlive = hasLink(eq(discordUsers.needsRelink, false));
  return and(
    discordId === undefined ? undefined : hasLink(eq(discordUsers.discordId, discordId)),
    isActive === undefined ? undefined : isActive ? isAlive : not(isAlive),
  );
}

import { and, asc, eq, gt, isNotNull, isNull, lte, or, sql, type SQL } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/sqlite-core';
import type { Orm, Transaction } from './database.ts';
import { isAnyOf } from './lists.ts';
import { accounts, discordUsers, groupMemberships as memberships, groups } from './schema.ts';

/** Whom a change of memberships touches: all Discord users of the accounts concerned. */
export interface Touched {
  groupIds: string[];
  accountIds: string[];
  discordIds: string[];
}

/** The memberships' accounts (named, or linked to the Discord user named), and every Discord user of these. */
export function touchedBy(db: Orm | Transaction, which: SQL): Touched {
  const groupRows = db
    .selectDistinct({ id: memberships.groupId })
    .from(memberships)
    .where(which)
    .orderBy(asc(memberships.groupId));
  const accountIds = accountsIn(db, which);
  const discordIds = discordIdsOf(db, accountIds);
  return { groupIds: groupRows.all().map(({ id }) => id), accountIds, discordIds };
}

/** The accounts that memberships name, or that the Discord users whom they name are linked to; ordered by id. */
export function accountsIn(db: Orm | Transaction, which: SQL | undefined): string[] {
  const direct = db
    .select({ id: sql<string>`${memberships.accountId}`.as('id') })
    .from(memberships)
    .where(and(which, isNotNull(memberships.accountId)));
  const byDiscordUser = db
    .select({ id: sql<string>`${discordUsers.accountId}`.as('id') })
    .from(memberships)
    .innerJoin(discordUsers, eq(discordUsers.discordId, memberships.discordId))
    .where(which);
  const rows = unionAll(direct, byDiscordUser).all();
  return [...new Set(rows.map(({ id }) => id))].sort();
}

/** Every Discord user of the accounts, ordered by id. */
export function discordIdsOf(db: Orm | Transaction, accountIds: readonly string[]): string[] {
  const rows = db
    .select({ id: discordUsers.discordId })
    .from(discordUsers)
    .where(isAnyOf(discordUsers.accountId, accountIds))
    .orderBy(asc(discordUsers.discordId))
    .all();
  return rows.map(({ id }) => id);
}

/** Those of the ids that are no accounts. */
export function unknownAccounts(tx: Transaction, accountIds: Iterable<string>): string[] {
  const ids = [...accountIds];
  const known = tx.select({ id: accounts.id }).from(accounts).where(isAnyOf(accounts.id, ids)).all();
  const knownIds = new Set(known.map(({ id }) => id));
  return ids.filter((id) => !knownIds.has(id));
}

export function hasGroup(tx: Transaction, groupId: string): boolean {
  return tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).get() !== undefined;
}

export function isCurrent(now: Date): SQL | undefined {
  return or(isNull(memberships.expiresAt), gt(memberships.expiresAt, now));
}

export function isOver(now: Date): SQL {
  return lte(memberships.expiresAt, now);
}

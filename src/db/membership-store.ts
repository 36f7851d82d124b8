import { and, asc, count, eq, exists, gt, isNotNull, isNull, lte, or, sql, type SQL } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/sqlite-core';
import type { GroupMember } from '../groups/group-members.ts';
import type { Database, Orm, Transaction } from './database.ts';
import { inPortions, isAnyOf, parseTexts, sharing } from './lists.ts';
import { accounts, discordUsers, groupMemberships as memberships, groups } from './schema.ts';

/** Whom a membership names. */
export type MemberName = { accountId: string } | { discordId: string };

/** Whom a change of memberships touches: all Discord users of the accounts concerned. */
export interface Touched {
  groupIds: string[];
  accountIds: string[];
  discordIds: string[];
}

/** What came of replacing the members of a group. */
export interface Replaced {
  added: MemberName[];
  removed: MemberName[];
  unchanged: number;
  /** The Discord users of those accounts that are in it now and were not, or the other way round. */
  discordIds: string[];
}

const NOBODY: Touched = { groupIds: [], accountIds: [], discordIds: [] };

/** Who is in local groups. A membership by Discord user counts for the account that he is linked to now. */
export function createMembershipStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** Adds a member, or gives the membership that is there the new expiry (absent: as it is). null: there is no such group. */
    async addMember(
      membership: { id: string; groupId: string; expiresAt?: Date | null; addedBy: string | null } & MemberName,
      now: Date,
    ): Promise<{ before: { expiresAt: Date | null } | null; expiresAt: Date | null } | null> {
      return orm.transaction(
        (tx) => {
          const { groupId, expiresAt } = membership;
          if (!isThere(tx, groupId)) return null;
          const isSame = and(eq(memberships.groupId, groupId), isNamed(membership));
          tx.delete(memberships)
            .where(and(isSame, isOver(now)))
            .run();
          const before = tx.select({ expiresAt: memberships.expiresAt }).from(memberships).where(isSame).get() ?? null;
          if (!before)
            tx.insert(memberships)
              .values({ ...membership, addedAt: now })
              .run();
          else if (expiresAt !== undefined) tx.update(memberships).set({ expiresAt }).where(isSame).run();
          return { before, expiresAt: expiresAt === undefined ? (before?.expiresAt ?? null) : expiresAt };
        },
        { behavior: 'immediate' },
      );
    },

    /** Ends every membership of the group that names one of them; returns those that there were. */
    async removeMembers(
      groupId: string,
      members: readonly MemberName[],
    ): Promise<{ removed: { name: MemberName; expiresAt: Date | null }[] }> {
      // Without this, "any of none" would be no condition at all.
      if (members.length === 0) return { removed: [] };
      const isOneOfThem = and(eq(memberships.groupId, groupId), or(...members.map(isNamed)));
      const rows = orm.delete(memberships).where(isOneOfThem).returning().all();
      return { removed: rows.flatMap((row) => nameOf(row).map((name) => ({ name, expiresAt: row.expiresAt }))) };
    },

    /**
     * These and nobody else are in the group. Who was in it stays as he is, with the end of his membership. null: there
     * is no such group; `unknown`: accounts that there are none of, and nothing was changed.
     */
    async replaceMembers(
      groupId: string,
      wanted: { accountIds: readonly string[]; discordIds: readonly string[] },
      { addedBy, newId, now }: { addedBy: string | null; newId: () => string; now: Date },
    ): Promise<Replaced | { unknown: string[] } | null> {
      return orm.transaction(
        (tx) => {
          if (!isThere(tx, groupId)) return null;
          const accountIds = new Set(wanted.accountIds);
          const discordIds = new Set(wanted.discordIds);
          const unknown = unknownAccounts(tx, accountIds);
          if (unknown.length > 0) return { unknown };
          const isInGroup = eq(memberships.groupId, groupId);
          const accountsBefore = new Set(accountsIn(tx, and(isInGroup, isCurrent(now))));
          // What has run out and is not wanted is left to `takeExpired`, which tells whom that touches.
          const rows = tx.select().from(memberships).where(isInGroup).all();
          const isWanted = (row: (typeof rows)[number]) =>
            accountIds.has(row.accountId ?? '') || discordIds.has(row.discordId ?? '');
          const isOut = (row: (typeof rows)[number]) => row.expiresAt !== null && row.expiresAt <= now;
          const removed = rows.filter((row) => !isWanted(row) && !isOut(row));
          const renewed = rows.filter((row) => isWanted(row) && isOut(row));
          const kept = rows.filter((row) => isWanted(row) && !isOut(row));
          remove(
            tx,
            [...removed, ...renewed].map(({ id }) => id),
          );
          for (const row of kept) {
            accountIds.delete(row.accountId ?? '');
            discordIds.delete(row.discordId ?? '');
          }
          const added: MemberName[] = [
            ...[...accountIds].map((accountId) => ({ accountId })),
            ...[...discordIds].map((discordId) => ({ discordId })),
          ];
          insert(
            tx,
            added.map((name) => ({ id: newId(), groupId, addedBy, addedAt: now, ...name })),
          );
          const accountsAfter = new Set(accountsIn(tx, and(isInGroup, isCurrent(now))));
          const changed = [...accountsBefore, ...accountsAfter].filter(
            (id) => accountsBefore.has(id) !== accountsAfter.has(id),
          );
          return {
            added,
            removed: removed.flatMap(nameOf),
            unchanged: kept.length,
            discordIds: discordIdsOf(tx, changed),
          };
        },
        { behavior: 'immediate' },
      );
    },

    /** Adds many at once, by Discord user, each with his end (null: none). Who is in one of the groups already gets the new end. */
    async addMany(
      entries: readonly { id: string; groupId: string; discordId: string; expiresAt: Date | null }[],
      { addedBy, now }: { addedBy: string | null; now: Date },
    ): Promise<{ discordIds: string[] }> {
      return orm.transaction(
        (tx) => {
          for (const portion of inPortions(entries)) {
            tx.insert(memberships)
              .values(portion.map((entry) => Object.assign({ addedBy, addedAt: now }, entry)))
              .onConflictDoUpdate({
                target: [memberships.groupId, memberships.discordId],
                set: { expiresAt: sql`excluded.expires_at` },
              })
              .run();
          }
          const ids = entries.map(({ discordId }) => discordId);
          const owners = tx
            .selectDistinct({ id: discordUsers.accountId })
            .from(discordUsers)
            .where(isAnyOf(discordUsers.discordId, ids))
            .all();
          return {
            discordIds: discordIdsOf(
              tx,
              owners.map(({ id }) => id),
            ),
          };
        },
        { behavior: 'immediate' },
      );
    },

    /** Until when these Discord users are in a group (null: without an end); who is not in it is absent. */
    async endsOf(groupId: string, discordIds: readonly string[], now: Date): Promise<Map<string, Date | null>> {
      const { discordId, expiresAt } = memberships;
      const rows = orm
        .select({ discordId: sql<string>`${discordId}`, expiresAt })
        .from(memberships)
        .where(and(eq(memberships.groupId, groupId), isAnyOf(discordId, discordIds), isCurrent(now)))
        .all();
      return new Map(rows.map((row) => [row.discordId, row.expiresAt]));
    },

    /** Who is in the group now, in the order they were added; with `page` (from 1) and `limit` some of them. */
    async members(groupId: string, now: Date, some?: { page: number; limit: number }): Promise<GroupMember[]> {
      const links = orm
        .select({ one: sql`1` })
        .from(discordUsers)
        .where(
          or(eq(discordUsers.accountId, memberships.accountId), eq(discordUsers.discordId, memberships.discordId)),
        );
      const isLinked = sql`${exists(links)}`.mapWith(Boolean);
      const { accountId, discordId, expiresAt, addedAt } = memberships;
      return orm
        .select({ accountId, discordId, expiresAt, addedAt, isLinked })
        .from(memberships)
        .where(and(eq(memberships.groupId, groupId), isCurrent(now)))
        .orderBy(asc(memberships.addedAt), asc(memberships.id))
        .limit(some?.limit ?? -1)
        .offset(some ? (some.page - 1) * some.limit : 0)
        .all();
    },

    async memberCount(groupId: string, now: Date): Promise<number> {
      const isMeant = and(eq(memberships.groupId, groupId), isCurrent(now));
      return orm.select({ members: count() }).from(memberships).where(isMeant).get()?.members ?? 0;
    },

    /** The groups that each account is in now; accounts in none are absent, and those in the same ones share a set. */
    async groupIdsOf(accountIds: readonly string[], now: Date): Promise<Map<string, ReadonlySet<string>>> {
      // For every member of a guild at each sync: one row an account, without drizzle's own mapping of columns.
      const rows = orm.values<[accountId: string, groupIds: string]>(sql`
        select ${memberships.accountId}, json_group_array(${memberships.groupId})
        from ${memberships}
        where ${isAnyOf(memberships.accountId, accountIds)} and ${isCurrent(now)}
        group by ${memberships.accountId}
        union all
        select ${discordUsers.accountId}, json_group_array(${memberships.groupId})
        from ${memberships} inner join ${discordUsers} on ${discordUsers.discordId} = ${memberships.discordId}
        where ${isAnyOf(discordUsers.accountId, accountIds)} and ${isCurrent(now)}
        group by ${discordUsers.accountId}`);
      const setOf = sharing((json: string): ReadonlySet<string> => new Set(parseTexts(json)));
      const groupIds = new Map<string, ReadonlySet<string>>();
      for (const [accountId, json] of rows) {
        const others = groupIds.get(accountId);
        groupIds.set(accountId, others ? new Set([...others, ...setOf(json)]) : setOf(json));
      }
      return groupIds;
    },

    /** Removes the memberships that have run out; returns whom that touches. */
    async takeExpired(now: Date): Promise<Touched> {
      // Most of the time there is none, and asking takes no lock.
      if (!orm.select({ id: memberships.id }).from(memberships).where(isOver(now)).limit(1).get()) return NOBODY;
      return orm.transaction(
        (tx) => {
          const touched = touchedBy(tx, isOver(now));
          if (touched.groupIds.length > 0) tx.delete(memberships).where(isOver(now)).run();
          return touched;
        },
        { behavior: 'immediate' },
      );
    },
  };
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

export function isCurrent(now: Date): SQL | undefined {
  return or(isNull(memberships.expiresAt), gt(memberships.expiresAt, now));
}

/** The accounts that memberships name, or that the Discord users whom they name are linked to; ordered by id. */
function accountsIn(db: Orm | Transaction, which: SQL | undefined): string[] {
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
function discordIdsOf(db: Orm | Transaction, accountIds: readonly string[]): string[] {
  const rows = db
    .select({ id: discordUsers.discordId })
    .from(discordUsers)
    .where(isAnyOf(discordUsers.accountId, accountIds))
    .orderBy(asc(discordUsers.discordId))
    .all();
  return rows.map(({ id }) => id);
}

function unknownAccounts(tx: Transaction, accountIds: ReadonlySet<string>): string[] {
  const known = tx.select({ id: accounts.id }).from(accounts).where(isAnyOf(accounts.id, accountIds)).all();
  const knownIds = new Set(known.map(({ id }) => id));
  return [...accountIds].filter((id) => !knownIds.has(id));
}

function isThere(tx: Transaction, groupId: string): boolean {
  return tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).get() !== undefined;
}

function remove(tx: Transaction, ids: readonly string[]): void {
  tx.delete(memberships).where(isAnyOf(memberships.id, ids)).run();
}

function insert(tx: Transaction, rows: readonly (typeof memberships.$inferInsert)[]): void {
  for (const portion of inPortions(rows)) tx.insert(memberships).values(portion).run();
}

function isOver(now: Date): SQL {
  return lte(memberships.expiresAt, now);
}

function isNamed(member: MemberName): SQL {
  return 'accountId' in member
    ? eq(memberships.accountId, member.accountId)
    : eq(memberships.discordId, member.discordId);
}

function nameOf({ accountId, discordId }: { accountId: string | null; discordId: string | null }): MemberName[] {
  if (accountId !== null) return [{ accountId }];
  return discordId === null ? [] : [{ discordId }];
}

import { and, eq, or, sql, type SQL } from 'drizzle-orm';
import type { GroupMember } from '../groups/group-members.ts';
import type { Database } from './database.ts';
import { isAnyOf, parseTexts, sharing } from './lists.ts';
import { isNamed, nameOf, type MemberName } from './member-name.ts';
import { discordUsers, groupMemberships as memberships } from './schema.ts';
import { hasGroup, isCurrent, isOver, touchedBy, unknownAccounts, type Touched } from './touched.ts';

const NOBODY: Touched = { groupIds: [], accountIds: [], discordIds: [] };

/** Who a membership is of, whichever name it has: the account, or the Discord user who is linked to none. */
export const personOf: SQL = sql`coalesce(${memberships.accountId}, ${discordUsers.accountId}, ${memberships.discordId})`;

/** Who is in local groups. A membership by Discord user counts for the account that he is linked to now. */
export function createMembershipStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /**
     * Adds a member, or gives the memberships that he has by this name or his `others` the new expiry (absent: as it
     * is). null: there is no such group; `no_account`: no such account.
     */
    async addMember(
      membership: { id: string; groupId: string; expiresAt?: Date | null; addedBy: string | null } & MemberName,
      now: Date,
      others: readonly MemberName[] = [],
    ): Promise<{ before: { expiresAt: Date | null } | null; expiresAt: Date | null } | 'no_account' | null> {
      return orm.transaction(
        (tx) => {
          const { groupId, expiresAt } = membership;
          if (!hasGroup(tx, groupId)) return null;
          if ('accountId' in membership && unknownAccounts(tx, [membership.accountId]).length > 0) return 'no_account';
          const isSame = and(eq(memberships.groupId, groupId), or(...[membership, ...others].map(isNamed)));
          tx.delete(memberships)
            .where(and(isSame, isOver(now)))
            .run();
          const rows = tx.select({ expiresAt: memberships.expiresAt }).from(memberships).where(isSame).all();
          if (rows.length === 0) {
            tx.insert(memberships)
              .values({ ...membership, addedAt: now })
              .run();
            return { before: null, expiresAt: expiresAt ?? null };
          }
          if (expiresAt !== undefined) tx.update(memberships).set({ expiresAt }).where(isSame).run();
          const before = { expiresAt: lastEnd(rows) };
          return { before, expiresAt: expiresAt === undefined ? before.expiresAt : expiresAt };
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
     * Who is in the group now, each person once, in the order they were added; with `page` (from 1) and `limit` some of
     * them. Who has several names in it stays until the last of them ends.
     */
    async members(groupId: string, now: Date, some?: { page: number; limit: number }): Promise<GroupMember[]> {
      const { accountId, discordId, expiresAt, addedAt } = memberships;
      const owner = sql`coalesce(${accountId}, ${discordUsers.accountId})`;
      const rows = orm
        .select({
          accountId: sql<string | null>`${owner}`,
          discordId: sql<string | null>`min(${discordId})`,
          isLinked: sql`exists (select 1 from ${discordUsers} as theirs where theirs.account_id = ${owner})`.mapWith(
            Boolean,
          ),
          endless: sql`count(*) > count(${expiresAt})`.mapWith(Boolean),
          lastEnd: sql`max(${expiresAt})`.mapWith(expiresAt),
          addedAt: sql`min(${addedAt})`.mapWith(addedAt),
        })
        .from(memberships)
        .leftJoin(discordUsers, eq(discordUsers.discordId, discordId))
        .where(and(eq(memberships.groupId, groupId), isCurrent(now)))
        .groupBy(personOf)
        .orderBy(sql`min(${addedAt})`, sql`min(${memberships.id})`)
        .limit(some?.limit ?? -1)
        .offset(some ? (some.page - 1) * some.limit : 0)
        .all();
      return rows.map(({ endless, lastEnd: end, ...member }) =>
        Object.assign(member, { expiresAt: endless ? null : end }),
      );
    },

    /** How many people; who is in it by several names is one. */
    async memberCount(groupId: string, now: Date): Promise<number> {
      const row = orm
        .select({ members: sql<number>`count(distinct ${personOf})` })
        .from(memberships)
        .leftJoin(discordUsers, eq(discordUsers.discordId, memberships.discordId))
        .where(and(eq(memberships.groupId, groupId), isCurrent(now)))
        .get();
      return row?.members ?? 0;
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

    /** The groups that he is in by this name; they count once he is linked. */
    async groupIdsByDiscordId(discordId: string, now: Date): Promise<Set<string>> {
      const isHis = and(eq(memberships.discordId, discordId), isCurrent(now));
      const rows = orm.select({ groupId: memberships.groupId }).from(memberships).where(isHis).all();
      return new Set(rows.map(({ groupId }) => groupId));
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

/** The end of whoever has these memberships: the last of them; null: one has none. */
function lastEnd(rows: readonly { expiresAt: Date | null }[]): Date | null {
  const ends = rows.flatMap(({ expiresAt }) => (expiresAt ? [expiresAt.getTime()] : []));
  return ends.length < rows.length ? null : new Date(Math.max(...ends));
}

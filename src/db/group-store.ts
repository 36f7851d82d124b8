import { and, asc, eq, gt, isNotNull, isNull, lte, or, sql, type SQL } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/sqlite-core';
import type { GroupMember, LocalGroup } from '../groups/local-groups.ts';
import type { Database, Orm, Transaction } from './database.ts';
import { isAnyOf, parseTexts, sharing } from './lists.ts';
import { discordUsers, groupMemberships as memberships, groups } from './schema.ts';

/** Whom a membership names. */
export type MemberName = { accountId: string } | { discordId: string };

/** Whom a change of memberships touches: all Discord users of the accounts concerned. */
export interface Touched {
  groupIds: string[];
  accountIds: string[];
  discordIds: string[];
}

const NOBODY: Touched = { groupIds: [], accountIds: [], discordIds: [] };

export type GroupStore = ReturnType<typeof createGroupStore>;

/** Local groups and who is in them. A membership by Discord user counts for the account that he is linked to now. */
export function createGroupStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** null: the guild (or the global ones) has a group of that name already. */
    async create(group: LocalGroup): Promise<LocalGroup | null> {
      const values = { ...group, nameKey: nameKey(group.name) };
      const row = orm.insert(groups).values(values).onConflictDoNothing().returning().get();
      return row ? toGroup(row) : null;
    },

    async find(groupId: string): Promise<LocalGroup | null> {
      const row = orm.select().from(groups).where(eq(groups.id, groupId)).get();
      return row ? toGroup(row) : null;
    },

    /** Whatever its case; the guild's own group before a global one of the same name. null: global ones only. */
    async findByName(guildId: string | null, name: string): Promise<LocalGroup | null> {
      const row = orm
        .select()
        .from(groups)
        .where(and(eq(groups.nameKey, nameKey(name)), isVisibleTo(guildId)))
        .orderBy(sql`${groups.guildId} is null`)
        .limit(1)
        .get();
      return row ? toGroup(row) : null;
    },

    /** The guild's own groups and the global ones by name, with how many members they have now. */
    async ofGuild(guildId: string, now: Date): Promise<(LocalGroup & { memberCount: number })[]> {
      const rows = orm
        .select({ group: groups, memberCount: sql<number>`count(${memberships.id})` })
        .from(groups)
        .leftJoin(memberships, and(eq(memberships.groupId, groups.id), isCurrent(now)))
        .where(isVisibleTo(guildId))
        .groupBy(groups.id)
        .orderBy(asc(groups.nameKey), asc(groups.id))
        .all();
      return rows.map(({ group, memberCount }) => Object.assign(toGroup(group), { memberCount }));
    },

    /** Name and description. null: there is no such group; `name_taken`: another one has the name. */
    async update(
      groupId: string,
      patch: Partial<Pick<LocalGroup, 'name' | 'description'>>,
      now: Date,
    ): Promise<LocalGroup | 'name_taken' | null> {
      const named = patch.name === undefined ? {} : { nameKey: nameKey(patch.name) };
      try {
        const set = { ...patch, ...named, updatedAt: now };
        const row = orm.update(groups).set(set).where(eq(groups.id, groupId)).returning().get();
        return row ? toGroup(row) : null;
      } catch (error) {
        if (isUniqueViolation(error)) return 'name_taken';
        throw error;
      }
    },

    /** With all of its memberships; returns whom that touches. */
    async remove(groupId: string): Promise<Touched> {
      return orm.transaction(
        (tx) => {
          const touched = touchedBy(tx, eq(memberships.groupId, groupId));
          tx.delete(groups).where(eq(groups.id, groupId)).run();
          return touched;
        },
        { behavior: 'immediate' },
      );
    },

    /** Adds a member, or gives the membership that is there the new expiry (absent: as it is). null: there is no such group. */
    async addMember(
      membership: { id: string; groupId: string; expiresAt?: Date | null; addedBy: string | null } & MemberName,
      now: Date,
    ): Promise<{ before: { expiresAt: Date | null } | null; expiresAt: Date | null } | null> {
      return orm.transaction(
        (tx) => {
          const { groupId, expiresAt } = membership;
          if (!tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).get()) return null;
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

    /** Ends every membership of the group that names one of them. */
    async removeMembers(groupId: string, members: readonly MemberName[]): Promise<{ wasMember: boolean }> {
      // Without this, "any of none" would be no condition at all.
      if (members.length === 0) return { wasMember: false };
      const isOneOfThem = and(eq(memberships.groupId, groupId), or(...members.map(isNamed)));
      return { wasMember: orm.delete(memberships).where(isOneOfThem).returning().all().length > 0 };
    },

    /** Who is in the group now, in the order they were added. */
    async members(groupId: string, now: Date): Promise<GroupMember[]> {
      const isLinked =
        sql`exists (select 1 from ${discordUsers} where ${discordUsers.accountId} = ${memberships.accountId} or ${discordUsers.discordId} = ${memberships.discordId})`.mapWith(
          Boolean,
        );
      const { accountId, discordId, expiresAt, addedAt } = memberships;
      return orm
        .select({ accountId, discordId, expiresAt, addedAt, isLinked })
        .from(memberships)
        .where(and(eq(memberships.groupId, groupId), isCurrent(now)))
        .orderBy(asc(memberships.addedAt), asc(memberships.id))
        .all();
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

    /** Those of the ids that are groups of this guild, or global ones. */
    async existing(guildId: string, groupIds: readonly string[]): Promise<Set<string>> {
      const rows = orm
        .select({ id: groups.id })
        .from(groups)
        .where(and(isVisibleTo(guildId), isAnyOf(groups.id, groupIds)))
        .all();
      return new Set(rows.map(({ id }) => id));
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

    /** The linked Discord users whom the group concerns: all those of each account in it, ordered by id. */
    async discordIdsOfGroup(groupId: string): Promise<string[]> {
      return touchedBy(orm, eq(memberships.groupId, groupId)).discordIds;
    },
  };
}

/** The memberships' accounts (named, or linked to the Discord user named), and every Discord user of these. */
function touchedBy(db: Orm | Transaction, which: SQL): Touched {
  const groupRows = db
    .selectDistinct({ id: memberships.groupId })
    .from(memberships)
    .where(which)
    .orderBy(asc(memberships.groupId));
  const direct = db
    .select({ id: sql<string>`${memberships.accountId}`.as('id') })
    .from(memberships)
    .where(and(which, isNotNull(memberships.accountId)));
  const byDiscordUser = db
    .select({ id: sql<string>`${discordUsers.accountId}`.as('id') })
    .from(memberships)
    .innerJoin(discordUsers, eq(discordUsers.discordId, memberships.discordId))
    .where(which);
  const accountIds = [
    ...new Set(
      unionAll(direct, byDiscordUser)
        .all()
        .map(({ id }) => id),
    ),
  ].sort();
  const linked = db
    .select({ id: discordUsers.discordId })
    .from(discordUsers)
    .where(isAnyOf(discordUsers.accountId, accountIds))
    .orderBy(asc(discordUsers.discordId));
  return { groupIds: groupRows.all().map(({ id }) => id), accountIds, discordIds: linked.all().map(({ id }) => id) };
}

function isCurrent(now: Date): SQL | undefined {
  return or(isNull(memberships.expiresAt), gt(memberships.expiresAt, now));
}

function isOver(now: Date): SQL {
  return lte(memberships.expiresAt, now);
}

function isVisibleTo(guildId: string | null): SQL | undefined {
  return guildId === null ? isNull(groups.guildId) : or(eq(groups.guildId, guildId), isNull(groups.guildId));
}

function isNamed(member: MemberName): SQL {
  return 'accountId' in member
    ? eq(memberships.accountId, member.accountId)
    : eq(memberships.discordId, member.discordId);
}

function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}

function toGroup(row: typeof groups.$inferSelect): LocalGroup {
  const { id, guildId, name, description, createdBy, createdAt, updatedAt } = row;
  return { id, guildId, name, description, createdBy, createdAt, updatedAt };
}

import { and, asc, eq, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { LocalGroup } from '../groups/local-groups.ts';
import { laterThan, saysAlready } from './columns.ts';
import type { Database } from './database.ts';
import { isAnyOf } from './lists.ts';
import { createMemberSets } from './member-sets.ts';
import { createMembershipStore, personOf } from './membership-store.ts';
import { discordUsers, groupMemberships as memberships, groups } from './schema.ts';
import { isCurrent } from './touched.ts';

export type GroupStore = ReturnType<typeof createGroupStore>;

/** Local groups and who is in them. */
export function createGroupStore({ orm }: Pick<Database, 'orm'>) {
  return {
    ...createMembershipStore({ orm }),
    ...createMemberSets({ orm }),

    /** `name_taken`: the guild (or the global ones) has a group of that name already; `no_guild`: there is no such guild. */
    async create(group: LocalGroup): Promise<LocalGroup | 'name_taken' | 'no_guild'> {
      const values = { ...group, nameKey: nameKey(group.name) };
      try {
        const row = orm.insert(groups).values(values).onConflictDoNothing().returning().get();
        return row ? toGroup(row) : 'name_taken';
      } catch (error) {
        if (isViolation(error, 'FOREIGNKEY')) return 'no_guild';
        throw error;
      }
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

    /** The groups of these guilds and the global ones by name, with how many members they have now. */
    async ofGuilds(guildIds: readonly string[], now: Date): Promise<(LocalGroup & { memberCount: number })[]> {
      const rows = orm
        .select({ group: groups, memberCount: sql<number>`count(distinct ${personOf})` })
        .from(groups)
        .leftJoin(memberships, and(eq(memberships.groupId, groups.id), isCurrent(now)))
        .leftJoin(discordUsers, eq(discordUsers.discordId, memberships.discordId))
        .where(or(isAnyOf(groups.guildId, guildIds), isNull(groups.guildId)))
        .groupBy(groups.id)
        .orderBy(asc(groups.nameKey), asc(groups.id))
        .all();
      return rows.map(({ group, memberCount }) => Object.assign(toGroup(group), { memberCount }));
    },

    /**
     * Name and description; how it was and how it is. null: there is no such group, or it was changed since
     * `unchangedSince`; `name_taken`: another one has the name.
     */
    async update(
      groupId: string,
      patch: Partial<Pick<LocalGroup, 'name' | 'description'>>,
      now: Date,
      unchangedSince: Date | null = null,
    ): Promise<{ before: LocalGroup; after: LocalGroup } | 'name_taken' | null> {
      const named = patch.name === undefined ? {} : { nameKey: nameKey(patch.name) };
      try {
        return orm.transaction(
          (tx) => {
            const isMeant = eq(groups.id, groupId);
            const before = tx.select().from(groups).where(isMeant).get();
            if (!before || (unchangedSince && before.updatedAt.getTime() !== unchangedSince.getTime())) return null;
            if (saysAlready(before, patch)) return { before: toGroup(before), after: toGroup(before) };
            const set = { ...patch, ...named, updatedAt: laterThan(before.updatedAt, now) };
            const after = tx.update(groups).set(set).where(isMeant).returning().get();
            return after ? { before: toGroup(before), after: toGroup(after) } : null;
          },
          { behavior: 'immediate' },
        );
      } catch (error) {
        if (isViolation(error, 'UNIQUE')) return 'name_taken';
        throw error;
      }
    },

    /** With all of its memberships. false: there is no such group. */
    async remove(groupId: string): Promise<boolean> {
      const removed = orm.delete(groups).where(eq(groups.id, groupId)).returning({ id: groups.id }).get();
      return removed !== undefined;
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
  };
}

function isVisibleTo(guildId: string | null): SQL | undefined {
  return guildId === null ? isNull(groups.guildId) : or(eq(groups.guildId, guildId), isNull(groups.guildId));
}

function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function isViolation(error: unknown, of: 'UNIQUE' | 'FOREIGNKEY'): boolean {
  return error instanceof Error && 'code' in error && error.code === `SQLITE_CONSTRAINT_${of}`;
}

function toGroup(row: typeof groups.$inferSelect): LocalGroup {
  const { id, guildId, name, description, createdBy, createdAt, updatedAt } = row;
  return { id, guildId, name, description, createdBy, createdAt, updatedAt };
}

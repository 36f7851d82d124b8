import { and, asc, eq, or, sql, type SQL } from 'drizzle-orm';
import type { Mapping } from '../core/mapping.ts';
import type { Database, Transaction } from './database.ts';
import { hasAnyOf, isAnyOf } from './lists.ts';
import { laterThan, saysAlready } from './columns.ts';
import { grants, roleMappings } from './schema.ts';

export type NewMapping = Omit<Mapping, 'lastSync' | 'syncCount'>;
export type MappingPatch = Partial<
  Omit<Mapping, 'id' | 'guildId' | 'createdBy' | 'createdAt' | 'updatedAt' | 'lastSync' | 'syncCount'>
>;

/** What becomes of roles that only a mapping gave, when it ends: `remove` releases their grants, `keep` forgets them. */
export type RolesGiven = 'remove' | 'keep';

/** Looks at mappings as they are at this moment; where it throws, nothing is written. */
type Check = (mappings: Mapping[]) => void;

export type MappingStore = ReturnType<typeof createMappingStore>;

/** The rules of the guilds. Ending one settles the grants in the same transaction, so that no role is left between. */
export function createMappingStore({ orm }: Pick<Database, 'orm'>) {
  const inOrder = [asc(roleMappings.createdAt), asc(roleMappings.id)];

  const ofGuild = (from: Pick<Transaction, 'select'>, guildId: string): Mapping[] =>
    from
      .select()
      .from(roleMappings)
      .where(eq(roleMappings.guildId, guildId))
      .orderBy(...inOrder)
      .all();

  const end = (areMeant: SQL, roles: RolesGiven, check: Check = () => {}): Mapping[] =>
    orm.transaction(
      (tx) => {
        check(tx.select().from(roleMappings).where(areMeant).all());
        const removed = tx.delete(roleMappings).where(areMeant).returning().all();
        const ended = removed.filter(({ isActive }) => isActive);
        settleGrants(tx, ended, roles);
        return removed;
      },
      { behavior: 'immediate' },
    );

  return {
    /** Unless `check` throws, which sees the guild's other mappings as they are at this moment. */
    async create(mapping: NewMapping, check: Check = () => {}): Promise<Mapping> {
      return orm.transaction(
        (tx) => {
          check(ofGuild(tx, mapping.guildId));
          return tx.insert(roleMappings).values(mapping).returning().get();
        },
        { behavior: 'immediate' },
      );
    },

    async find(mappingId: string): Promise<Mapping | null> {
      return orm.select().from(roleMappings).where(eq(roleMappings.id, mappingId)).get() ?? null;
    },

    /** All mappings of a guild, inactive ones too, the oldest first. */
    async ofGuild(guildId: string): Promise<Mapping[]> {
      return ofGuild(orm, guildId);
    },

    /** The mappings of all guilds that name the group anywhere, the oldest first. */
    async naming(groupId: string): Promise<Mapping[]> {
      const { conditions } = roleMappings;
      const isNamed = or(
        eq(roleMappings.groupId, groupId),
        hasAnyOf(conditions, [groupId], '$.groups'),
        hasAnyOf(conditions, [groupId], '$.excludedGroups'),
      );
      return orm
        .select()
        .from(roleMappings)
        .where(isNamed)
        .orderBy(...inOrder)
        .all();
    },

    /**
     * What `change` says of the mapping and of the guild's others, as they are at this moment; where it throws, or
     * changes nothing, all stays as it is. null: it is gone. `roles` matters when an active mapping becomes inactive, or gives another role.
     */
    async edit(
      mappingId: string,
      change: (before: Mapping, others: Mapping[]) => MappingPatch,
      now: Date,
      roles: RolesGiven = 'remove',
    ): Promise<{ before: Mapping; after: Mapping } | null> {
      return orm.transaction(
        (tx) => {
          const isMeant = eq(roleMappings.id, mappingId);
          const before = tx.select().from(roleMappings).where(isMeant).get();
          if (!before) return null;
          const others = ofGuild(tx, before.guildId).filter(({ id }) => id !== mappingId);
          const patch = change(before, others);
          if (saysAlready(before, patch)) return { before, after: before };
          const set = { ...patch, updatedAt: laterThan(before.updatedAt, now) };
          const after = tx.update(roleMappings).set(set).where(isMeant).returning().get();
          if (!after) return null;
          const givesOn = after.isActive && after.roleId === before.roleId;
          if (before.isActive && !givesOn) settleGrants(tx, [before], roles);
          return { before, after };
        },
        { behavior: 'immediate' },
      );
    },

    /** Returns the mappings that were there, and are not any more, unless `check` throws, which sees them first. */
    async remove(mappingIds: readonly string[], roles: RolesGiven, check?: Check): Promise<Mapping[]> {
      return end(isAnyOf(roleMappings.id, mappingIds), roles, check);
    },

    /** As `remove`, whatever mappings the guild has at this moment. */
    async removeOfGuild(guildId: string, roles: RolesGiven, check?: Check): Promise<Mapping[]> {
      return end(eq(roleMappings.guildId, guildId), roles, check);
    },

    /** These mappings were part of a sync. */
    async noteSynced(mappingIds: readonly string[], now: Date): Promise<void> {
      orm
        .update(roleMappings)
        .set({ lastSync: now, syncCount: sql`${roleMappings.syncCount} + 1` })
        .where(isAnyOf(roleMappings.id, mappingIds))
        .run();
    },
  };
}

/** Once `ended` give nothing any more: a role that an active mapping still names is that mapping's affair. */
function settleGrants(tx: Transaction, ended: readonly Mapping[], roles: RolesGiven): void {
  const settled = new Set<string>();
  for (const { guildId, roleId } of ended) {
    if (settled.has(`${guildId} ${roleId}`)) continue;
    settled.add(`${guildId} ${roleId}`);
    const ofRole = and(eq(grants.guildId, guildId), eq(grants.roleId, roleId));
    const remaining = tx
      .select({ id: roleMappings.id })
      .from(roleMappings)
      .where(and(eq(roleMappings.guildId, guildId), eq(roleMappings.roleId, roleId), eq(roleMappings.isActive, true)))
      .all()
      .map(({ id }) => id);
    if (roles === 'keep') {
      tx.delete(grants)
        .where(and(ofRole, sql`not ${hasAnyOf(grants.mappingIds, remaining)}`))
        .run();
    } else if (remaining.length === 0) {
      tx.update(grants).set({ isReleased: true }).where(ofRole).run();
    }
  }
}

import { and, asc, eq, sql, type SQL } from 'drizzle-orm';
import type { Suppression } from '../core/suppression.ts';
import type { Database } from './database.ts';
import { byMember, inPortions, isAnyOf } from './lists.ts';
import { suppressions } from './schema.ts';

export type SuppressionStore = ReturnType<typeof createSuppressionStore>;

/** Roles of members that Rolewright leaves as they are until an admin syncs that member. */
export function createSuppressionStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** A member's suppressions by role id. */
    async ofMember(guildId: string, discordId: string): Promise<Map<string, Suppression>> {
      const rows = orm
        .select()
        .from(suppressions)
        .where(ofMember(guildId, discordId))
        .orderBy(asc(suppressions.roleId))
        .all();
      return new Map(rows.map((row) => [row.roleId, row]));
    },

    /** Every suppression of a guild: by Discord user, then by role id. Members without one are absent. */
    async ofGuild(guildId: string): Promise<Map<string, Map<string, Suppression>>> {
      const rows = orm
        .select()
        .from(suppressions)
        .where(eq(suppressions.guildId, guildId))
        .orderBy(asc(suppressions.discordId), asc(suppressions.roleId))
        .all();
      return byMember(rows);
    },

    /** Writes suppressions, all or none; one that is there already (same guild, member, role) takes the new values. */
    async save(rows: readonly Suppression[]): Promise<void> {
      orm.transaction((tx) => {
        for (const portion of inPortions(rows)) {
          tx.insert(suppressions)
            .values(portion)
            .onConflictDoUpdate({
              target: [suppressions.guildId, suppressions.discordId, suppressions.roleId],
              set: {
                reason: sql`excluded.reason`,
                changedBy: sql`excluded.changed_by`,
                since: sql`excluded.since`,
              },
            })
            .run();
        }
      });
    },

    /** Ends the suppressions of these roles of a member; without roles all of his. */
    async clear(guildId: string, discordId: string, roleIds?: readonly string[]): Promise<void> {
      const ofRoles = roleIds && isAnyOf(suppressions.roleId, roleIds);
      orm
        .delete(suppressions)
        .where(and(ofMember(guildId, discordId), ofRoles))
        .run();
    },
  };
}

function ofMember(guildId: string, discordId: string): SQL | undefined {
  return and(eq(suppressions.guildId, guildId), eq(suppressions.discordId, discordId));
}

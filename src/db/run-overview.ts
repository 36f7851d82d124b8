import { and, count, desc, eq, exists, inArray, isNull, or, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Database } from './database.ts';
import { isAnyOf } from './lists.ts';
import { ENDED, UNDER_WAY } from '../core/run-status.ts';
import type { Run } from './run.ts';
import { IS_WORTH_TELLING, roleMappings, runs } from './schema.ts';

/** Some guilds, or (null) all of them. */
type GuildIds = readonly string[] | null;

/** How it goes in many guilds at once. */
export function createRunOverview({ orm }: Pick<Database, 'orm'>) {
  const part = alias(runs, 'part');
  const isOfGuild = sql`${runs.guildId} = ${sql.placeholder('guildId')}`;
  const lastWhole = orm
    .select()
    .from(runs)
    .where(
      and(
        isOfGuild,
        eq(runs.type, 'guild'),
        inArray(runs.status, [...ENDED]),
        isNull(runs.undoOf),
        isNull(runs.decidedBy),
      ),
    )
    .orderBy(desc(runs.startedAt), desc(runs.id))
    .limit(1)
    .prepare();

  /** Whether the run, with all of its parts, is of these guilds; a part whose whole is not stands for itself. */
  function isWithin(guildIds: GuildIds): SQL | undefined {
    // `+` keeps SQLite from reading all of a guild's runs instead of the few that are worth telling, in order.
    const isNoPart = isNull(sql`+${runs.parentId}`);
    if (guildIds === null) return isNoPart;
    const outside = sql`not ${isAnyOf(part.guildId, guildIds)}`;
    const ofWhole = (which?: SQL) =>
      exists(
        orm
          .select({ id: part.id })
          .from(part)
          .where(and(eq(part.parentId, runs.id), which)),
      );
    const ofSiblings = exists(
      orm
        .select({ id: part.id })
        .from(part)
        .where(and(eq(part.parentId, runs.parentId), outside)),
    );
    const isWhole = and(isNull(sql`+${runs.guildId}`), ofWhole(), sql`not ${ofWhole(outside)}`);
    return or(and(sql`+${isAnyOf(runs.guildId, guildIds)}`, or(isNoPart, ofSiblings)), isWhole);
  }

  return {
    /** The latest runs in these guilds that have anything to tell, the latest first; of one with parts only the whole. */
    async recentIn(guildIds: GuildIds, limit: number): Promise<Run[]> {
      return orm
        .select()
        .from(runs)
        .where(and(sql`(${IS_WORTH_TELLING})`, isWithin(guildIds)))
        .orderBy(desc(runs.startedAt), desc(runs.id))
        .limit(limit)
        .all();
    },

    /** Of each of these guilds that has one, the last sync of everybody that has ended. */
    async lastSyncs(guildIds: readonly string[]): Promise<Run[]> {
      return guildIds.flatMap((guildId) => lastWhole.get({ guildId }) ?? []);
    },

    /** Whether any run of these guilds is under way, or waits for its turn. */
    async isAnyUnderWay(guildIds: GuildIds): Promise<boolean> {
      const isMeant = guildIds === null ? undefined : isAnyOf(runs.guildId, guildIds);
      const underWay = and(inArray(runs.status, [...UNDER_WAY]), isMeant);
      return orm.select({ id: runs.id }).from(runs).where(underWay).limit(1).get() !== undefined;
    },

    async countActiveMappings(guildIds: readonly string[]): Promise<number> {
      const isMeant = and(eq(roleMappings.isActive, true), isAnyOf(roleMappings.guildId, guildIds));
      return orm.select({ total: count() }).from(roleMappings).where(isMeant).get()?.total ?? 0;
    },
  };
}

import { and, count, desc, eq, inArray, isNull, sql, type Column, type SQL } from 'drizzle-orm';
import { MADE, type Outcome } from '../sync/ports.ts';
import type { Database } from './database.ts';
import { isAnyOf } from './lists.ts';
import { isOfRun, type Change } from './run-changes.ts';
import { changes, IS_OPEN } from './schema.ts';

/** Which changes of a guild are meant; what is left out does not matter. */
export interface ChangeFilter {
  guildId: string;
  discordIds?: readonly string[] | undefined;
  roleId?: string | undefined;
  mappingId?: string | undefined;
  /** Of one run; of one that has parts, those of its parts. */
  runId?: string | undefined;
  /** `planned`: not done yet. */
  outcome?: Outcome | 'planned' | undefined;
  /** From then on, and before then. */
  since?: Date | undefined;
  until?: Date | undefined;
}

/** Looks up what happened to the members of a guild. */
export function createChangeSearch({ orm }: Pick<Database, 'orm'>) {
  return {
    /** One page (from 1), the newest first, how many there are on all of them, and how many of those were made. */
    async searchChanges(
      filter: ChangeFilter,
      page: number,
      limit: number,
    ): Promise<{ changes: Change[]; total: number; made: number }> {
      const { isMeant, at } = matching(filter);
      return orm.transaction((tx) => {
        const rows = tx
          .select()
          .from(changes)
          .where(isMeant)
          .orderBy(desc(at), desc(changes.id))
          .limit(limit)
          .offset((page - 1) * limit)
          .all();
        const made = sql<number>`count(case when ${inArray(changes.outcome, MADE)} then 1 end)`;
        const counted = tx.select({ total: count(), made }).from(changes).where(isMeant).get();
        return { changes: rows, ...(counted ?? { total: 0, made: 0 }) };
      });
    },
  };
}

/**
 * Few changes are one member's, one run's, or open: they are found by that and sorted then. `+` keeps SQLite from
 * walking through everybody's in order of time instead.
 */
function matching(filter: ChangeFilter): { isMeant: SQL | undefined; at: SQL | Column } {
  const { guildId, discordIds, roleId, mappingId, runId, outcome, since, until } = filter;
  const isOpen = outcome === 'planned' || outcome === 'held';
  const isFew = discordIds !== undefined || runId !== undefined || isOpen;
  const at = isFew ? aside(changes.at) : changes.at;
  const isMeant = and(
    sql`${isFew && !discordIds ? aside(changes.guildId) : changes.guildId} = ${guildId}`,
    discordIds && isAnyOf(changes.discordId, discordIds),
    runId === undefined ? undefined : isOfRun(runId),
    isOpen ? sql`(${IS_OPEN})` : undefined,
    outcome === undefined ? undefined : outcome === 'planned' ? isNull(changes.outcome) : eq(changes.outcome, outcome),
    roleId === undefined ? undefined : sql`${isFew ? aside(changes.roleId) : changes.roleId} = ${roleId}`,
    // Ids stand in it as JSON strings, so that none is part of another.
    mappingId === undefined ? undefined : sql`instr(${changes.mappingIds}, ${JSON.stringify(mappingId)}) > 0`,
    since && sql`${at} >= ${since.getTime()}`,
    until && sql`${at} < ${until.getTime()}`,
  );
  return { isMeant, at };
}

/** Not to be looked up by. */
function aside(column: Column): SQL {
  return sql`+${column}`;
}

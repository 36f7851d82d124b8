import { and, count, desc, eq, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Outcome } from '../sync/ports.ts';
import type { Database } from './database.ts';
import { isAnyOf } from './lists.ts';
import type { Change } from './run-changes.ts';
import { changes, runs } from './schema.ts';

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
    /** One page (from 1), the newest first, and how many there are on all of them. */
    async searchChanges(
      filter: ChangeFilter,
      page: number,
      limit: number,
    ): Promise<{ changes: Change[]; total: number }> {
      const isMeant = matching(filter);
      return orm.transaction((tx) => {
        const rows = tx
          .select()
          .from(changes)
          .where(isMeant)
          .orderBy(desc(changes.at), desc(changes.id))
          .limit(limit)
          .offset((page - 1) * limit)
          .all();
        const counted = tx.select({ total: count() }).from(changes).where(isMeant).get();
        return { changes: rows, total: counted?.total ?? 0 };
      });
    },
  };
}

function matching(filter: ChangeFilter): SQL | undefined {
  const { guildId, discordIds, roleId, mappingId, runId, outcome, since, until } = filter;
  return and(
    eq(changes.guildId, guildId),
    discordIds && isAnyOf(changes.discordId, discordIds),
    roleId === undefined ? undefined : eq(changes.roleId, roleId),
    // Ids stand in it as JSON strings, so that none is part of another.
    mappingId === undefined ? undefined : sql`instr(${changes.mappingIds}, ${JSON.stringify(mappingId)}) > 0`,
    runId === undefined ? undefined : isOfRun(runId),
    outcome === undefined ? undefined : outcome === 'planned' ? isNull(changes.outcome) : eq(changes.outcome, outcome),
    since && gte(changes.at, since),
    until && lt(changes.at, until),
  );
}

/** Of that run, or of one of its parts. */
export function isOfRun(runId: string): SQL {
  return sql`${changes.runId} in (select ${runs.id} from ${runs} where ${runs.id} = ${runId} or ${runs.parentId} = ${runId})`;
}

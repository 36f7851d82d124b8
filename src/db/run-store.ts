import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNotNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { createChangeFigures } from './change-figures.ts';
import { createChangeSearch } from './change-search.ts';
import { isAnyOf } from './lists.ts';
import { ENDED, UNDER_WAY, type RunStatus } from '../core/run-status.ts';
import type { NewRun, Run, RunPatch, RunResult } from './run.ts';
import { createRunChanges, type Change } from './run-changes.ts';
import { createRunOverview } from './run-overview.ts';
import { createRunParts } from './run-parts.ts';
import { changes, runs } from './schema.ts';

export type { NewRun, Run, RunPatch, RunResult } from './run.ts';
export type { Change, NewChange } from './run-changes.ts';

/** A run with its changes, in order. */
export interface RunWithChanges {
  run: Run;
  changes: Change[];
}

export type RunStore = ReturnType<typeof createRunStore>;

/** What one step of retention deletes at most. */
const RUNS_AT_ONCE = 100;
const CHANGES_AT_ONCE = 500;

/** Runs and their changes: the only history besides the ledger. */
export function createRunStore({ orm }: Pick<Database, 'orm'>) {
  const latestFirst = [desc(runs.startedAt), desc(runs.id)];
  const oldestFirst = [asc(runs.startedAt), asc(runs.id)];
  const ofRuns = createRunChanges({ orm });
  const { settleWith, ...ofParts } = createRunParts({ orm });

  async function withChanges(run: Run | undefined): Promise<RunWithChanges | null> {
    return run ? { run, changes: await ofRuns.allOf(run.id) } : null;
  }

  return {
    ...ofRuns,
    ...createChangeFigures({ orm }),
    ...createChangeSearch({ orm }),
    ...ofParts,
    ...createRunOverview({ orm }),

    async start(run: NewRun): Promise<Run> {
      return orm
        .insert(runs)
        .values({ errors: [], ...run })
        .returning()
        .get();
    },

    /** null: there is no such run. With its last part a whole run ends. */
    async finish(runId: string, result: RunResult): Promise<Run | null> {
      return settleWith(orm.update(runs).set(result).where(eq(runs.id, runId)).returning().get());
    },

    /**
     * null: there is no such run, or it is not in the status `from` (any, if not given) any more. So of two people who
     * decide about a held run at once only one does.
     */
    async update(runId: string, patch: RunPatch, from?: RunStatus): Promise<Run | null> {
      const isMeant = and(eq(runs.id, runId), from && eq(runs.status, from));
      return settleWith(orm.update(runs).set(patch).where(isMeant).returning().get());
    },

    async find(runId: string): Promise<Run | null> {
      return orm.select().from(runs).where(eq(runs.id, runId)).get() ?? null;
    },

    /** The latest runs of a guild that changed something or have more to tell than that all was well, the latest first. */
    async recent(guildId: string, limit: number): Promise<Run[]> {
      const hasMade = or(gt(runs.rolesAdded, 0), gt(runs.rolesRemoved, 0), gt(runs.usersFailed, 0));
      const isWorth = or(ne(runs.status, 'completed'), hasMade);
      return orm
        .select()
        .from(runs)
        .where(and(eq(runs.guildId, guildId), isWorth))
        .orderBy(desc(sql`coalesce(${runs.completedAt}, ${runs.startedAt})`), ...latestFirst)
        .limit(limit)
        .all();
    },

    /** Runs that a stop or a crash cut short, the oldest first. */
    async unfinished(): Promise<Run[]> {
      return orm
        .select()
        .from(runs)
        .where(inArray(runs.status, [...UNDER_WAY]))
        .orderBy(...oldestFirst)
        .all();
    },

    /** The latest run that reverses this one; null: there is none. */
    async undoOf(runId: string): Promise<Run | null> {
      const undos = orm.select().from(runs).where(eq(runs.undoOf, runId));
      return (
        undos
          .orderBy(...latestFirst)
          .limit(1)
          .get() ?? null
      );
    },

    /** The guild's run that waits for an admin, or null. */
    async heldOf(guildId: string): Promise<RunWithChanges | null> {
      const isHeld = and(eq(runs.status, 'held'), eq(runs.guildId, guildId));
      return withChanges(
        orm
          .select()
          .from(runs)
          .where(isHeld)
          .orderBy(...oldestFirst)
          .limit(1)
          .get(),
      );
    },

    /** What was held in the guild's runs that somebody discarded since then, in order. An approved one is bounded no more. */
    async discardedSince(guildId: string, since: Date): Promise<Change[]> {
      const isDiscarded = and(eq(runs.status, 'cancelled'), isNotNull(runs.decidedBy), eq(runs.isBounded, true));
      return orm
        .select(getTableColumns(changes))
        .from(changes)
        .innerJoin(runs, eq(runs.id, changes.runId))
        .where(and(isDiscarded, eq(runs.guildId, guildId), gte(runs.completedAt, since)))
        .orderBy(asc(changes.id))
        .all();
    },

    /** Held runs that started before that date, the oldest first. */
    async heldBefore(date: Date): Promise<Run[]> {
      return orm
        .select()
        .from(runs)
        .where(and(eq(runs.status, 'held'), lt(runs.startedAt, date)))
        .orderBy(...oldestFirst)
        .all();
    },

    /**
     * Forgets the runs that ended before that date, with their changes; in portions, so that nobody waits long
     * meanwhile. One that is open or held stays. Returns how many there were.
     */
    async purgeBefore(date: Date): Promise<number> {
      for (let purged = 0; ; await nextTurn()) {
        const { forgotten, isLast } = purgeSome(date);
        purged += forgotten;
        if (isLast) return purged;
      }
    },
  };

  /** Deletes the oldest runs that ended before that date, or as many of their changes as may go at once. */
  function purgeSome(date: Date): { forgotten: number; isLast: boolean } {
    return orm.transaction(
      (tx) => {
        // `+` keeps SQLite from reading all ended runs by their status instead of the few old ones by their date.
        const isOld = and(inArray(sql`+${runs.status}`, [...ENDED]), lt(runs.completedAt, date));
        const oldest = tx.select({ id: runs.id }).from(runs).where(isOld).orderBy(asc(runs.completedAt), asc(runs.id));
        const runIds = oldest
          .limit(RUNS_AT_ONCE)
          .all()
          .map(({ id }) => id);
        const some = tx.select({ id: changes.id }).from(changes).where(isAnyOf(changes.runId, runIds));
        const gone = tx.delete(changes).where(inArray(changes.id, some.limit(CHANGES_AT_ONCE)));
        if (gone.returning({ id: changes.id }).all().length === CHANGES_AT_ONCE) return { forgotten: 0, isLast: false };
        tx.delete(runs).where(isAnyOf(runs.id, runIds)).run();
        return { forgotten: runIds.length, isLast: runIds.length < RUNS_AT_ONCE };
      },
      { behavior: 'immediate' },
    );
  }
}

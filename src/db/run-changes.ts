import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, asc, count, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import type { ChangeReason } from '../core/plan.ts';
import type { Outcome } from '../sync/ports.ts';
import type { Database } from './database.ts';
import { inPortions } from './lists.ts';
import { changes, IS_OPEN, runs } from './schema.ts';

/** One add or remove of one role for one member, as it went. */
export interface Change {
  /** Rises with time. */
  id: number;
  runId: string;
  guildId: string;
  discordId: string;
  roleId: string;
  action: 'add' | 'remove';
  /** null: planned, not done yet. */
  outcome: Outcome | null;
  reason: ChangeReason;
  mappingIds: readonly string[];
  /** Discord id of the one who changed it on Discord (drift); null: nobody, or not known. */
  changedBy: string | null;
  /** When its run set out to write it; null: it has not. */
  attemptedAt: Date | null;
  at: Date;
}

export type NewChange = Omit<Change, 'id' | 'runId' | 'attemptedAt'>;

/** Of one run and not settled: planned or held. Served by `changes_open`. */
const isOpen = sql`(${IS_OPEN})`;
/** So few that other work waits some milliseconds at most. */
const PLANNED_AT_ONCE = 200;
/** What runs change: planned, done, held. */
export function createRunChanges({ orm }: Pick<Database, 'orm'>) {
  const findOpen = orm
    .select({ id: changes.id })
    .from(changes)
    .where(
      and(
        eq(changes.runId, sql.placeholder('runId')),
        eq(changes.discordId, sql.placeholder('discordId')),
        eq(changes.roleId, sql.placeholder('roleId')),
        eq(changes.action, sql.placeholder('action')),
        isOpen,
      ),
    )
    .prepare();
  const insert = orm
    .insert(changes)
    .values({
      runId: sql.placeholder('runId'),
      guildId: sql.placeholder('guildId'),
      discordId: sql.placeholder('discordId'),
      roleId: sql.placeholder('roleId'),
      action: sql.placeholder('action'),
      outcome: sql.placeholder('outcome'),
      reason: sql.placeholder('reason'),
      mappingIds: sql.placeholder('mappingIds'),
      changedBy: sql.placeholder('changedBy'),
      at: sql.placeholder('at'),
    })
    .prepare();

  return {
    /**
     * Stores what is to be done (outcome null), in portions, so that nobody waits long meanwhile. One that stands open
     * in the run already stays as it is: after a crash the same plan can be stored again.
     */
    async plan(
      runId: string,
      planned: readonly Omit<NewChange, 'outcome'>[],
      attemptedAt: Date | null = null,
    ): Promise<void> {
      const rows = planned.map((change) => Object.assign({}, change, { runId, outcome: null, attemptedAt }));
      for (const [index, portion] of inPortions(rows, PLANNED_AT_ONCE).entries()) {
        if (index > 0) await nextTurn();
        orm.insert(changes).values(portion).onConflictDoNothing().run();
      }
    },

    /** These changes of one member are about to be written: after a crash they may have been done. */
    async attempt(
      runId: string,
      attempted: readonly Pick<NewChange, 'discordId' | 'roleId' | 'action'>[],
      now: Date,
    ): Promise<void> {
      orm.transaction(
        (tx) => {
          for (const change of attempted) {
            const open = findOpen.get({ runId, ...change });
            if (open) tx.update(changes).set({ attemptedAt: now }).where(eq(changes.id, open.id)).run();
          }
        },
        { behavior: 'immediate' },
      );
    },

    /** Writes changes as they happen, all or none. One that was planned or held in this run takes its outcome. */
    async record(runId: string, made: readonly NewChange[]): Promise<void> {
      orm.transaction(
        (tx) => {
          for (const change of made) {
            const open = findOpen.get({ runId, ...change });
            const { outcome, reason, mappingIds, changedBy, at } = change;
            const set = { outcome, reason, mappingIds, changedBy, at };
            if (open) tx.update(changes).set(set).where(eq(changes.id, open.id)).run();
            else insert.run({ runId, ...change });
          }
        },
        { behavior: 'immediate' },
      );
    },

    /** What a run has planned and not done yet, in order. */
    async openOf(runId: string): Promise<Change[]> {
      return orm
        .select()
        .from(changes)
        .where(and(eq(changes.runId, runId), isNull(changes.outcome)))
        .orderBy(asc(changes.id))
        .all();
    },

    /** All changes of a run, in order. */
    async allOf(runId: string): Promise<Change[]> {
      return orm.select().from(changes).where(eq(changes.runId, runId)).orderBy(asc(changes.id)).all();
    },

    /** One page (from 1) of the changes of a run and its parts, in order, and how many there are in all. */
    async changesOf(runId: string, page: number, limit: number): Promise<{ changes: Change[]; total: number }> {
      return orm.transaction((tx) => {
        const isWhole = tx.select({ id: runs.id }).from(runs).where(eq(runs.parentId, runId)).limit(1).get();
        const isMeant = isWhole ? isOfRun(runId) : eq(changes.runId, runId);
        const rows = tx
          .select()
          .from(changes)
          .where(isMeant)
          .orderBy(asc(changes.id))
          .limit(limit)
          .offset((page - 1) * limit)
          .all();
        const counted = tx.select({ total: count() }).from(changes).where(isMeant).get();
        return { changes: rows, total: counted?.total ?? 0 };
      });
    },

    /** Gives every change of a run that is planned (null) or held the outcome. */
    async settleOpen(runId: string, from: null | 'held', outcome: Outcome, now: Date): Promise<void> {
      const isFrom = from === null ? isNull(changes.outcome) : and(isOpen, eq(changes.outcome, from));
      orm
        .update(changes)
        .set({ outcome, at: now })
        .where(and(eq(changes.runId, runId), isFrom))
        .run();
    },

    /** Says anew what became of these changes; when they happened stays. */
    async setOutcome(changeIds: readonly number[], outcome: Outcome): Promise<void> {
      orm.transaction((tx) => {
        for (const portion of inPortions(changeIds)) {
          tx.update(changes).set({ outcome }).where(inArray(changes.id, portion)).run();
        }
      });
    },
  };
}

/** Of that run, or of one of its parts. */
export function isOfRun(runId: string): SQL {
  return sql`${changes.runId} in (select ${runs.id} from ${runs} where ${runs.id} = ${runId} or ${runs.parentId} = ${runId})`;
}

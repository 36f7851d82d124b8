import { and, asc, eq, inArray, isNotNull, isNull, ne, sql, type Column, type SQL } from 'drizzle-orm';
import type { Database } from './database.ts';
import { inPortions } from './lists.ts';
import { ENDED, UNDER_WAY } from '../core/run-status.ts';
import type { NewRun, Run } from './run.ts';
import { guilds, runs } from './schema.ts';

/** What a whole run has come to by its parts. */
export interface PartSums {
  usersProcessed: number;
  usersSynced: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  /** Guilds in which nothing is left to be done. */
  guildsProcessed: number;
  /** Of its parts, each with its guild where there are several. */
  errors: string[];
}

const WAITING = { errors: [] as string[], status: 'pending' } as const;
/** Errors that a whole run keeps word for word. */
const ERRORS_KEPT = 50;

/** Runs over several guilds or members: each guild, each member is a run of its own, a part of the whole. */
export function createRunParts({ orm }: Pick<Database, 'orm'>) {
  /** Ends the whole run when none of its parts is under way any more. */
  function settle(runId: string, now: Date): void {
    const open = and(isPartOf(runId), inArray(runs.status, [...UNDER_WAY]));
    if (orm.select({ id: runs.id }).from(runs).where(open).limit(1).get()) return;
    const whole = orm
      .select()
      .from(runs)
      .where(and(eq(runs.id, runId), eq(runs.status, 'running')))
      .get();
    if (!whole) return;
    const counted = orm
      .select({ status: runs.status, parts: sql<number>`count(*)` })
      .from(runs)
      .where(isPartOf(runId))
      .groupBy(runs.status)
      .all();
    const { guildsProcessed: _, errors, ...sums } = sumsOf(runId);
    const status = endOf(new Map(counted.map((row) => [row.status, row.parts])));
    const all = [...whole.errors, ...errors].slice(0, ERRORS_KEPT);
    orm
      .update(runs)
      .set({ ...sums, errors: all, status, completedAt: now })
      .where(eq(runs.id, runId))
      .run();
  }

  function sumsOf(runId: string): PartSums {
    const isOpen = inArray(runs.status, [...UNDER_WAY]);
    const openGuilds = sql<number>`count(distinct case when ${isOpen} then ${runs.guildId} end)`;
    const [row] = orm
      .select({
        usersProcessed: sum(runs.usersProcessed),
        usersSynced: sum(runs.usersSynced),
        usersFailed: sum(runs.usersFailed),
        rolesAdded: sum(runs.rolesAdded),
        rolesRemoved: sum(runs.rolesRemoved),
        guilds: sql<number>`count(distinct ${runs.guildId})`,
        openGuilds,
      })
      .from(runs)
      .where(isPartOf(runId))
      .all();
    if (!row) throw new Error('sums are always there');
    const { guilds: all, openGuilds: open, ...sums } = row;
    return { ...sums, guildsProcessed: all - open, errors: errorsOf(runId, all > 1) };
  }

  /** The first of them, each with its guild where there are several. */
  function errorsOf(runId: string, isOfSeveral: boolean): string[] {
    const rows = orm
      .select({ errors: runs.errors, guildName: guilds.name })
      .from(runs)
      .leftJoin(guilds, eq(guilds.guildId, runs.guildId))
      .where(and(isPartOf(runId), sql`${runs.errors} <> '[]'`))
      .orderBy(asc(runs.startedAt), asc(runs.id))
      .limit(ERRORS_KEPT)
      .all();
    const prefix = (name: string | null) => (isOfSeveral && name !== null ? `${name}: ` : '');
    return rows
      .flatMap(({ errors, guildName }) => errors.map((error) => `${prefix(guildName)}${error}`))
      .slice(0, ERRORS_KEPT);
  }

  return {
    /** A whole run with parts that wait for their turn. It is `pending` until `beginWhole` tells that all its parts are there. */
    async startWhole(whole: NewRun, parts: readonly NewRun[]): Promise<void> {
      orm.transaction(
        (tx) => {
          tx.insert(runs)
            .values({ errors: [], ...whole, status: 'pending' })
            .run();
          for (const portion of inPortions(parts)) {
            const rows = portion.map((part) => Object.assign({}, part, { parentId: whole.id, ...WAITING }));
            tx.insert(runs).values(rows).run();
          }
        },
        { behavior: 'immediate' },
      );
    },

    /** All parts are there: from now on it ends with the last of them. `errors` are its own. */
    async beginWhole(runId: string, errors: readonly string[], now: Date): Promise<void> {
      const waits = and(eq(runs.id, runId), eq(runs.status, 'pending'));
      orm
        .update(runs)
        .set({ status: 'running', errors: [...errors] })
        .where(waits)
        .run();
      settle(runId, now);
    },

    /** Makes a run that is nobody's part yet a part of the whole; whether it is one now. */
    async adopt(runId: string, wholeId: string): Promise<boolean> {
      const isFree = and(eq(runs.id, runId), isNull(runs.parentId), ne(runs.id, wholeId));
      return orm.update(runs).set({ parentId: wholeId }).where(isFree).returning({ id: runs.id }).get() !== undefined;
    },

    /** What somebody ordered that has parts and has not ended, the oldest first. */
    async openWholesOf(actor: string | null): Promise<Run[]> {
      const isTheirs = actor === null ? isNull(runs.initiatedBy) : eq(runs.initiatedBy, actor);
      return orm
        .select()
        .from(runs)
        .where(and(isNull(runs.guildId), inArray(runs.status, [...UNDER_WAY]), isTheirs))
        .orderBy(asc(runs.startedAt), asc(runs.id))
        .all();
    },

    /** In the order in which they began. */
    async partsOf(runId: string): Promise<Run[]> {
      return orm.select().from(runs).where(isPartOf(runId)).orderBy(asc(runs.startedAt), asc(runs.id)).all();
    },

    /** The ids of its parts that are being done: of thousands only a few. */
    async runningPartsOf(runId: string): Promise<string[]> {
      const isMeant = and(isPartOf(runId), eq(runs.status, 'running'));
      const rows = orm.select({ id: runs.id }).from(runs).where(isMeant).orderBy(asc(runs.startedAt), asc(runs.id));
      return rows.all().map(({ id }) => id);
    },

    /** The guilds that a whole run has parts in. */
    async guildsOfParts(runId: string): Promise<string[]> {
      const rows = orm
        .selectDistinct({ guildId: runs.guildId })
        .from(runs)
        .where(and(isPartOf(runId), isNotNull(runs.guildId)))
        .orderBy(asc(runs.guildId))
        .all();
      return rows.flatMap(({ guildId }) => guildId ?? []);
    },

    partSums: async (runId: string): Promise<PartSums> => sumsOf(runId),

    /** Calls off the parts that have not begun. Those under way are left to whoever does them. */
    async cancelWaitingParts(runId: string, now: Date): Promise<void> {
      orm
        .update(runs)
        .set({ status: 'cancelled', completedAt: now })
        .where(and(isPartOf(runId), eq(runs.status, 'pending')))
        .run();
      settle(runId, now);
    },

    /** After a start: ends whole runs of which no part is left to be done; one whose parts never came about as well. */
    async settleWholes(now: Date): Promise<void> {
      const isWhole = and(isNull(runs.guildId), inArray(runs.status, [...UNDER_WAY]));
      const cutShort = orm.select({ id: runs.id }).from(runs).where(isWhole).orderBy(asc(runs.id)).all();
      for (const { id } of cutShort) {
        orm.update(runs).set({ status: 'running' }).where(eq(runs.id, id)).run();
        settle(id, now);
      }
    },

    /** To be called with every run that was written; its whole, if it has one, may end with it. */
    settleWith(run: Run | undefined): Run | null {
      if (run && run.parentId !== null && ENDED.includes(run.status))
        settle(run.parentId, run.completedAt ?? run.startedAt);
      return run ?? null;
    },
  };
}

/** Somebody called it off; else it failed only if nothing of it got through. */
function endOf(parts: ReadonlyMap<Run['status'], number>): Run['status'] {
  if (parts.has('cancelled')) return 'cancelled';
  return parts.has('failed') && !parts.has('completed') ? 'failed' : 'completed';
}

function isPartOf(runId: string): SQL {
  return eq(runs.parentId, runId);
}

function sum(column: Column): SQL<number> {
  return sql<number>`coalesce(sum(${column}), 0)`;
}

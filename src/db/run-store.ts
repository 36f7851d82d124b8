import { and, asc, count, desc, eq, inArray } from 'drizzle-orm';
import type { ChangeReason } from '../core/plan.ts';
import type { Outcome } from '../sync/ports.ts';
import type { Trigger } from '../core/occasion.ts';
import type { Database } from './database.ts';
import { inPortions } from './lists.ts';
import { changes, runs } from './schema.ts';

export type RunStatus = 'planned' | 'held' | 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** One execution of a plan. */
export interface Run {
  id: string;
  type: 'user' | 'guild' | 'mapping' | 'full';
  /** null: it went over several guilds. */
  guildId: string | null;
  /** A Discord user, a guild or a mapping, as `type` says. */
  targetId: string | null;
  trigger: Trigger;
  status: RunStatus;
  /** Discord id of the person who asked; null for the bot's own work. */
  initiatedBy: string | null;
  startedAt: Date;
  completedAt: Date | null;
  usersProcessed: number;
  usersSynced: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  errors: string[];
}

export type NewRun = Pick<
  Run,
  'id' | 'type' | 'guildId' | 'targetId' | 'trigger' | 'status' | 'initiatedBy' | 'startedAt'
>;

/** What a run came to. */
export type RunResult = Omit<Run, keyof Omit<NewRun, 'status'>>;

/** One add or remove of one role for one member, as it went. */
export interface Change {
  /** Rises with time. */
  id: number;
  runId: string;
  guildId: string;
  discordId: string;
  roleId: string;
  action: 'add' | 'remove';
  outcome: Outcome;
  reason: ChangeReason;
  mappingIds: readonly string[];
  at: Date;
}

export type NewChange = Omit<Change, 'id' | 'runId'>;

export type RunStore = ReturnType<typeof createRunStore>;

/** Runs and their changes: the only history besides the ledger. */
export function createRunStore({ orm }: Pick<Database, 'orm'>) {
  const latestFirst = [desc(runs.startedAt), desc(runs.id)];

  return {
    async start(run: NewRun): Promise<Run> {
      return orm
        .insert(runs)
        .values({ ...run, errors: [] })
        .returning()
        .get();
    },

    /** Writes changes as they happen, all or none. */
    async record(runId: string, made: readonly NewChange[]): Promise<void> {
      orm.transaction((tx) => {
        for (const portion of inPortions(made.map((change) => Object.assign({ runId }, change)))) {
          tx.insert(changes).values(portion).run();
        }
      });
    },

    /** null: there is no such run. */
    async finish(runId: string, result: RunResult): Promise<Run | null> {
      return orm.update(runs).set(result).where(eq(runs.id, runId)).returning().get() ?? null;
    },

    async find(runId: string): Promise<Run | null> {
      return orm.select().from(runs).where(eq(runs.id, runId)).get() ?? null;
    },

    /** One page (from 1) of a run's changes in the order they happened, and how many there are in all. */
    async changesOf(runId: string, page: number, limit: number): Promise<{ changes: Change[]; total: number }> {
      return orm.transaction((tx) => {
        const rows = tx
          .select()
          .from(changes)
          .where(eq(changes.runId, runId))
          .orderBy(asc(changes.id))
          .limit(limit)
          .offset((page - 1) * limit)
          .all();
        const counted = tx.select({ total: count() }).from(changes).where(eq(changes.runId, runId)).get();
        return { changes: rows, total: counted?.total ?? 0 };
      });
    },

    /** The latest runs of a guild, the newest first. */
    async recent(guildId: string, limit: number): Promise<Run[]> {
      return orm
        .select()
        .from(runs)
        .where(eq(runs.guildId, guildId))
        .orderBy(...latestFirst)
        .limit(limit)
        .all();
    },

    async lastOf(guildId: string, type: Run['type']): Promise<Run | null> {
      const ofType = and(eq(runs.guildId, guildId), eq(runs.type, type));
      const row = orm
        .select()
        .from(runs)
        .where(ofType)
        .orderBy(...latestFirst)
        .limit(1)
        .get();
      return row ?? null;
    },

    /** What happened to one role of one member, the newest first. */
    async lastChangesOf(guildId: string, discordId: string, roleId: string, limit: number): Promise<Change[]> {
      return orm
        .select()
        .from(changes)
        .where(and(eq(changes.guildId, guildId), eq(changes.discordId, discordId), eq(changes.roleId, roleId)))
        .orderBy(desc(changes.id))
        .limit(limit)
        .all();
    },

    /** Runs that a stop or a crash cut short, the oldest first. */
    async unfinished(): Promise<Run[]> {
      return orm
        .select()
        .from(runs)
        .where(inArray(runs.status, ['pending', 'running']))
        .orderBy(asc(runs.startedAt), asc(runs.id))
        .all();
    },
  };
}

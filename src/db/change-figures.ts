import { and, asc, count, desc, eq, gte, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import type { Outcome } from '../sync/ports.ts';
import type { Database } from './database.ts';
import type { Change } from './run-changes.ts';
import { changes, runs } from './schema.ts';

/** What a run has come to so far, by its changes. */
interface ChangeSums {
  /** Members with at least one change, none of whose changes waits to be done. */
  usersProcessed: number;
  /** Members with at least one change that was applied. */
  usersSynced: number;
  /** Members with at least one change that Discord did not take. */
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
}

const FAILED = ['lost', 'guild_gone', 'role_gone', 'forbidden', 'failed'] as const satisfies Outcome[];

/** What past changes amount to, for whoever decides about the next ones. */
export function createChangeFigures({ orm }: Pick<Database, 'orm'>) {
  return {
    /** The last changes of one role that were applied to one member, the newest first. */
    async lastAppliedTo(guildId: string, discordId: string, roleId: string, limit: number): Promise<Change[]> {
      return orm
        .select()
        .from(changes)
        .where(and(ofMember(guildId, discordId), eq(changes.roleId, roleId), eq(changes.outcome, 'applied')))
        .orderBy(desc(changes.id))
        .limit(limit)
        .all();
    },

    /** What bounded runs applied in a guild since then, in order. */
    async spentSince(
      guildId: string,
      since: Date,
    ): Promise<Pick<Change, 'discordId' | 'action' | 'roleId' | 'reason' | 'at'>[]> {
      const { discordId, action, roleId, reason, at } = changes;
      return orm
        .select({ discordId, action, roleId, reason, at })
        .from(changes)
        .innerJoin(runs, eq(runs.id, changes.runId))
        .where(
          and(
            eq(changes.guildId, guildId),
            gte(changes.at, since),
            eq(changes.outcome, 'applied'),
            eq(runs.isBounded, true),
          ),
        )
        .orderBy(asc(changes.at), asc(changes.id))
        .all();
    },

    /** How often each role of a member was set right since then after somebody else had changed it. */
    async flipsSince(guildId: string, discordId: string, since: Date): Promise<Map<string, number>> {
      const rows = orm
        .select({ roleId: changes.roleId, flips: count() })
        .from(changes)
        .where(
          and(
            ofMember(guildId, discordId),
            // `+` keeps SQLite from reading what happened to everybody since then instead of what happened to him.
            sql`+${changes.at} >= ${since.getTime()}`,
            eq(changes.outcome, 'applied'),
            inArray(changes.reason, ['drift_reverted', 'foreign_removed']),
          ),
        )
        .groupBy(changes.roleId)
        .orderBy(asc(changes.roleId))
        .all();
      return new Map(rows.map(({ roleId, flips }) => [roleId, flips]));
    },

    /** What a run has come to by its changes; for one that goes on after a crash. */
    async sumsOf(runId: string): Promise<ChangeSums> {
      const { action, discordId, outcome } = changes;
      const isApplied = eq(outcome, 'applied');
      const members = (which?: SQL) =>
        sql<number>`count(distinct case when ${which ?? sql`true`} then ${discordId} end)`;
      const row = orm
        .select({
          all: members(),
          waiting: members(isNull(outcome)),
          usersSynced: members(isApplied),
          usersFailed: members(inArray(outcome, FAILED)),
          rolesAdded: sql<number>`count(case when ${and(isApplied, eq(action, 'add'))} then 1 end)`,
          rolesRemoved: sql<number>`count(case when ${and(isApplied, eq(action, 'remove'))} then 1 end)`,
        })
        .from(changes)
        .where(eq(changes.runId, runId))
        .get();
      const { all = 0, waiting = 0, usersSynced = 0, usersFailed = 0, rolesAdded = 0, rolesRemoved = 0 } = row ?? {};
      return { usersProcessed: all - waiting, usersSynced, usersFailed, rolesAdded, rolesRemoved };
    },
  };
}

function ofMember(guildId: string, discordId: string): SQL | undefined {
  return and(eq(changes.guildId, guildId), eq(changes.discordId, discordId));
}

import { and, eq, inArray, isNotNull, sql, type Column, type SQL } from 'drizzle-orm';
import type { Orm, Transaction } from './database.ts';
import { isAnyOf } from './lists.ts';
import { changes, configChanges, discordUsers, formerLinks, guilds, runs } from './schema.ts';

/** Where somebody's name stands: which rows tell of him. */

/** The Discord users whose history is an account's: those that are linked to it, and who was so last and had it to himself. */
export function discordIdsOf(orm: Orm | Transaction, accountId: string): string[] {
  const linked = orm.select().from(discordUsers).where(eq(discordUsers.accountId, accountId)).all();
  const isOwn = and(eq(formerLinks.accountId, accountId), eq(formerLinks.isOwn, true));
  const former = orm.select().from(formerLinks).where(isOwn).all();
  return [...linked, ...former].map(({ discordId }) => discordId);
}

/** By guild as well, as their indexes begin with it. */
export function ofMember(
  orm: Orm | Transaction,
  { guildId, discordId }: { guildId: Column; discordId: Column },
  discordIds: readonly string[],
): SQL | undefined {
  return and(inArray(guildId, orm.select({ id: guilds.guildId }).from(guilds)), isAnyOf(discordId, discordIds));
}

/** Of one of his Discord users, or of his account. */
export function isRunOf(names: readonly string[]): SQL | undefined {
  return and(eq(runs.type, 'user'), isAnyOf(runs.targetId, names));
}

export function isChangedBy(discordIds: readonly string[]): SQL | undefined {
  return and(isNotNull(changes.changedBy), isAnyOf(changes.changedBy, discordIds));
}

/** Whether one of the names stands in what a change of the configuration found or left. */
export function isNamedIn(names: readonly string[]): SQL {
  const { before, after } = configChanges;
  const list = JSON.stringify(names);
  return sql`exists (select 1 from json_each(${list}) as name where instr(${before}, name.value) or instr(${after}, name.value))`;
}

/** So many rows are looked through, and so many changed, before other work gets its turn. */
export const AT_ONCE = 2_000;

/**
 * The rows of a big table in stretches of its `rowid`, the oldest first: conditions that no index answers are looked at
 * in one stretch at a time. Rows that come meanwhile are not among them.
 */
export function* stretches(orm: Orm, table: typeof runs | typeof configChanges): Generator<SQL> {
  const { first, last } = orm.get<{ first: number | null; last: number | null }>(
    sql`select min(rowid) as first, max(rowid) as last from ${table}`,
  );
  for (let from = first ?? 1; from <= (last ?? 0); from += AT_ONCE) {
    yield sql`${table}.rowid >= ${from} and ${table}.rowid < ${from + AT_ONCE}`;
  }
}

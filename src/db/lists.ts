import { sql, type Column, type SQL } from 'drizzle-orm';

/** `column in (...)` for any number of values: the list travels as one parameter, so that no limit bounds it. */
export function isAnyOf(column: Column, values: Iterable<string>): SQL {
  return sql`${column} in (select value from json_each(${JSON.stringify([...values])}))`;
}

/** Whether a column that holds a JSON array (at `path`, or as a whole) has one of the values in it. */
export function hasAnyOf(column: Column, values: Iterable<string>, path = '$'): SQL {
  const list = JSON.stringify([...values]);
  return sql`exists (select 1 from json_each(${column}, ${path}) as held where held.value in (select value from json_each(${list})))`;
}

/** Rows in portions that fit into one INSERT (SQLite takes 32,766 parameters). */
export function inPortions<Row>(rows: readonly Row[], size = 500): Row[][] {
  const portions: Row[][] = [];
  for (let at = 0; at < rows.length; at += size) portions.push(rows.slice(at, at + size));
  return portions;
}

/** Rows of one guild by Discord user, then by role id. */
export function byMember<Row extends { discordId: string; roleId: string }>(
  rows: readonly Row[],
): Map<string, Map<string, Row>> {
  const members = new Map<string, Map<string, Row>>();
  for (const row of rows) {
    const roles = members.get(row.discordId);
    if (roles) roles.set(row.roleId, row);
    else members.set(row.discordId, new Map([[row.roleId, row]]));
  }
  return members;
}

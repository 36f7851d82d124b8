import { sql, type Column, type SQL } from 'drizzle-orm';
import { z } from 'zod';

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

/** Rows of one guild by Discord user, then by role id. They come ordered by Discord user. */
export function byMember<Row extends { discordId: string; roleId: string }>(
  rows: readonly Row[],
): Map<string, Map<string, Row>> {
  const members = new Map<string, Map<string, Row>>();
  let discordId: string | null = null;
  let roles = new Map<string, Row>();
  for (const row of rows) {
    if (row.discordId !== discordId) {
      discordId = row.discordId;
      roles = new Map();
      members.set(discordId, roles);
    }
    roles.set(row.roleId, row);
  }
  return members;
}

/** Makes each value once: of many rows that say the same, all share it. */
export function sharing<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** The texts of a JSON list, as a column or `json_group_array` holds it. */
export function parseTexts(json: string): string[] {
  return textList.parse(JSON.parse(json));
}

const textList = z.array(z.string());

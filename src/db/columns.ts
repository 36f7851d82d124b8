import { isDeepStrictEqual } from 'node:util';
import { integer, text } from 'drizzle-orm/sqlite-core';

/** An instant, kept as milliseconds since the epoch. */
export const instant = (name: string) => integer(name, { mode: 'timestamp_ms' });
export const flag = (name: string) => integer(name, { mode: 'boolean' });
export const texts = (name: string) => text(name, { mode: 'json' }).$type<string[]>();

/** The moment of an edit: it tells two edits apart though they fall into one millisecond. */
export function laterThan(before: Date, now: Date): Date {
  return now > before ? now : new Date(before.getTime() + 1);
}

/** Whether an edit changes nothing: then its moment is none either. */
export function saysAlready(row: object, set: object): boolean {
  return Object.entries(set).every(
    ([name, value]) => value === undefined || isDeepStrictEqual(Reflect.get(row, name), value),
  );
}

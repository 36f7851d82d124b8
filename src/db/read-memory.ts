import type { Database } from './database.ts';

/** What was read from the database, kept while nothing is written to it. */
export interface ReadMemory<T> {
  /** What `load` says, or said less than `maxAgeMs` ago in the same state of the database. A failure is not kept. */
  of(key: string, load: () => Promise<T>): Promise<T>;
}

/** @param most entries; then all of them are forgotten */
export function createReadMemory<T>({
  database,
  maxAgeMs,
  most,
  now,
}: {
  database: Pick<Database, 'version'>;
  maxAgeMs: number;
  most: number;
  now: () => Date;
}): ReadMemory<T> {
  const known = new Map<string, { at: number; answer: Promise<T> }>();
  let version = '';

  return {
    of(key, load) {
      const at = now().getTime();
      const current = database.version();
      if (current !== version || known.size >= most) known.clear();
      version = current;
      const present = known.get(key);
      // A clock that was set back makes nothing younger.
      if (present && at >= present.at && at - present.at < maxAgeMs) return present.answer;
      const entry = { at, answer: load() };
      known.set(key, entry);
      entry.answer.catch(() => {
        if (known.get(key) === entry) known.delete(key);
      });
      return entry.answer;
    },
  };
}

import Client from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { createConfigChangeStore } from '../../src/db/config-change-store.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createGrantStore } from '../../src/db/grant-store.ts';
import { createGroupStore } from '../../src/db/group-store.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createLinkStore } from '../../src/db/link-store.ts';
import { createMappingStore } from '../../src/db/mapping-store.ts';
import { createRunStore } from '../../src/db/run-store.ts';
import { createSuppressionStore } from '../../src/db/suppression-store.ts';
import * as schema from '../../src/db/schema.ts';
import { withMethods } from './life.ts';

/** Methods of the stores that write what the decision hangs on. */
const WRITERS = new Set([
  'create',
  'update',
  'edit',
  'remove',
  'removeOfGuild',
  'link',
  'unlink',
  'addMember',
  'addMany',
  'removeMembers',
  'replaceMembers',
]);

export const NOTHING = (): void => undefined;

/** The real stores over one database in memory. Opening and migrating it takes longer than a schedule, so it is emptied instead. */
export function openStores() {
  const database = openDatabase(':memory:');
  const { orm } = database;
  keepStatements(Reflect.get(orm, '$client'));
  const tables = Object.values(schema).flatMap((table) =>
    table instanceof SQLiteTable ? [getTableConfig(table).name] : [],
  );
  const listener = { onCommit: NOTHING };

  /** Tells of every change of the store: the row is written when the call returns, before anybody who waits for it goes on. */
  const watched = <S extends object>(store: S): S =>
    withMethods(store, (key, method) => (...args) => {
      const result = method(args);
      if (WRITERS.has(key)) listener.onCommit();
      return result;
    });

  return {
    /** Tells of a commit that may change the decision. */
    listener,
    settings: watched(createGuildStore(database)),
    groups: watched(createGroupStore(database)),
    links: watched(createLinkStore(database)),
    mappings: watched(createMappingStore(database)),
    grants: createGrantStore(database),
    runs: createRunStore(database),
    configChanges: createConfigChangeStore(database),
    suppressions: createSuppressionStore(database),
    /** The tables as they lie there, for the invariants alone. */
    orm,
    empty(): void {
      orm.run(sql`pragma foreign_keys = off`);
      for (const name of [...tables, 'sqlite_sequence']) orm.run(sql.raw(`delete from "${name}"`));
      orm.run(sql`pragma foreign_keys = on`);
    },
    close: () => database.close(),
  };
}

export type Stores = ReturnType<typeof openStores>;

/** Each statement is prepared once: a third of all the time would go into preparing it anew. */
function keepStatements(client: unknown): void {
  if (!(client instanceof Client)) throw new Error('the database has another driver');
  const statements = new Map<string, Client.Statement>();
  const prepare = client.prepare.bind(client);
  const kept = (source: string): Client.Statement => {
    const statement: Client.Statement = statements.get(source) ?? prepare(source);
    statements.set(source, statement);
    if (statement.reader) statement.raw(false);
    return statement;
  };
  Object.defineProperty(client, 'prepare', { value: kept });
}

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Client from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';

/** What a store writes its statements with: the database itself, or a transaction in it. */
export type Orm = BetterSQLite3Database;
export type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0];

export interface Database {
  orm: Orm;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  /** Changes at once when we write something, and within 100 ms when another process does: else a read would find the same. */
  version(): string;
  close(): void;
}

/** The database cannot be used; `message` says in words why, and what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));
const MIGRATIONS_TABLE = '__drizzle_migrations';

/**
 * Opens the database, creates it and its folder where there is none, and brings an older one up to date.
 * @param databaseUrl `file:path` (relative to the working directory) or `:memory:`
 * @param busyTimeoutMs how long a statement waits while another process writes
 * @throws DatabaseError
 */
export function openDatabase(databaseUrl: string, { busyTimeoutMs = 1000 } = {}): Database {
  const path = pathOf(databaseUrl);
  let client: Client.Database | null = null;
  try {
    if (path !== ':memory:') makeFile(path);
    client = new Client(path);
    const orm = prepare(client, busyTimeoutMs);
    return {
      orm,
      version: createVersion(client),
      ping: async () => {
        orm.get(sql`select 1`);
      },
      close: () => {
        orm.$client.close();
      },
    };
  } catch (error) {
    client?.close();
    throw error instanceof DatabaseError ? error : new DatabaseError(explain(error, path), { cause: error });
  }
}

/** The same to look at only: nothing is made, migrated or waited for. The caller knows that it is up to date. */
export function openForReading(databaseUrl: string): Pick<Database, 'orm' | 'close'> {
  const client = new Client(pathOf(databaseUrl), { readonly: true, fileMustExist: true });
  return { orm: drizzle(client), close: () => void client.close() };
}

const OTHERS_MS = 100;

/** Asked at every request: what this connection wrote is cheap to know, what others did needs a look at the file. */
function createVersion(client: Client.Database): () => string {
  const own = client.prepare<[], number>('select total_changes()').pluck();
  const others = client.prepare<[], number>('pragma data_version').pluck();
  let lookedAt = -Infinity;
  let seen: number | undefined;
  return () => {
    const at = performance.now();
    if (at - lookedAt >= OTHERS_MS) {
      seen = others.get();
      lookedAt = at;
    }
    return `${own.get()} ${seen}`;
  };
}

/** Links and sealed tokens are nobody else's to read; what SQLite puts beside the file has its permissions. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** The file of a database's address; `:memory:` has none. */
export function pathOf(databaseUrl: string): string {
  const path = databaseUrl.replace(/^file:/, '');
  return path.startsWith('//') ? fileURLToPath(databaseUrl) : path;
}

function prepare(client: Client.Database, busyTimeoutMs: number): Orm & { $client: Client.Database } {
  client.pragma(`busy_timeout = ${busyTimeoutMs}`);
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = NORMAL');
  refuseForeign(client);
  const orm = drizzle(client);
  // A migration that rebuilds a table drops the old one: with foreign keys on, that would cascade into other tables.
  client.pragma('foreign_keys = OFF');
  migrate(orm, { migrationsFolder: MIGRATIONS });
  client.pragma('foreign_keys = ON');
  // An up-to-date file that is read-only opens without a complaint; better to hear of it now than at the first write.
  client.exec(`delete from ${MIGRATIONS_TABLE} where false`);
  return orm;
}

/** A file that another program, or a newer Rolewright, has made is left as it is. */
function refuseForeign(client: Client.Database): void {
  const wrong = (what: string) => new DatabaseError(`The database ${client.name} ${what}`);
  switch (migrationState(client).state) {
    case 'foreign':
      throw wrong('belongs to another program. Point DATABASE_URL at a file of its own.');
    case 'newer':
      throw wrong(
        'was made by a newer version of Rolewright. Run that version, or point DATABASE_URL at another file.',
      );
    case 'empty':
    case 'older':
    case 'current':
  }
}

/** Whose the file is, and how far its schema has come. */
export interface MigrationState {
  state: 'empty' | 'foreign' | 'older' | 'current' | 'newer';
  /** How many migrations it has gone through. */
  applied: number;
  /** How many there are. */
  known: number;
}

export function migrationState(client: Client.Database): MigrationState {
  const known = new Set(readMigrationFiles({ migrationsFolder: MIGRATIONS }).map(({ folderMillis }) => folderMillis));
  const tables = client.prepare<[], { name: string }>(`select name from sqlite_master where type = 'table'`).all();
  const of = (state: MigrationState['state'], applied = 0) => ({ state, applied, known: known.size });
  if (tables.length === 0) return of('empty');
  if (!tables.some(({ name }) => name === MIGRATIONS_TABLE)) return of('foreign');
  const rows = client.prepare<[], { at: number }>(`select created_at as at from ${MIGRATIONS_TABLE}`).all();
  if (rows.some(({ at }) => !known.has(at))) return of('newer', rows.length);
  return of(rows.length < known.size ? 'older' : 'current', rows.length);
}

/** What an error of the driver means for whoever runs Rolewright. */
export function explain(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return `${path} is not a database, or it is damaged. Restore a backup, or point DATABASE_URL at another file.`;
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return `The database ${path} is locked by another process. Stop the other one, then start again.`;
  }
  if (/^(SQLITE_(CANTOPEN|READONLY|PERM|IOERR|AUTH)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST)/.test(code)) {
    return `The database ${path} cannot be written. Make its folder and its files writable for the user who runs Rolewright, or set DATABASE_URL to another place.`;
  }
  if (code === 'ENOSPC' || code.startsWith('SQLITE_FULL')) {
    return `There is no space left for the database ${path}. Make room on the disk, then start again.`;
  }
  return `The database ${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
}

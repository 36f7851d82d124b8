import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Client from 'better-sqlite3';
import { DatabaseError, explain, migrationState, pathOf } from './database.ts';

/** A copy that was opened and looked at. */
export interface Backup {
  path: string;
  bytes: number;
  /** How many migrations it has gone through. */
  migrations: number;
  /** Rows by table. */
  rows: ReadonlyMap<string, number>;
}

const OWNER_ONLY = { file: 0o600, folder: 0o700 };
/** All pages in one step: a step in between would begin anew at every write of the bot. */
const ALL_PAGES = 0x7f_ff_ff_ff;

/**
 * Copies the database as it is at this moment into a file of its own, while others read and write it. Nothing stands at
 * `target` before the copy has been opened and checked.
 * @throws DatabaseError with words that say what to do
 */
export async function backUp(databaseUrl: string, target: string): Promise<Backup> {
  const path = pathOf(databaseUrl);
  if (path === ':memory:')
    throw new DatabaseError('A database in memory cannot be copied. Set DATABASE_URL to a file.');
  if (!existsSync(path)) throw new DatabaseError(`There is no database ${path} yet. Check DATABASE_URL.`);
  if (existsSync(target)) throw new DatabaseError(`${target} is there already. Name another file, or remove it first.`);
  const partial = `${target}.partial`;
  try {
    enter(dirname(target), dirname(path));
    rmSync(partial, { force: true });
    // Made before there is anything in it: nobody else ever may read it.
    closeSync(openSync(partial, 'wx', OWNER_ONLY.file));
    await copy(path, partial);
    const checked = check(partial);
    renameSync(partial, target);
    return { path: target, bytes: statSync(target).size, ...checked };
  } catch (error) {
    rmSync(partial, { force: true });
    throw error instanceof DatabaseError
      ? error
      : new DatabaseError(explain(error, `${path} or ${target}`), { cause: error });
  }
}

/** Where backups go unless one is told another place. */
export function backupFolder(databaseUrl: string): string {
  return join(dirname(pathOf(databaseUrl)), 'backups');
}

/** A folder that somebody named is there already: else it is a slip of the pen, or a disk that is not mounted. */
function enter(folder: string, besides: string): void {
  if (existsSync(folder)) return;
  if (resolve(folder) !== resolve(besides, 'backups')) {
    throw new DatabaseError(`There is no folder ${folder}. Make it first, or name another file.`);
  }
  mkdirSync(folder, { mode: OWNER_ONLY.folder });
}

async function copy(from: string, to: string): Promise<void> {
  const source = new Client(from, { readonly: true, fileMustExist: true });
  try {
    const { state } = migrationState(source);
    if (state === 'foreign' || state === 'empty') throw new DatabaseError(`${from} is no database of Rolewright.`);
    await source.backup(to, { progress: () => ALL_PAGES });
  } finally {
    source.close();
  }
  // Without a journal beside it the one file is all there is.
  const copied = new Client(to, { fileMustExist: true });
  try {
    copied.pragma('journal_mode = DELETE');
  } finally {
    copied.close();
  }
}

function check(path: string): Pick<Backup, 'migrations' | 'rows'> {
  const client = new Client(path, { readonly: true, fileMustExist: true });
  try {
    const faults = client.prepare<[], string>('pragma quick_check').pluck().all();
    if (faults.length !== 1 || faults[0] !== 'ok') {
      throw new DatabaseError(
        `The copy is damaged (${faults.slice(0, 3).join('; ')}). The database itself may be; run npm run doctor.`,
      );
    }
    const tables = client
      .prepare<[], string>(
        `select name from sqlite_master where type = 'table' and name not like '\\_\\_%' escape '\\' and name not like 'sqlite\\_%' escape '\\' order by name`,
      )
      .pluck()
      .all();
    const count = (table: string) => client.prepare<[], number>(`select count(*) from "${table}"`).pluck().get() ?? 0;
    return { migrations: migrationState(client).applied, rows: new Map(tables.map((table) => [table, count(table)])) };
  } finally {
    client.close();
  }
}

import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Client from 'better-sqlite3';
import { explain, migrationState, pathOf } from '../db/database.ts';
import { mend, ok, type Finding } from './finding.ts';

const MIB = 1024 ** 2;
/** A backup and the write-ahead log need room as well. */
const LEAST_FREE = 200 * MIB;
const TIMES_ITS_SIZE = 3;
const BUSY_MS = 2_000;

export interface DatabaseCheck {
  findings: Finding[];
  /** It is of this version, and can be read. */
  isUsable: boolean;
}

/** Looks at the database without changing anything in it. */
export function checkDatabase(databaseUrl: string): DatabaseCheck {
  const path = pathOf(databaseUrl);
  if (path === ':memory:') {
    return {
      findings: [mend('DATABASE_URL is :memory:, so everything is lost at a stop. Set it to a file.')],
      isUsable: false,
    };
  }
  if (!existsSync(path)) return { findings: [absent(path), ...freeSpace(path, 0)], isUsable: false };
  let client: Client.Database | null = null;
  try {
    client = new Client(path, { fileMustExist: true, timeout: BUSY_MS });
    const { isUsable, finding } = schema(client, path);
    const findings = [finding, ...(isUsable ? [integrity(client, path), writable(client, path)] : [])];
    return { findings: [...findings, ...freeSpace(path, statSync(path).size)], isUsable };
  } catch (error) {
    return { findings: [mend(explain(error, path))], isUsable: false };
  } finally {
    client?.close();
  }
}

function absent(path: string): Finding {
  const folder = nearestFolder(path);
  try {
    accessSync(folder, constants.W_OK);
    return ok(`database: there is none at ${path} yet; the first start makes it`);
  } catch {
    return mend(`The folder ${folder} cannot be written. Make it writable for the user who runs Rolewright.`);
  }
}

function schema(client: Client.Database, path: string): { isUsable: boolean; finding: Finding } {
  const { state, applied, known } = migrationState(client);
  switch (state) {
    case 'empty':
      return { isUsable: false, finding: ok(`database: ${path} is empty; the first start fills it`) };
    case 'foreign':
      return {
        isUsable: false,
        finding: mend(`${path} belongs to another program. Point DATABASE_URL at a file of its own.`),
      };
    case 'newer':
      return {
        isUsable: false,
        finding: mend(`${path} was made by a newer Rolewright. Run that version, or restore a backup.`),
      };
    case 'older': {
      const waiting = known - applied;
      return {
        isUsable: false,
        finding: ok(
          `database: ${path} opens; ${waiting === 1 ? '1 migration waits' : `${waiting} migrations wait`} for the next start (make a backup first)`,
        ),
      };
    }
    case 'current':
      return {
        isUsable: true,
        finding: ok(`database: ${path} opens; its schema is up to date (${applied} migrations)`),
      };
  }
}

function integrity(client: Client.Database, path: string): Finding {
  const faults = client.prepare<[], string>('pragma quick_check').pluck().all();
  if (faults.length === 1 && faults[0] === 'ok') return ok('database: its pages are sound');
  return mend(`${path} is damaged (${faults.slice(0, 3).join('; ')}). Stop Rolewright and restore the latest backup.`);
}

function writable(client: Client.Database, path: string): Finding {
  try {
    client.exec('begin immediate; rollback');
    return ok('database: it can be written');
  } catch (error) {
    return mend(explain(error, path));
  }
}

function freeSpace(path: string, size: number): Finding[] {
  const { bavail, bsize } = statfsSync(nearestFolder(path));
  const free = bavail * bsize;
  const needed = Math.max(LEAST_FREE, size * TIMES_ITS_SIZE);
  return [
    free >= needed
      ? ok(`disk: ${amount(free)} are free`)
      : mend(`Only ${amount(free)} are free on the disk of ${path}. Make room: at least ${amount(needed)}.`),
  ];
}

function amount(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function nearestFolder(path: string): string {
  let folder = dirname(resolve(path));
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Client from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError, openDatabase } from '../../src/db/database.ts';
import { aMapping, noon, openStores } from '../support/stores.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewright-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('openDatabase', () => {
  it('makes the folder and the tables where there are none', async () => {
    const stores = await openStores(`file:${folder}/a/b/new.db`);
    expect(await stores.guilds.all()).toHaveLength(1);
    await stores.database.ping();
    stores.database.close();
  });

  it('is its owner’s alone, with what stands beside it', async () => {
    const database = openDatabase(`file:${join(folder, 'rolewright.db')}`);
    const modes = ['', '-wal', '-shm'].map((end) => statSync(join(folder, `rolewright.db${end}`)).mode & 0o777);
    database.close();
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  it('keeps what it was given when it is opened again', async () => {
    const first = await openStores(`file:${folder}/kept.db`);
    await first.mappings.create(aMapping({ id: 'm1' }));
    first.database.close();
    const second = await openStores(`file:${folder}/kept.db`);
    expect(await second.mappings.find('m1')).toMatchObject({ id: 'm1', createdAt: noon });
    second.database.close();
  });

  it('survives a crash without losing what was written', async () => {
    const crashed = await openStores(`file:${folder}/crashed.db`);
    await crashed.mappings.create(aMapping({ id: 'm1' }));
    const second = await openStores(`file:${folder}/crashed.db`);
    expect(await second.mappings.find('m1')).not.toBeNull();
    second.database.close();
    crashed.database.close();
  });

  it('writes ahead and watches over references', () => {
    const database = openDatabase(`file:${folder}/settings.db`);
    expect(database.orm.get(sql`pragma journal_mode`)).toMatchObject({ journal_mode: 'wal' });
    expect(database.orm.get(sql`pragma foreign_keys`)).toMatchObject({ foreign_keys: 1 });
    expect(database.orm.get(sql`pragma busy_timeout`)).toMatchObject({ timeout: 1000 });
    database.close();
  });

  it.each([':memory:', 'file::memory:'])('keeps %s in memory', (databaseUrl) => {
    const database = openDatabase(databaseUrl);
    expect(database.orm.get(sql`pragma database_list`)).toMatchObject({ file: '' });
    database.close();
  });

  it('takes a file URL', () => {
    openDatabase(`file://${folder}/url.db`).close();
    expect(readFileSync(join(folder, 'url.db')).subarray(0, 6).toString()).toBe('SQLite');
  });

  it('says so when it no longer answers', async () => {
    const database = openDatabase(':memory:');
    database.close();
    await expect(database.ping()).rejects.toThrow();
  });

  it('says what to do about a folder that cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openDatabase(`file:${folder}/file/data/rolewright.db`)).toThrow(DatabaseError);
    expect(() => openDatabase(`file:${folder}/file/data/rolewright.db`)).toThrow(/cannot be written\. Make its folder/);
  });

  it('says what to do about a path that is a folder', () => {
    mkdirSync(join(folder, 'taken.db'));
    expect(() => openDatabase(`file:${folder}/taken.db`)).toThrow(/cannot be written/);
  });

  it('leaves a file alone that is not a database', () => {
    const letter = 'Dear reader, this is a letter. '.repeat(50);
    writeFileSync(join(folder, 'letter.db'), letter);
    expect(() => openDatabase(`file:${folder}/letter.db`)).toThrow(/is not a database/);
    expect(readFileSync(join(folder, 'letter.db'), 'utf8')).toBe(letter);
  });

  it("leaves another program's database alone", () => {
    const other = new Client(join(folder, 'other.db'));
    other.exec('create table songs (title text)');
    other.close();
    expect(() => openDatabase(`file:${folder}/other.db`)).toThrow(/belongs to another program/);
  });

  it('does not touch a database that a newer version has made', () => {
    openDatabase(`file:${folder}/newer.db`).close();
    const newer = new Client(join(folder, 'newer.db'));
    newer.exec(`insert into __drizzle_migrations (hash, created_at) values ('future', 99999999999999)`);
    newer.close();
    expect(() => openDatabase(`file:${folder}/newer.db`)).toThrow(/newer version of Rolewright/);
  });

  it('says so when another process holds the database', () => {
    openDatabase(`file:${folder}/busy.db`).close();
    const holder = new Client(join(folder, 'busy.db'));
    holder.pragma('locking_mode = EXCLUSIVE');
    holder.exec('begin exclusive');
    expect(() => openDatabase(`file:${folder}/busy.db`, { busyTimeoutMs: 10 })).toThrow(/locked by another process/);
    holder.close();
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Client from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backUp } from '../../src/db/backup.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const program = fileURLToPath(import.meta.resolve('../../src/bin/backup.ts'));
const run = promisify(execFile);

/** A folder with a database in it that a bot keeps open. */
async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'rolewright.db');
  const database = openDatabase(`file:${path}`);
  onTestFinished(() => database.close());
  const guilds = createGuildStore(database);
  const addGuild = (index: number) => guilds.joined(String(10n ** 17n + BigInt(index)), `Guild ${index}`, AT);
  await addGuild(0);
  return { folder, path, url: `file:${path}`, addGuild, target: join(folder, 'backups', 'copy.db') };
}

describe('a backup', () => {
  it('is one file that only its owner may read, and holds what the database holds', async () => {
    const { url, target, folder } = await start();
    const { rows, migrations } = await backUp(url, target);
    expect(rows.get('guilds')).toBe(1);
    expect(rows.get('discord_users')).toBe(0);
    expect(migrations).toBeGreaterThan(0);
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'backups'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'backups'))).toEqual(['copy.db']);
  });

  it('can be put in the place of the database', async () => {
    const { url, target, addGuild } = await start();
    await backUp(url, target);
    await addGuild(1);
    const restored = openDatabase(`file:${target}`);
    onTestFinished(() => restored.close());
    const names = (await createGuildStore(restored).all()).map(({ name }) => name);
    expect(names).toEqual(['Guild 0']);
  });

  it('is made while the bot writes, and is of one moment', async () => {
    const { url, target, addGuild } = await start();
    const done = new AbortController();
    const writing = (async () => {
      for (let index = 1; !done.signal.aborted; index += 1) {
        await addGuild(index);
        await nextTurn();
      }
    })();
    const env = { ...process.env, DATABASE_URL: url };
    const { stdout } = await run(process.execPath, [program, target], { env });
    done.abort();
    await writing;
    expect(stdout).toContain('checked');
    const copy = new Client(target, { readonly: true });
    onTestFinished(() => void copy.close());
    const ids = copy.prepare<[], string>('select name from guilds order by guild_id').pluck().all();
    expect(ids).toEqual(ids.map((_, index) => `Guild ${index}`));
  });

  it('gets a name with its moment beside the database unless it is told one', async () => {
    const { url, folder } = await start();
    await run(process.execPath, [program], { env: { ...process.env, DATABASE_URL: url } });
    const [name = ''] = await readdir(join(folder, 'backups'));
    expect(name).toMatch(/^rolewright-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db$/);
  });

  it('makes no folder that somebody mistyped, and takes one file', async () => {
    const { url, folder } = await start();
    const elsewhere = join(folder, 'bakcups', 'copy.db');
    await expect(backUp(url, elsewhere)).rejects.toThrow(/There is no folder .*bakcups\. Make it first/);
    const env = { ...process.env, DATABASE_URL: url };
    const failed = await run(process.execPath, [program, join(folder, 'a.db'), 'b'], { env }).catch(
      (err: unknown) => err,
    );
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('Name one file at most') });
    expect((await readdir(folder)).filter((name) => /^(a|b|bak)/.test(name))).toEqual([]);
  });

  it('never takes the place of a file that is there', async () => {
    const { url, target } = await start();
    await backUp(url, target);
    await expect(backUp(url, target)).rejects.toThrow(/is there already/);
  });

  it.each([
    { name: 'nothing', content: null, words: /There is no database/ },
    { name: 'a text', content: 'Dear diary', words: /is not a database/ },
    { name: 'an empty file', content: '', words: /is no database of Rolewright/ },
  ])('is not made of $name', async ({ content, words }) => {
    const { folder, target } = await start();
    const other = join(folder, 'other.db');
    if (content !== null) await writeFile(other, content);
    await expect(backUp(`file:${other}`, target)).rejects.toThrow(words);
    expect(existsSync(target)).toBe(false);
    expect(existsSync(`${target}.partial`)).toBe(false);
  });

  it('tells what is wrong in words, and exits with 1', async () => {
    const env = { ...process.env, DATABASE_URL: 'postgres://here' };
    const failed = await run(process.execPath, [program], { env }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_URL must be file:<path>') });
    expect(failed).not.toMatchObject({ stderr: expect.stringContaining('    at ') });
  });
});

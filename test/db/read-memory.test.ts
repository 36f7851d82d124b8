import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createReadMemory } from '../../src/db/read-memory.ts';

const AT = new Date('2026-11-20T12:00:00Z');

/** A memory before a database file, what was loaded how often, and a clock. */
async function start({ most = 100 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const url = `file:${join(folder, 'rolewright.db')}`;
  const database = openDatabase(url);
  onTestFinished(() => database.close());
  const clock = { now: AT };
  const memory = createReadMemory<number>({ database, maxAgeMs: 1_000, most, now: () => clock.now });
  let loads = 0;
  const ask = (key = 'key') => memory.of(key, async () => (loads += 1));
  return { url, database, clock, memory, ask };
}

describe('what was read', () => {
  it('is kept while nothing is written', async () => {
    const { ask } = await start();
    expect([await ask(), await ask(), await ask('other'), await ask()]).toEqual([1, 1, 2, 1]);
  });

  it('is read again after a write of our own', async () => {
    const { database, ask } = await start();
    await ask();
    await createGuildStore(database).joined('100000000000000001', 'Home', AT);
    expect(await ask()).toBe(2);
  });

  it('is read again after a write of another process', async () => {
    const { url, ask } = await start();
    await ask();
    const other = openDatabase(url);
    onTestFinished(() => other.close());
    await createGuildStore(other).joined('100000000000000001', 'Home', AT);
    await expect.poll(() => ask(), { interval: 20 }).toBe(2);
  });

  it.each([
    { name: 'when it is too old', ms: 1_000 },
    { name: 'when the clock was set back', ms: -1 },
  ])('is read again $name', async ({ ms }) => {
    const { clock, ask } = await start();
    await ask();
    clock.now = new Date(AT.getTime() + ms);
    expect(await ask()).toBe(2);
  });

  it('is not kept when it could not be read', async () => {
    const { memory, ask } = await start();
    await expect(memory.of('key', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await ask()).toBe(1);
  });

  it('is forgotten when it becomes too much', async () => {
    const { ask } = await start({ most: 2 });
    await ask('a');
    await ask('b');
    await ask('c');
    expect(await ask('a')).toBe(4);
  });
});

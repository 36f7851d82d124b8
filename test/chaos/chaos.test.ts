import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { playMishaps } from './exhaust.ts';
import { play } from './play.ts';
import { runSeeds } from './run-seeds.ts';
import { rollSchedule } from './schedule.ts';
import { openStores } from './stores.ts';
import { VARIANTS } from './variants.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

/** A part of `npm run test:chaos` that does not take long; see docs/reliability.md. */
describe('chaos', () => {
  const stores = openStores();
  afterAll(() => stores.close());

  it('plays the same under the same seed, to the last event', async () => {
    const traces: string[][] = [];
    for (const seed of [11, 12, 11]) traces.push((await play(stores, rollSchedule(seed), seed)).history.lines);
    const [first, other, again] = traces;
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('every member ends with what he should have, whatever happened', { timeout: 120_000 }, async () => {
    expect((await runSeeds({ from: 1, to: 40 })).failures).toEqual([]);
  });

  it('one story ends in the same world whatever goes wrong in it once', { timeout: 120_000 }, async () => {
    expect((await playMishaps(40)).failures).toEqual([]);
  });

  it.each(['no-put-back', 'takes-foreign-roles', 'written-before'])(
    'finds the mistake %s',
    { timeout: 60_000 },
    async (name) => {
      expect(VARIANTS.map((variant) => variant.name)).toContain(name);
      const search = promisify(execFile)(process.execPath, [MAIN, '--variant', name, '--to', '40']);
      expect((await search).stdout).toContain(`variant ${name}: found by seed`);
    },
  );
});

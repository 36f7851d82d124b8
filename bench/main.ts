import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child-process.ts';
import { notMeasured, type Row } from './figure.ts';
import { figureNames } from './figures.ts';
import { saveResults } from './results.ts';
import type { FigureActions } from './run-figure.ts';
import { tableOf } from './table.ts';

/** `npm run bench [-- <figure> ...]`: measures all figures or those named, prints them, and keeps them in results.json. */
const LONGEST_MS = 240_000;

const named = process.argv.slice(2);
const unknown = named.filter((name) => !figureNames.includes(name));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. There are: ${figureNames.join(', ')}.`);
  process.exit(1);
}

const measured = new Map<string, readonly Row[]>();
const failed: Row[] = [];
for (const name of named.length > 0 ? named : figureNames) {
  const startedAt = performance.now();
  try {
    measured.set(name, await measureApart(name));
  } catch (error) {
    failed.push(notMeasured(name, '', error instanceof Error ? error.message : String(error)));
  }
  console.log(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
}
console.log(`\n${tableOf([...[...measured.values()].flat(), ...failed])}`);
await saveResults(measured, figureNames, new Date());
process.exit(failed.length > 0 ? 1 : 0);

async function measureApart(name: string): Promise<Row[]> {
  const child = startChild<FigureActions>('./run-figure.ts');
  const late = sleep(LONGEST_MS, undefined, { ref: false }).then(() => {
    throw new Error(`it took more than ${LONGEST_MS / 1_000} s`);
  });
  try {
    return await Promise.race([child.ask('measure', name), late]);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    await child.end();
  }
}

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { makeMistake } from './variant-loader.ts';
import { VARIANTS } from './variants.ts';

/** What one process found. */
interface Found {
  schedules: number;
  failures: { seed: number; wrong: string[] }[];
}

const { values } = parseArgs({
  options: {
    /** One schedule, with its whole trace. */
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '10000' },
    /** One of the mistakes of variants.ts: stops at the first seed that finds it. */
    variant: { type: 'string' },
    /** Every one of these mistakes, one after the other. */
    variants: { type: 'boolean', default: false },
    /** Only the story with every mishap in it. */
    story: { type: 'boolean', default: false },
    /** As a part of a whole run: seeds alone, results as lines of JSON. */
    part: { type: 'boolean', default: false },
  },
});
const from = Number(values.seed ?? values.from);
const to = Number(values.seed ?? values.to);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.variant !== undefined) process.exitCode = await searchMistake(values.variant);
else if (values.seed !== undefined || values.part) process.exitCode = await playSeeds();
else if (values.story) process.exitCode = (await playStory()) > 0 ? 1 : 0;
else if (values.variants) process.exitCode = Object.values(await searchMistakes()).includes(null) ? 1 : 0;
else process.exitCode = await playEverything();

async function playSeeds(): Promise<number> {
  const { runSeeds } = await import('./run-seeds.ts');
  const isTold = values.seed !== undefined;
  const found = await runSeeds({
    from,
    to,
    print: isTold ? print : undefined,
    onSchedule: values.part ? (seed, wrong) => print(JSON.stringify({ seed, wrong })) : undefined,
  });
  for (const { seed, wrong } of isTold ? found.failures : []) tellFailure(seed, wrong);
  if (isTold && found.failures.length === 0) print(`seed ${from}: nothing is wrong`);
  return found.failures.length > 0 ? 1 : 0;
}

/** Exit code 0: the mistake was found, as it has to be. */
async function searchMistake(name: string): Promise<number> {
  const variant = VARIANTS.find((one) => one.name === name);
  if (!variant) throw new Error(`there is no variant ${name}: ${VARIANTS.map((one) => one.name).join(', ')}`);
  const check = makeMistake(variant);
  const { runSeeds } = await import('./run-seeds.ts');
  check();
  const { failures, schedules } = await runSeeds({ from, to, untilFound: true });
  const [first] = failures;
  if (first) print(`variant ${name}: found by seed ${first.seed}: ${first.wrong[0]}`);
  else print(`variant ${name}: NOT FOUND in ${schedules} schedules`);
  return first ? 0 : 1;
}

/** The first seed that finds each mistake; null: none did. */
async function searchMistakes(): Promise<Record<string, number | null>> {
  const seeds: Record<string, number | null> = {};
  const queue = VARIANTS.values();
  const worker = async (): Promise<void> => {
    for (const { name } of queue) {
      const search = spawn(process.execPath, [process.argv[1] ?? '', '--variant', name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const line of createInterface({ input: search.stdout })) {
        print(line);
        seeds[name] = Number(/found by seed (\d+)/.exec(line)?.[1] ?? Number.NaN) || null;
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return Object.fromEntries(VARIANTS.map(({ name }) => [name, seeds[name] ?? null]));
}

async function playStory(): Promise<number> {
  const { playMishaps } = await import('./exhaust.ts');
  const { mishaps, failures } = await playMishaps();
  print(`story: ${mishaps} mishaps, ${failures.length} end otherwise than the story without any`);
  for (const line of failures) print(`  ${line}`);
  return failures.length;
}

/** The story, every seed, and every mistake, shared out to as many processes as there are cores. */
async function playEverything(): Promise<number> {
  const startedAt = performance.now();
  const inStory = await playStory();
  const processes = Math.max(1, Math.min(availableParallelism(), to - from + 1));
  const sum: Found = { schedules: 0, failures: [] };
  const share = Math.ceil((to - from + 1) / processes);
  await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      playPart(from + index * share, Math.min(to, from + (index + 1) * share - 1), sum),
    ),
  );
  const mistakes = await searchMistakes();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const { schedules, failures } = sum;
  print(`${schedules} schedules (seeds ${from} to ${to}), ${failures.length} failures, ${seconds} s`);
  const failed = failures.map(({ seed }) => seed).sort((a, b) => a - b);
  // bench/figures/chaos.ts reads it.
  const result = {
    date: new Date().toISOString(),
    schedules,
    first_seed: from,
    last_seed: to,
    failing_seeds: failed,
    story_failures: inStory,
    mistakes,
    seconds,
  };
  writeFileSync(new URL('../../bench/chaos.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
  return failures.length + inStory > 0 || Object.values(mistakes).includes(null) ? 1 : 0;
}

async function playPart(first: number, last: number, sum: Found): Promise<void> {
  const args = [process.argv[1] ?? '', '--part', '--from', String(first), '--to', String(last)];
  const part = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: part.stdout })) {
    const { seed, wrong }: { seed: number; wrong: string[] } = JSON.parse(line);
    sum.schedules += 1;
    if (sum.schedules % 500 === 0) print(`${sum.schedules} schedules, ${sum.failures.length} failures`);
    if (wrong.length === 0) continue;
    sum.failures.push({ seed, wrong });
    tellFailure(seed, wrong);
  }
}

function tellFailure(seed: number, wrong: readonly string[]): void {
  print(`seed ${seed} fails; replay it with: npm run test:chaos -- --seed ${seed}`);
  for (const line of wrong.slice(0, 6)) print(`  ${line}`);
}

import process from 'node:process';
import { judge } from './judge.ts';
import { play } from './play.ts';
import { rollSchedule } from './schedule.ts';
import { openStores } from './stores.ts';

const args = new Map(process.argv.slice(2).map((arg, i, all) => [arg, all[i + 1] ?? '']));
const one = args.get('--seed');
const from = Number(one ?? args.get('--from') ?? 1);
const to = Number(one ?? args.get('--to') ?? 10_000);
const stores = openStores();
const began = performance.now();
let failures = 0;
for (let seed = from; seed <= to; seed += 1) {
  const played = await play(stores, rollSchedule(seed), seed);
  const wrong = judge(played);
  if (one !== undefined) process.stdout.write(`${played.history.lines.join('\n')}\n`);
  if (wrong.length > 0) {
    failures += 1;
    process.stdout.write(`seed ${seed}: ${wrong.length}\n  ${wrong.slice(0, 6).join('\n  ')}\n`);
  }
}
process.stdout.write(`${to - from + 1} schedules, ${failures} failures, ${Math.round(performance.now() - began)} ms\n`);

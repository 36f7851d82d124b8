import { judge } from './judge.ts';
import { play } from './play.ts';
import { rollSchedule } from './schedule.ts';
import { openStores } from './stores.ts';

export interface Failure {
  seed: number;
  wrong: string[];
}

export interface SeedsRequest {
  from: number;
  to: number;
  /** Stops at the first failure. */
  untilFound?: boolean;
  /** Gets the whole trace of each schedule, line by line. */
  print?: ((line: string) => void) | undefined;
  onSchedule?: ((seed: number, wrong: readonly string[]) => void) | undefined;
}

/** Plays the schedules of these seeds, one after the other. */
export async function runSeeds({
  from,
  to,
  untilFound = false,
  print,
  onSchedule,
}: SeedsRequest): Promise<{ schedules: number; failures: Failure[] }> {
  const stores = openStores();
  const failures: Failure[] = [];
  let schedules = 0;
  for (let seed = from; seed <= to; seed += 1) {
    const played = await play(stores, rollSchedule(seed), seed);
    const wrong = judge(played);
    schedules += 1;
    if (print) for (const line of played.history.lines) print(line);
    onSchedule?.(seed, wrong);
    if (wrong.length > 0) failures.push({ seed, wrong });
    if (wrong.length > 0 && untilFound) break;
  }
  stores.close();
  return { schedules, failures };
}

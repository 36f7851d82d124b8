import { startChild } from './child-process.ts';
import type { NoiseActions } from './noise-process.ts';

/** Does the work, and says in words how late an idle process beside it was: what of the figure is the machine's own. */
export async function withNoise<T>(work: () => Promise<T>): Promise<{ result: T; noise: string }> {
  const idle = startChild<NoiseActions>('./noise-process.ts');
  try {
    await idle.ask('lateness');
    const result = await work();
    const { p99, most } = await idle.ask('lateness');
    return {
      result,
      noise: `an idle process beside it was late by ${p99.toFixed(1)} ms (p99), ${most.toFixed(0)} ms at most`,
    };
  } finally {
    await idle.end();
  }
}

/** Runs at most so many at once; the others wait their turn. */
export function createLimiter(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async function run(work) {
    if (running < max) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next one, so that nobody gets in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

export type Limiter = (isSmall: boolean, work: () => Promise<void>) => Promise<void>;

/** Runs at most so many at once; the others wait their turn, those that are `isSmall` before all that are not. */
export function createLimiter(max: number): Limiter {
  let running = 0;
  const small: (() => void)[] = [];
  const large: (() => void)[] = [];

  return async function run(isSmall, work) {
    if (running < max) running++;
    else await new Promise<void>((resolve) => (isSmall ? small : large).push(resolve));
    try {
      await work();
    } finally {
      // The place goes to the next one, so that nobody gets in between.
      const next = small.shift() ?? large.shift();
      if (next) next();
      else running--;
    }
  };
}

const discordEpochMs = 1_420_070_400_000;

/** A snowflake as Discord makes them: `(ms - epoch) << 22 | n`. */
export function snowflakeAt(ms: number, n = 0): string {
  return ((BigInt(Math.floor(ms) - discordEpochMs) << 22n) + BigInt(n)).toString();
}

/** Makes ids that always grow, however many fall into one millisecond. */
export function createSnowflakes(now: () => number): () => string {
  let last = 0n;
  return () => {
    const earliest = BigInt(Math.floor(now()) - discordEpochMs) << 22n;
    last = earliest > last ? earliest : last + 1n;
    return last.toString();
  };
}

export function isSnowflake(value: unknown): value is string {
  return typeof value === 'string' && /^\d{17,19}$/.test(value);
}

/** Orders ids by their number without making BigInts of them: a longer one is a larger one. */
export function compareSnowflakes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** Index of the first id that is greater than `after`, in a sorted list. */
export function indexAfter(sorted: readonly string[], after: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareSnowflakes(sorted[middle] ?? '', after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

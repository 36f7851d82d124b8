const LONGEST_PAUSE_MS = 60_000;

/**
 * The pause in milliseconds before the given retry (1 = the first): it doubles each time, up to a minute.
 * Jitter makes it 1 to 2 times as long, so that many who failed together don't come back together; never shorter,
 * because whoever failed needs the rest. The cap leaves room for the jitter: at a minute it still spreads.
 * @param random a number from 0 up to, not including, 1
 */
export function pauseBefore(retry: number, { baseMs, random }: { baseMs: number; random: () => number }): number {
  const shortest = Math.min(baseMs * 2 ** (retry - 1), LONGEST_PAUSE_MS / 2);
  return Math.round(shortest * (1 + random()));
}

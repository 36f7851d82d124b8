import { setTimeout as sleep } from 'node:timers/promises';

/** Requests of any kind: at most `limit` in any `windowMs`. */
export interface RequestLimit {
  limit: number;
  windowMs: number;
}

/**
 * Lets requests go in the order they came, never more than the limit in any such span. discord.js counts by seconds of
 * its own: two of its seconds may lie in one of Discord's.
 */
export function createRequestGate({ limit, windowMs }: RequestLimit): (signal?: AbortSignal) => Promise<void> {
  /** When the latest `limit` requests went or will go, oldest first. */
  const goneAt: number[] = [];
  return async (signal) => {
    const now = performance.now();
    const placeAt = goneAt.length < limit ? now : (goneAt.shift() ?? now) + windowMs;
    const goesAt = Math.max(now, placeAt);
    goneAt.push(goesAt);
    if (goesAt > now) await sleep(goesAt - now, undefined, { signal });
  };
}

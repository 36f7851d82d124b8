import { setTimeout } from 'node:timers/promises';
import type { Sleep } from '../sync/ports.ts';

/** Requests of any kind: at most `limit` in any `windowMs`. */
export interface RequestLimit {
  limit: number;
  windowMs: number;
}

/**
 * Lets requests go in the order they came, never more than the limit in any such span. discord.js counts by seconds of
 * its own: two of its seconds may lie in one of Discord's.
 */
export function createRequestGate(
  { limit, windowMs }: RequestLimit,
  {
    nowMs = () => performance.now(),
    sleep = async (ms, signal) => setTimeout(ms, undefined, signal && { signal }),
  }: { nowMs?: () => number; sleep?: Sleep } = {},
): (signal?: AbortSignal) => Promise<void> {
  /** When the latest `limit` requests went or will go, oldest first. */
  const goneAt: number[] = [];
  return async (signal) => {
    const now = nowMs();
    const placeAt = goneAt.length < limit ? now : (goneAt.shift() ?? now) + windowMs;
    const goesAt = Math.max(now, placeAt);
    goneAt.push(goesAt);
    if (goesAt > now) await sleep(goesAt - now, signal);
  };
}

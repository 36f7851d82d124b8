import type { BucketName, Buckets, BucketState } from '../sync/ports.ts';

/** The rate limits of the guilds' writes, as the answers' headers tell them. */
export interface HeardBuckets extends Buckets {
  /** Takes note of an answer to any request. */
  hear(request: { method: string; path: string }, answer: { status: number; headers: Headers }): void;
}

/** What is to be waited for longer is no window of a rate limit: REST refuses calls instead of waiting them out. */
export const LONGEST_WAIT_MS = 60_000;
/** Times that a clock of whole milliseconds shows may be this much later in truth. */
const ROUNDING_MS = 1;

/**
 * Reads the headers of Discord's rate limits (Discord docs, topics/rate-limits).
 * @param now a clock that nobody sets
 */
export function createBuckets(now: () => Date): HeardBuckets {
  const states = new Map<string, BucketState>();
  /** Until when Discord refuses everything; ms since 1970. */
  let closedUntil = 0;

  return {
    state(guildId, bucket) {
      const known = states.get(`${guildId} ${bucket}`) ?? null;
      return now().getTime() < closedUntil ? closed(known, closedUntil) : known;
    },

    hear({ method, path }, { status, headers }) {
      const at = now().getTime() + ROUNDING_MS;
      if (status === 429) closedUntil = Math.max(closedUntil, longGlobalUntil(headers, at));
      const place = placeOf(method, path);
      if (!place) return;
      const key = `${place.guildId} ${place.bucket}`;
      const known = states.get(key) ?? null;
      const state = status === 429 ? refused(known, headers, at) : told(known, headers, status, at);
      if (state) states.set(key, state);
    },
  };
}

/** The bucket of a write or a look; null for anything else. PUT and DELETE share one. */
function placeOf(method: string, path: string): { guildId: string; bucket: BucketName } | null {
  const [, guildId, roleId] = /^\/guilds\/(\d+)\/members\/\d+(?:\/roles\/(\d+))?$/.exec(path) ?? [];
  if (guildId === undefined) return null;
  if (roleId !== undefined) return method === 'PUT' || method === 'DELETE' ? { guildId, bucket: 'role' } : null;
  const bucket = method === 'PATCH' ? 'member' : method === 'GET' ? 'look' : null;
  return bucket && { guildId, bucket };
}

function told(known: BucketState | null, headers: Headers, status: number, at: number): BucketState | null {
  const limit = numberIn(headers, 'X-RateLimit-Limit');
  const remaining = numberIn(headers, 'X-RateLimit-Remaining');
  const resetAfterMs = msIn(headers, 'X-RateLimit-Reset-After');
  if (limit === null || limit < 1 || remaining === null || resetAfterMs === null) {
    // Some routes have no limit but the global one. A failure without headers tells nothing.
    const isLimited = known !== null || status < 200 || status > 299;
    return isLimited ? null : { limit: Infinity, windowMs: 0, remaining: Infinity, resetAt: new Date(at) };
  }
  const windowMs = windowFrom(known, resetAfterMs, remaining === limit - 1);
  return { limit, windowMs, remaining, resetAt: new Date(at + resetAfterMs) };
}

/**
 * Nobody tells how long a window is. The first request of one waits for all of it, any other for less.
 * @param isFirst nobody else has used the window that the request opened
 */
function windowFrom(known: BucketState | null, resetAfterMs: number, isFirst: boolean): number {
  const before = known?.windowMs ?? 0;
  const isShorterNow = isFirst && resetAfterMs < before * 0.9;
  return isShorterNow ? resetAfterMs : Math.max(before, resetAfterMs);
}

/** Until when everything is refused; 0: it is not, or REST waits it out itself. */
function longGlobalUntil(headers: Headers, at: number): number {
  const retryAfterMs = msIn(headers, 'Retry-After') ?? 0;
  return isGlobal(headers) && retryAfterMs > LONGEST_WAIT_MS ? at + retryAfterMs : 0;
}

function isGlobal(headers: Headers): boolean {
  return headers.get('X-RateLimit-Scope') === 'global' || headers.has('X-RateLimit-Global');
}

/** No place before then, whatever else is known. */
function closed(known: BucketState | null, until: number): BucketState {
  const resetAt = new Date(Math.max(until, known?.resetAt.getTime() ?? 0));
  return { ...(known ?? { limit: 1, windowMs: 0 }), remaining: 0, resetAt };
}

/** No place until the time that the refusal names. A global one is of no single bucket. */
function refused(known: BucketState | null, headers: Headers, at: number): BucketState | null {
  const scope = headers.get('X-RateLimit-Scope');
  const retryAfterMs = msIn(headers, 'Retry-After');
  const resetAfterMs = msIn(headers, 'X-RateLimit-Reset-After');
  // Retry-After is rounded up to seconds; that of others' doing (shared) is the one that holds.
  const waitMs = scope === 'shared' ? retryAfterMs : (resetAfterMs ?? retryAfterMs);
  if (isGlobal(headers) || waitMs === null) return null;
  const limit = numberIn(headers, 'X-RateLimit-Limit') ?? known?.limit ?? 1;
  const windowMs = known?.windowMs ?? (waitMs > LONGEST_WAIT_MS ? 0 : waitMs);
  return { limit: Math.max(1, limit), windowMs, remaining: 0, resetAt: new Date(at + waitMs) };
}

function msIn(headers: Headers, name: string): number | null {
  const seconds = numberIn(headers, name);
  return seconds === null ? null : Math.ceil(seconds * 1000);
}

function numberIn(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

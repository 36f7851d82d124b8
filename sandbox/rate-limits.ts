import { createHash } from 'node:crypto';
import { bucketRules, createBucket, type Bucket, type BucketName, type BucketRule } from './buckets.ts';

export interface RateLimitOptions {
  timeScale: number;
  /** Other numbers for single buckets. */
  buckets?: Partial<Record<BucketName, Partial<BucketRule>>> | undefined;
  /** Requests a second of one bot (or one address without authorization). */
  globalLimit?: number | undefined;
  /** 401, 403 and 429 answers in 10 minutes until the address is banned. */
  invalidLimit?: number | undefined;
  /** Off: neither buckets nor the global limit, and no headers. */
  isOn?: boolean | undefined;
  now?: (() => number) | undefined;
}

export interface LimitedRequest {
  method: string;
  route: string;
  /** Guild, channel or webhook id and token. */
  major: string;
  /** The bot, the user behind a bearer token, or the address. */
  actor: string;
}

export interface RateVerdict {
  headers: Record<string, string>;
  /** Set: answer 429 with this body. */
  refusal: object | null;
}

export type RateLimitScope = 'user' | 'shared' | 'global';
export type RateLimits = ReturnType<typeof createRateLimits>;

/** Discord's rate limits: buckets, the global limit, and the count of invalid requests. */
export function createRateLimits(options: RateLimitOptions) {
  const { timeScale, isOn = true, globalLimit = 50, invalidLimit = 10_000, now = preciseNow } = options;
  const buckets = new Map<string, Bucket>();
  const rules = new Map<string, { hash: string; rule: BucketRule }>();
  const overrides = new Map(Object.entries(options.buckets ?? {}));
  for (const [name, { methods, route, ...rule }] of Object.entries(bucketRules)) {
    const chosen: BucketRule = { ...rule, ...overrides.get(name) };
    const scaled = { ...chosen, windowMs: chosen.windowMs * timeScale };
    const hash = createHash('md5').update(name).digest('hex');
    for (const method of methods) rules.set(`${method} ${route}`, { hash, rule: scaled });
  }
  const globalRule: BucketRule = { limit: globalLimit, windowMs: 1_000 * timeScale, window: 'fixed' };
  const invalidWindowMs = 600_000 * timeScale;
  const invalid = new Map<string, { start: number; count: number; bannedUntil: number }>();

  function bucket(key: string, rule: BucketRule): Bucket {
    const known = buckets.get(key);
    if (known) return known;
    const made = createBucket(rule);
    buckets.set(key, made);
    return made;
  }

  /** Headers of a 429. Retry-After is whole seconds, rounded up; with a time scale it has decimals, so that nobody waits 100 times too long. */
  function retryHeaders(waitMs: number, scope: RateLimitScope): Record<string, string> {
    return {
      'Retry-After': timeScale === 1 ? String(Math.ceil(waitMs / 1_000)) : seconds(waitMs),
      'X-RateLimit-Scope': scope,
      ...(scope === 'global' && { 'X-RateLimit-Global': 'true' }),
    };
  }

  return {
    /** Counts a request against its bucket and the global limit. */
    check({ method, route, major, actor }: LimitedRequest): RateVerdict {
      if (!isOn) return { headers: {}, refusal: null };
      const at = now();
      const isInteraction = route.startsWith('/interactions/') || route.startsWith('/webhooks/');
      const global = isInteraction ? null : bucket(`global ${actor}`, globalRule).take(at);
      if (global && !global.isAllowed) {
        return { headers: retryHeaders(global.resetAfterMs, 'global'), refusal: body(global.resetAfterMs, 'global') };
      }
      const found = rules.get(`${method} ${route}`);
      if (!found) return { headers: {}, refusal: null };
      const { isAllowed, remaining, resetAfterMs } = bucket(`${found.hash} ${major} ${actor}`, found.rule).take(at);
      const headers = {
        'X-RateLimit-Limit': String(found.rule.limit),
        'X-RateLimit-Remaining': String(remaining),
        'X-RateLimit-Reset': seconds(preciseNow() + resetAfterMs),
        'X-RateLimit-Reset-After': seconds(resetAfterMs),
        'X-RateLimit-Bucket': found.hash,
      };
      if (isAllowed) return { headers, refusal: null };
      return { headers: { ...headers, ...retryHeaders(resetAfterMs, 'user') }, refusal: body(resetAfterMs, 'user') };
    },

    /** A 429 out of nowhere, for scripted faults. A shared one shows places left. */
    refuse({ method, route }: LimitedRequest, scope: RateLimitScope, waitMs: number): RateVerdict {
      const found = rules.get(`${method} ${route}`);
      const headers = retryHeaders(waitMs, scope);
      if (!found || scope === 'global') return { headers, refusal: body(waitMs, scope) };
      const limits = {
        'X-RateLimit-Limit': String(found.rule.limit),
        'X-RateLimit-Remaining': scope === 'shared' ? String(found.rule.limit - 1) : '0',
        'X-RateLimit-Reset': seconds(preciseNow() + waitMs),
        'X-RateLimit-Reset-After': seconds(waitMs),
        'X-RateLimit-Bucket': found.hash,
      };
      return { headers: { ...limits, ...headers }, refusal: body(waitMs, scope) };
    },

    /** Counts an answer; 401, 403 and 429 (not `shared`) bring an address nearer to a ban. */
    countAnswer(address: string, status: number, scope: string | undefined): void {
      if (status !== 401 && status !== 403 && (status !== 429 || scope === 'shared')) return;
      const at = now();
      const entry = invalid.get(address) ?? { start: at, count: 0, bannedUntil: 0 };
      if (at >= entry.start + invalidWindowMs) Object.assign(entry, { start: at, count: 0 });
      entry.count += 1;
      if (entry.count >= invalidLimit) entry.bannedUntil = at + 86_400_000 * timeScale;
      invalid.set(address, entry);
    },

    /** ms that an address is still banned; 0 if it is not. */
    bannedForMs: (address: string) => Math.max(0, (invalid.get(address)?.bannedUntil ?? 0) - now()),

    /** Invalid requests of an address in the running 10 minutes. */
    invalidRequests: (address = '127.0.0.1') => invalid.get(address)?.count ?? 0,

    /** Forgets all counts and bans. */
    reset(): void {
      buckets.clear();
      invalid.clear();
    },
  };
}

function body(waitMs: number, scope: RateLimitScope): object {
  const message = scope === 'shared' ? 'The resource is being rate limited.' : 'You are being rate limited.';
  return { message, retry_after: Number(seconds(waitMs)), global: scope === 'global' };
}

/** Seconds with three decimals, rounded up so that who waits them is not early. */
function seconds(ms: number): string {
  return (Math.ceil(ms) / 1_000).toFixed(3);
}

function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

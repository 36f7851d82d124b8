import type { BucketRule } from '../../sandbox/buckets.ts';
import { createBuckets } from '../../src/discord/buckets.ts';
import { createLanes, type SlotRequest } from '../../src/sync/lanes.ts';
import type { BucketName } from '../../src/sync/ports.ts';
import { createClock } from '../chaos/clock.ts';

export const SECOND = 1000;
export const WINDOW = 10 * SECOND;
export const FIXED: BucketRule = { limit: 10, windowMs: WINDOW, window: 'fixed' };
const LOOKS: BucketRule = { limit: 5, windowMs: SECOND, window: 'sliding' };
export const SLIDING: BucketRule = { limit: 10, windowMs: WINDOW, window: 'sliding' };

/** A write that Discord has done. */
export interface Made {
  name: string;
  guildId: string;
  bucket: BucketName;
  /** ms since the start. */
  at: number;
}

/** Lanes over Discord's limits alone, in virtual time. */
export function simulateLimits({
  role = FIXED,
  member = SLIDING,
  latencyMs = () => 0,
  writesPerSecond = 40,
}: {
  role?: BucketRule;
  member?: BucketRule;
  /** How long the next message is on its way. */
  latencyMs?: () => number;
  writesPerSecond?: number;
} = {}) {
  const clock = createClock(0);
  const buckets = createBuckets(clock.date);
  const rules: Record<BucketName, BucketRule> = { role, member, look: LOOKS };
  const counters = new Map<string, Counter>();
  const made: Made[] = [];
  let refusals = 0;
  let asleep = 0;
  const lanes = createLanes({
    buckets,
    now: clock.date,
    async sleep(ms, signal) {
      asleep += 1;
      await clock.sleep(ms, signal).finally(() => (asleep -= 1));
    },
    writesPerSecond,
  });

  /** Sends one request, as this client or as another of the bot, whose answer we do not see. */
  async function send(guildId: string, bucket: BucketName, { isOurs = true } = {}): Promise<number | 'done'> {
    await clock.sleep(latencyMs());
    const key = `${guildId} ${bucket}`;
    const counter = counters.get(key) ?? { taken: [] };
    counters.set(key, counter);
    const { isAllowed, remaining, resetAfterMs } = take(counter, rules[bucket], clock.now());
    await clock.sleep(latencyMs());
    const headers = new Headers({
      'X-RateLimit-Limit': String(rules[bucket].limit),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset-After': (Math.ceil(resetAfterMs) / 1000).toFixed(3),
    });
    const method = { role: 'PUT', member: 'PATCH', look: 'GET' }[bucket];
    const path = `/guilds/${guildId}/members/1${bucket === 'role' ? '/roles/2' : ''}`;
    if (isOurs) buckets.hear({ method, path }, { status: isAllowed ? 204 : 429, headers });
    return isAllowed ? 'done' : resetAfterMs;
  }

  /** One write through the lanes. As in discord.js, a refused one is sent again. */
  async function write(name: string, request: Omit<SlotRequest, 'guildId'> & { guildId?: string }): Promise<void> {
    const guildId = request.guildId ?? '1';
    const slot = await lanes.slot({ ...request, guildId });
    let answer = await send(guildId, slot.bucket);
    while (answer !== 'done') {
      refusals += 1;
      await clock.sleep(answer);
      answer = await send(guildId, slot.bucket);
    }
    made.push({ name, guildId, bucket: slot.bucket, at: clock.now() });
    slot.end(true);
  }

  return {
    clock,
    lanes,
    made,
    write,
    /** Writes that begin now, all at once. */
    writeAll(count: number, name: string, request: Parameters<typeof write>[1]): void {
      for (let index = 0; index < count; index += 1) void write(name, request);
    },
    /** The places that another client of the bot takes now. */
    takePlaces(count: number, bucket: BucketName): void {
      for (let index = 0; index < count; index += 1) void send('1', bucket, { isOurs: false });
    },
    changeRule(bucket: BucketName, rule: Partial<BucketRule>): void {
      rules[bucket] = { ...rules[bucket], ...rule };
    },
    /** When the last write, or the last of that name, was answered. */
    lastAt: (name?: string) =>
      Math.max(...made.filter((one) => name === undefined || one.name === name).map(({ at }) => at)),
    refusals: () => refusals,
    asleep: () => asleep,
  };
}

interface Counter {
  /** When the requests that count were taken; of a fixed window all but the first do not matter. */
  taken: number[];
}

function take(counter: Counter, { limit, windowMs, window }: BucketRule, now: number) {
  const isOver = (at: number | undefined) => at !== undefined && at + windowMs <= now;
  if (window === 'sliding') counter.taken = counter.taken.filter((at) => !isOver(at));
  else if (isOver(counter.taken[0])) counter.taken = [];
  const isAllowed = counter.taken.length < limit;
  if (isAllowed) counter.taken.push(now);
  const remaining = Math.max(0, limit - counter.taken.length);
  const inTheWay = window === 'sliding' ? counter.taken[Math.max(0, counter.taken.length - limit)] : counter.taken[0];
  return { isAllowed, remaining, resetAfterMs: (inTheWay ?? now) + windowMs - now };
}

/** Numbers from 0 to 1 that look random; the same for the same seed. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

import { DiscordAPIError, HTTPError, REST, type RateLimitData } from '@discordjs/rest';
import pRetry from 'p-retry';
import type { Config } from '../config.ts';
import type { Retry } from '../sync/converge.ts';
import type { Buckets } from '../sync/ports.ts';
import { createBuckets, LONGEST_WAIT_MS } from './buckets.ts';
import { observeRest, type DiscordObserver } from './observe-rest.ts';
import { requestWithin } from './request.ts';
import { createRequestGate, type RequestLimit } from './request-gate.ts';
import { createTurns } from './turns.ts';

/** Discord's REST API as the bot. */
export interface DiscordRest extends Pick<REST, 'get' | 'post' | 'put' | 'patch' | 'delete'> {
  /** Why nothing is asked of Discord any more, in words for the operator; null: all is well. */
  problem(): string | null;
  /** What the answers told of the rate limits of writes. */
  readonly buckets: Buckets;
  /** Nothing more will be asked: lets go of its timers. */
  end(): void;
}

/** Answers of 401 in a row after which the token counts as refused, and how long nothing more is asked with it then. */
const REFUSALS = 3;
const REST_MS = 5 * 60_000;
/** How long an answer may take, with all of its body. */
const ANSWER_MS = 30_000;
/** The clock was set back if it shows that much less than it should. */
const SET_BACK_MS = 1000;
/** Discord takes 50 requests a second; they don't all take the same time on their way. */
export const GLOBAL_LIMIT: RequestLimit = { limit: 49, windowMs: 1025 };

/** REST with Discord's rate limits obeyed. Failed calls are not retried here: callers know whether they may. */
export function createRest(
  { apiUrl, botToken }: Pick<Config['discord'], 'apiUrl' | 'botToken'>,
  {
    restMs = REST_MS,
    globalLimit = GLOBAL_LIMIT,
    answerMs = ANSWER_MS,
    steady = steadyNow,
    badToken = BAD_TOKEN,
    observer,
  }: {
    restMs?: number;
    globalLimit?: RequestLimit;
    answerMs?: number;
    steady?: () => Date;
    /** What to do about it when Discord refuses the token. */
    badToken?: string;
    observer?: DiscordObserver;
  } = {},
): DiscordRest {
  // discord.js repeats a 5xx at once and without back-off; `retries: 0` leaves that to `readWithRetry` and to the sync.
  // Every ms of `offset` idles a bucket in every window. The ways of an answer and of the next request are margin
  // enough, but for the part of a millisecond that the clock does not show.
  const rest = new REST({
    api: apiUrl,
    version: '10',
    retries: 0,
    offset: 1,
    invalidRequestWarningInterval: 100,
    globalRequestsPerSecond: Infinity,
    rejectOnRateLimit: refuseLongWaits,
    async makeRequest(url, init) {
      await enter(init.signal ?? undefined);
      return requestWithin(answerMs, url, init);
    },
  });
  const enter = createRequestGate(globalLimit);
  const buckets = createBuckets(steady);
  rest.on('response', ({ method, path }, { status, headers }) => buckets.hear({ method, path }, { status, headers }));
  if (observer) observeRest(rest, observer);
  rest.setToken(botToken);
  let refusals = 0;
  let refusedAt = 0;
  let wallAheadMs = Date.now() - steady().getTime();

  /** discord.js goes by the wall clock: what it waits for is hours ahead once that was set back. */
  function forgetIfSetBack(): void {
    const aheadMs = Date.now() - steady().getTime();
    const isSetBack = aheadMs < wallAheadMs - SET_BACK_MS;
    wallAheadMs = aheadMs;
    if (!isSetBack) return;
    rest.handlers.clear();
    rest.globalReset = -1;
    rest.globalDelay = null;
  }

  /** @discordjs/rest forgets the token at the first 401, which may be a slip of Discord's. */
  async function guard<T>(askedAt: number, send: () => Promise<T>): Promise<T> {
    if (refusals >= REFUSALS) {
      if (performance.now() - refusedAt < restMs) throw new TokenRefusedError(badToken);
      rest.setToken(botToken);
    }
    try {
      const result = await send();
      refusals = 0;
      return result;
    } catch (error) {
      if (error instanceof DiscordAPIError && error.status === 401) {
        // Of calls side by side that meet one slip only the first counts.
        if (askedAt >= refusedAt) refusals += 1;
        refusedAt = performance.now();
        if (refusals < REFUSALS) rest.setToken(botToken);
      }
      throw error;
    }
  }

  /**
   * discord.js learns a route's bucket from its first answer. What came before then and what comes after wait in two
   * lines of its own, which take the same places twice. So no two requests of one route are given to it at once; it
   * would send them one after the other all the same.
   */
  const turns = createTurns();
  const send = async <T>(method: string, path: string, call: () => Promise<T>): Promise<T> => {
    const askedAt = performance.now();
    return turns(`${method} ${routeOf(path)}`, async () => {
      forgetIfSetBack();
      return guard(askedAt, call);
    });
  };

  return {
    buckets,
    get: (path, options) => send('GET', path, () => rest.get(path, options)),
    post: (path, options) => send('POST', path, () => rest.post(path, options)),
    put: (path, options) => send('PUT', path, () => rest.put(path, options)),
    patch: (path, options) => send('PATCH', path, () => rest.patch(path, options)),
    delete: (path, options) => send('PUT', path, () => rest.delete(path, options)),
    problem: () => (refusals >= REFUSALS ? badToken : null),
    end() {
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
  };
}

/** The time of a clock that nobody sets. */
export function steadyNow(): Date {
  return new Date(performance.timeOrigin + performance.now());
}

/** A call is rather refused than kept waiting that long; discord.js waits out the others. */
function refuseLongWaits({ retryAfter, timeToReset }: RateLimitData): false {
  const waitMs = Math.max(retryAfter, timeToReset);
  if (waitMs > LONGEST_WAIT_MS) throw new LongWaitError(waitMs);
  return false;
}

/** A route of one guild or channel, whatever else its path names. */
function routeOf(path: string): string {
  const [top = ''] = /^\/\w+\/\d+/.exec(path) ?? [];
  return `${top} ${path.replaceAll(/\d{17,19}/g, ':id')}`;
}

/** What to do about a token that Discord refuses. */
export const BAD_TOKEN =
  'Discord does not accept the bot token. Reset it in the developer portal (Bot > Reset Token), set DISCORD_BOT_TOKEN and restart Rolewright.';

/** The same of a bot that a guild has of its own. */
export const BAD_GUILD_TOKEN =
  "Discord does not accept the token of this server's own bot. An admin has to set it anew in the configuration, or take it away.";

/** Nothing was asked: Discord refused the token a moment ago. `message` says what to do about it. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';
}

/** Discord's rate limit has no place for more than a minute. */
class LongWaitError extends Error {
  override readonly name = 'LongWaitError';

  constructor(waitMs: number) {
    super(`Discord takes no more of these calls for ${Math.ceil(waitMs / 60_000)} minutes`);
  }
}

/** Whether the same call may work in a moment: Discord faltered, or the network did. */
export function isPassing(error: unknown): boolean {
  if (error instanceof HTTPError) return error.status >= 500;
  if (error instanceof DiscordAPIError) return error.status >= 500;
  if (error instanceof LongWaitError) return true;
  if (!(error instanceof Error)) return false;
  // An answer that broke off is no JSON.
  if (['AbortError', 'TimeoutError', 'SyntaxError'].includes(error.name)) return true;
  return 'code' in error && typeof error.code === 'string' && /^(E[A-Z]+|UND_ERR_\w+|HPE_\w+)$/.test(error.code);
}

/** Repeats a read that failed in passing, with back-off and jitter. */
export function readWithRetry<T>(read: () => Promise<T>, { retries, baseMs }: Retry, signal: AbortSignal): Promise<T> {
  return pRetry(read, {
    retries,
    minTimeout: baseMs,
    randomize: true,
    signal,
    // A refusal of more than a minute outlasts the retries.
    shouldRetry: ({ error }) => isPassing(error) && !(error instanceof LongWaitError),
  });
}

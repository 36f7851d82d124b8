import { DiscordAPIError, HTTPError, REST } from '@discordjs/rest';
import pRetry from 'p-retry';
import type { Config } from '../config.ts';
import type { Retry } from '../sync/converge.ts';

/** Discord's REST API as the bot, with its rate limits obeyed. Failed calls are not retried here: callers know whether they may. */
export function createRest({ apiUrl, botToken }: Pick<Config['discord'], 'apiUrl' | 'botToken'>): REST {
  // discord.js repeats a 5xx at once and without back-off; `retries: 0` leaves that to `readWithRetry` and to the sync.
  return new REST({ api: apiUrl, version: '10', retries: 0, invalidRequestWarningInterval: 100 }).setToken(botToken);
}

/** Whether the same call may work in a moment: Discord faltered, or the network did. */
export function isPassing(error: unknown): boolean {
  if (error instanceof HTTPError) return error.status >= 500;
  if (error instanceof DiscordAPIError) return error.status >= 500;
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
    shouldRetry: ({ error }) => isPassing(error),
  });
}

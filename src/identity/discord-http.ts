import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';

/** What Discord said. `json` is undefined when the body was none. */
export interface DiscordAnswer {
  isOk: boolean;
  status: number;
  json: unknown;
}

export interface DiscordHttp {
  get(path: string, authorization: string): Promise<DiscordAnswer>;
  postForm(path: string, form: Record<string, string>, authorization: string): Promise<DiscordAnswer>;
}

/** Hears of every request. */
export interface HttpObserver {
  /** @param status null: there was no answer */
  answered(request: { method: string; route: string }, status: number | null): void;
}

interface Attempt {
  answer: DiscordAnswer | null;
  /** When this same request may be sent again; null: not at all. */
  retryInMs: number | null;
  cause: unknown;
}

const maxRetries = 2;
const longestPauseMs = 3000;

/**
 * Plain requests to Discord in the name of people. AppError discord_unavailable on 5xx, time-outs and a broken network.
 * A GET is tried again; a POST is not, as nobody knows whether Discord acted on the first one (a code or a refresh token
 * works once only, so the second try would lose what the first one had won). 429 says that it did not act, so that is
 * retried for both. A time-out is never retried: somebody has waited long enough in front of his browser.
 */
export function createDiscordHttp(options: {
  baseUrl: string;
  version: string;
  timeoutMs?: number;
  pause?: (ms: number) => Promise<void>;
  observer?: HttpObserver;
}): DiscordHttp {
  const { baseUrl, version, timeoutMs = 10_000, pause = (ms: number) => delay(ms), observer } = options;
  const userAgent = `DiscordBot (https://github.com/rolewright/rolewright, ${version})`;

  async function send(
    path: string,
    authorization: string,
    form: Record<string, string> | null,
  ): Promise<DiscordAnswer> {
    const method = form ? 'POST' : 'GET';
    const headers = { authorization, accept: 'application/json', 'user-agent': userAgent };
    const body = form && new URLSearchParams(form);
    for (let tried = 0; ; tried++) {
      const signal = AbortSignal.timeout(timeoutMs);
      const { answer, retryInMs, cause } = await attempt(`${baseUrl}${path}`, { method, headers, body, signal }, tried);
      const [route = path] = path.split('?');
      observer?.answered({ method, route }, answer?.status ?? null);
      if (retryInMs !== null && tried < maxRetries) {
        await pause(retryInMs);
        continue;
      }
      if (answer && answer.status < 500) return answer;
      throw unreachable(`${method} ${path}`, answer, cause);
    }
  }

  return {
    get: (path, authorization) => send(path, authorization, null),
    postForm: (path, form, authorization) => send(path, authorization, form),
  };
}

async function attempt(url: string, init: RequestInit, tried: number): Promise<Attempt> {
  const backOffMs = init.method === 'GET' ? 200 * 2 ** tried * (1 + Math.random()) : null;
  try {
    const response = await fetch(url, { ...init, redirect: 'error' });
    const text = await response.text();
    const answer = { isOk: response.ok, status: response.status, json: parseJson(text) };
    if (response.status === 429) return { answer, retryInMs: retryAfterMs(response), cause: null };
    return { answer, retryInMs: response.status >= 500 ? backOffMs : null, cause: null };
  } catch (cause) {
    const isTimeout = cause instanceof DOMException && cause.name === 'TimeoutError';
    return { answer: null, retryInMs: isTimeout ? null : backOffMs, cause };
  }
}

/** How long Discord asks to wait; null when that is longer than anybody waits in front of a page. */
function retryAfterMs(response: Response): number | null {
  const ms = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
  return ms >= 0 && ms <= longestPauseMs ? ms : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(what: string, answer: DiscordAnswer | null, cause: unknown): AppError {
  return new AppError('discord_unavailable', "Discord doesn't answer at the moment. Wait a minute, then try again.", {
    cause: answer ? new Error(`${what} answered ${answer.status}`) : cause,
  });
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { RequestLimit } from '../discord/request-gate.ts';
import { GLOBAL_LIMIT } from '../discord/rest.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import type { Retry } from '../sync/converge.ts';

/** What tests may set otherwise than production does. */
export interface Overrides {
  now?: () => Date;
  retry?: Retry;
  /** How long to wait for the event that shows a write. */
  seenWithinMs?: number;
  /** Where Discord's seconds are shorter. */
  globalLimit?: RequestLimit;
}

/** What all parts are built with. */
export interface Base extends Required<Overrides> {
  config: Config;
  metrics: Metrics;
  /** The log of one part. */
  log(part: string): Logger;
  newId: () => string;
  /** Rejects when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Aborts when Rolewright stops. */
  signal: AbortSignal;
  /** Nobody waits for it; what goes wrong is logged. */
  inBackground(part: string, work: Promise<unknown>): void;
}

export function createBase(
  config: Config,
  root: Logger,
  signal: AbortSignal,
  {
    now = () => new Date(),
    retry = { retries: 3, baseMs: 2000 },
    seenWithinMs = 2000,
    globalLimit = GLOBAL_LIMIT,
  }: Overrides,
): Base {
  const log = (part: string) => root.child({ part });
  return {
    config,
    signal,
    log,
    now,
    retry,
    seenWithinMs,
    globalLimit,
    metrics: createMetrics(),
    newId: randomUUID,
    async wait(ms, ends) {
      await sleep(ms, undefined, { ...(ends && { signal: ends }) });
    },
    inBackground(part, work) {
      work.catch((err: unknown) => {
        if (!signal.aborted) log(part).error({ err }, 'background work failed');
      });
    },
  };
}

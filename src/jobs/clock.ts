import { schedule, type ScheduledTask } from 'node-cron';
import type { Logger } from 'pino';

/** Something that runs again and again. `cron` has six fields, the first is seconds. */
export interface Job {
  name: string;
  cron: string;
  /** So long may one turn take (a minute unless said otherwise); then its signal aborts. */
  timeoutMs?: number;
  run(signal: AbortSignal): Promise<void>;
}

const TIMEOUT_MS = 60_000;

/** Runs the jobs. None overlaps itself; what one throws, or takes too long for, is logged and the next turn comes all the same. */
export function startClock(jobs: readonly Job[], log: Logger): { stop(): Promise<void> } {
  const tasks: ScheduledTask[] = [];
  // node-cron tells of turns it left out; for jobs that ask what is due that is nothing to worry about.
  const note = (message: string | Error): void => log.debug({ note: String(message) }, 'clock');
  const logger = { info: note, warn: note, error: note, debug: note };
  const stopping = new AbortController();
  for (const { name, cron, timeoutMs = TIMEOUT_MS, run } of jobs) {
    const once = async (): Promise<void> => {
      const timeout = AbortSignal.timeout(timeoutMs);
      const complain = (): void => log.error({ job: name, timeoutMs }, 'job takes too long');
      timeout.addEventListener('abort', complain);
      try {
        await run(AbortSignal.any([stopping.signal, timeout]));
      } catch (err) {
        if (!stopping.signal.aborted) log.error({ err, job: name }, 'job failed');
      } finally {
        timeout.removeEventListener('abort', complain);
      }
    };
    tasks.push(schedule(cron, once, { name, noOverlap: true, logger }));
  }
  return {
    async stop() {
      stopping.abort();
      await Promise.all(tasks.map(async (task) => task.destroy()));
    },
  };
}

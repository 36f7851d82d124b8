import { schedule, type ScheduledTask } from 'node-cron';
import type { Logger } from 'pino';

/** Something that runs again and again. `cron` has six fields, the first is seconds. */
export interface Job {
  name: string;
  cron: string;
  run(): Promise<void>;
}

/** Runs the jobs. None overlaps itself; what one throws is logged and the next turn comes all the same. */
export function startClock(jobs: readonly Job[], log: Logger): { stop(): Promise<void> } {
  const tasks: ScheduledTask[] = [];
  // node-cron tells of turns it left out; for jobs that ask what is due that is nothing to worry about.
  const note = (message: string | Error): void => log.debug({ note: String(message) }, 'clock');
  const logger = { info: note, warn: note, error: note, debug: note };
  for (const { name, cron, run } of jobs) {
    const once = async (): Promise<void> => {
      try {
        await run();
      } catch (err) {
        log.error({ err, job: name }, 'job failed');
      }
    };
    tasks.push(schedule(cron, once, { name, noOverlap: true, logger }));
  }
  return {
    async stop() {
      await Promise.all(tasks.map(async (task) => task.destroy()));
    },
  };
}

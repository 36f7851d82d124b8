import type { RefreshAnswer } from './discord-oauth.ts';

const REST_MS = 60_000;
/** One link may meet an error that comes every time, and must not keep those after it from their turn. */
const SILENT_LIMIT = 3;

/** Keeps refreshes from hammering a Discord that does not answer, asks for a pause, or refuses the application. */
export function createRefreshBrake(now: () => Date) {
  let silent = 0;
  let restUntil = 0;

  return {
    note({ result }: RefreshAnswer): void {
      silent = result === 'unavailable' ? silent + 1 : 0;
      const isEnough = result === 'rate_limited' || result === 'application_refused' || silent >= SILENT_LIMIT;
      if (isEnough) restUntil = now().getTime() + REST_MS;
    },

    /** Whether Discord is left alone at the moment. */
    isOn(): boolean {
      const left = restUntil - now().getTime();
      // More than that is from a clock that was set back.
      return left > 0 && left <= REST_MS;
    },
  };
}

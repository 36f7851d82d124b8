import { mayGoAt, scheduled, stillCounting, unscheduled, type BucketState } from '../core/pace.ts';
import type { Lane } from './ports.ts';

/** Our own count of one bucket. */
export interface BucketTrack {
  /** As `mayGoAt` in core: not after now, a time, or Infinity. */
  mayGoAt(lane: Lane): number;
  /** A write goes. The end of it has to be told: whether it was made. Times are ms since 1970. */
  begin(at: number): (isMade: boolean, at: number) => void;
}

/** Answers to remember while nobody told how long they count. */
const UNTOLD = 50;

/**
 * @param state what Discord told last
 * @param countsFrom when a write enters the count: with the `answer` (until then it may be counted any time), or at its `begin`
 */
export function createBucketTrack(
  state: () => BucketState | null,
  countsFrom: 'answer' | 'begin' = 'answer',
): BucketTrack {
  let underWay = 0;
  let answeredAt: number[] = [];
  let lastDueAt = -Infinity;

  function count(at: number): void {
    const told = state();
    answeredAt = [...(told ? stillCounting(told, answeredAt, at) : answeredAt.slice(-UNTOLD)), at];
  }

  return {
    mayGoAt: (lane) => mayGoAt(lane, state(), { underWay, answeredAt, lastDueAt }),

    begin(begunAt) {
      lastDueAt = scheduled(state(), { lastDueAt }, begunAt);
      if (countsFrom === 'begin') count(begunAt);
      else underWay += 1;
      return (isMade, at) => {
        if (countsFrom === 'answer') underWay -= 1;
        if (!isMade) lastDueAt = unscheduled(state(), { lastDueAt });
        if (isMade && countsFrom === 'answer') count(at);
        if (!isMade && countsFrom === 'begin') answeredAt = without(answeredAt, begunAt);
      };
    },
  };
}

function without(times: readonly number[], time: number): number[] {
  const index = times.indexOf(time);
  return index === -1 ? [...times] : times.toSpliced(index, 1);
}

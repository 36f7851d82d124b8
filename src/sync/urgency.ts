import type { Lane } from './ports.ts';

/** In which lane a piece of work waits. Somebody who comes later may be in a greater hurry. */
export interface Urgency {
  readonly lane: Lane;
  /** Aborts when the lane rises. */
  readonly rises: AbortSignal;
  /** A lower lane changes nothing. */
  raise(lane: Lane): void;
}

const ORDER: readonly Lane[] = ['bulk', 'event', 'interactive'];

export function createUrgency(first: Lane): Urgency {
  let lane = first;
  let rising = new AbortController();
  return {
    get lane() {
      return lane;
    },
    get rises() {
      return rising.signal;
    },
    raise(to) {
      if (ORDER.indexOf(to) <= ORDER.indexOf(lane)) return;
      lane = to;
      const before = rising;
      rising = new AbortController();
      before.abort();
    },
  };
}

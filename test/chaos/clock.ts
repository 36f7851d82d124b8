/** Virtual time: it stands still while anything is left to do, and jumps to the next thing that was put off. */
export interface Clock {
  now(): number;
  date(): Date;
  /** Rejects when the signal aborts, as a real one does. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Does the task in so many ms. */
  after(ms: number, task: () => void): void;
  /** Lets so much time pass, with everything that is due in it. */
  pass(ms: number): Promise<void>;
  /** How many tasks have been done: two equal runs have the same. */
  steps(): number;
}

interface Timer {
  at: number;
  order: number;
  task: () => void;
}

/** Everything but timers settles in microtasks (stores and fakes wait for nothing real), so one turn of the event loop drains them. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function createClock(startMs: number): Clock {
  const timers: Timer[] = [];
  let now = startMs;
  let orders = 0;
  let steps = 0;

  function after(ms: number, task: () => void): void {
    push(timers, { at: now + Math.max(0, ms), order: (orders += 1), task });
  }

  return {
    now: () => now,
    date: () => new Date(now),
    after,

    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const abort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        if (signal?.aborted) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        after(ms, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
      });
    },

    async pass(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const next = timers[0];
        if (!next || next.at > until) break;
        pop(timers);
        now = Math.max(now, next.at);
        steps += 1;
        next.task();
        await settled();
      }
      now = until;
    },

    steps: () => steps,
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}

/** A binary heap: the next timer is at its head. */
function push(heap: Timer[], timer: Timer): void {
  let at = heap.push(timer) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (!parent || isBefore(parent, timer)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const isRight = left && right && isBefore(right, left);
    const least = isRight ? right : left;
    if (!least || isBefore(last, least)) break;
    heap[at] = least;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = last;
}

/** Tasks by key; those of one key one after the other. */
export interface Turns {
  /** Runs a task with nothing else of its key meanwhile. */
  alone<X>(key: string, task: () => Promise<X>): Promise<X>;
  /** Whether anything of that key runs or waits. */
  isBusy(key: string): boolean;
  /** Starts nothing more; settles when what is running has ended. */
  stop(): Promise<void>;
}

export function createTurns(): Turns {
  /** What runs or waits last, by key; it never rejects. */
  const tails = new Map<string, Promise<unknown>>();
  let isStopped = false;

  return {
    alone(key, task) {
      const start = async () => {
        if (isStopped) throw new Error('Rolewright is stopping');
        return task();
      };
      const result = tails.get(key)?.then(start) ?? start();
      const tail: Promise<unknown> = Promise.allSettled([result]).finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      tails.set(key, tail);
      return result;
    },

    isBusy: (key) => tails.has(key),

    async stop() {
      isStopped = true;
      await Promise.all(tails.values());
    },
  };
}

/** Requests and tasks by key; those of one key one after the other. */
export interface KeyedQueue<R, T> extends Turns {
  /** Runs the request, merged with any other of its key that waits by then; all of them get the one result. */
  ask(key: string, request: R): Promise<T>;
  /** What waits by that key; null: nothing does, or it runs already. */
  waiting(key: string): R | null;
}

/**
 * @param run does a request when its turn comes
 * @param merge one request that stands for both; the first argument has waited longer
 * @param turnOf whose turn a key's requests wait for, where several keys take turns with each other
 */
export function createKeyedQueue<R, T>({
  run,
  merge,
  turnOf = (key) => key,
}: {
  run(key: string, request: R): Promise<T>;
  merge(waiting: R, added: R): R;
  turnOf?: (key: string) => string;
}): KeyedQueue<R, T> {
  const turns = createTurns();
  const waiting = new Map<string, { request: R; result: Promise<T> }>();

  return {
    ...turns,

    waiting: (key) => waiting.get(key)?.request ?? null,

    ask(key, request) {
      const present = waiting.get(key);
      if (present) {
        present.request = merge(present.request, request);
        return present.result;
      }
      const turn = turnOf(key);
      if (!turns.isBusy(turn)) return turns.alone(turn, () => run(key, request));
      const result = turns.alone(turn, () => {
        const merged = waiting.get(key)?.request ?? request;
        waiting.delete(key);
        return run(key, merged);
      });
      waiting.set(key, { request, result });
      return result;
    },
  };
}

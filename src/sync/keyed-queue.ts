type Task<T> = () => Promise<T>;

interface Slot<T> {
  running: Promise<T>;
  next: Promise<T> | null;
}

export interface KeyedQueue<T> {
  run(key: string, task: Task<T>): Promise<T>;
  /** Starts nothing more; settles when what is running has ended. */
  stop(): Promise<void>;
}

/**
 * One task per key at a time. A task that waits stands for every later one of its key: whoever asks meanwhile gets its
 * result, because it will look at the world afresh when its turn comes.
 */
export function createKeyedQueue<T>(): KeyedQueue<T> {
  const slots = new Map<string, Slot<T>>();
  let isStopped = false;

  async function start(key: string, task: Task<T>): Promise<T> {
    if (isStopped) throw new Error('Rolewright is stopping');
    return task().finally(() => {
      const slot = slots.get(key);
      if (slot && !slot.next) slots.delete(key);
    });
  }

  return {
    run(key, task) {
      const slot = slots.get(key);
      if (!slot) {
        const running = start(key, task);
        slots.set(key, { running, next: null });
        return running;
      }
      if (slot.next) return slot.next;
      const next = slot.running
        .catch(() => undefined)
        .then(() => {
          slots.set(key, { running: next, next: null });
          return start(key, task);
        });
      slot.next = next;
      return next;
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled(
        [...slots.values()].flatMap(({ running, next }) => (next ? [running, next] : [running])),
      );
    },
  };
}

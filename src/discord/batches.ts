/** How long things are waited for that may come together. */
export interface Patience {
  /** So long after the last one the batch is complete. */
  quietMs: number;
  /** So long after the first one it is, whatever still comes. */
  longestMs: number;
}

interface Batch<T> {
  items: T[];
  startedAt: number;
  timer: NodeJS.Timeout | null;
  done: PromiseWithResolvers<void>;
}

/**
 * Collects what comes shortly after one another under one key, and hands it on together. What is added settles when
 * its batch has been dealt with. From the abort of `signal` on nothing is waited for any more.
 */
export function createBatches<T>(
  { quietMs, longestMs }: Patience,
  signal: AbortSignal,
  deal: (key: string, items: readonly T[]) => Promise<void>,
) {
  const batches = new Map<string, Batch<T>>();

  function close(key: string, { items, timer, done }: Batch<T>): void {
    if (timer) clearTimeout(timer);
    batches.delete(key);
    done.resolve(deal(key, items));
  }

  signal.addEventListener('abort', () => {
    for (const [key, batch] of batches) close(key, batch);
  });

  return async function add(key: string, item: T): Promise<void> {
    const batch = batches.get(key) ?? {
      items: [],
      startedAt: performance.now(),
      timer: null,
      done: Promise.withResolvers<void>(),
    };
    batches.set(key, batch);
    batch.items.push(item);
    if (batch.timer) clearTimeout(batch.timer);
    const leftMs = batch.startedAt + longestMs - performance.now();
    // Nobody keeps a process alive that has nothing else to do.
    if (!signal.aborted) batch.timer = setTimeout(() => close(key, batch), Math.min(quietMs, leftMs)).unref();
    else close(key, batch);
    await batch.done.promise;
  };
}

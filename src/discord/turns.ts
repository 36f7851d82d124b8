/** Runs tasks of one key one after the other, in the order they came. */
export type Turns = <T>(key: string, task: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  /** The last task of each key; it never rejects. */
  const last = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const result = (last.get(key) ?? Promise.resolve()).then(task);
    const settled = result.catch(() => undefined);
    last.set(key, settled);
    try {
      return await result;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

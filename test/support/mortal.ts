/** A process that can be killed. */
export interface Life {
  isOver: boolean;
}

/**
 * The same thing in the hands of a process: once that is killed, none of its calls comes about, and none that was under
 * way is ever answered.
 */
export function mortal<T extends object>(thing: T, life: Life): T {
  return new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (life.isOver) return new Promise(() => undefined);
        const result: unknown = Reflect.apply(value, target, args);
        return result instanceof Promise ? unlessOver(result, life) : result;
      };
    },
  });
}

async function unlessOver(result: Promise<unknown>, life: Life): Promise<unknown> {
  try {
    return await result;
  } finally {
    if (life.isOver) await new Promise(() => undefined);
  }
}

/** Whether an incarnation of the engine still lives. Once it is dead, nothing of it ever goes on. */
export interface Life {
  readonly isDead: boolean;
  /** It dies at the `n`th effect from now (1: the next one), before it comes about or right after. */
  dieAt(n: number, when: 'before' | 'after'): void;
  die(): void;
  /** How many effects (store and Discord calls) there have been. */
  effects(): number;
}

interface OpenLife extends Life {
  /** Passes one effect; false: it died on the way. */
  pass(what: string, when: 'before' | 'after'): boolean;
}

/** Whether the process is to die at this effect, before or after it. */
export type Strike = (what: string, when: 'before' | 'after') => boolean;

/** @param onDeath called once, at the moment of death */
export function createLife(onDeath: (last: string) => void, strike: Strike = () => false): OpenLife {
  let isDead = false;
  let count = 0;
  let fate: { at: number; when: 'before' | 'after' } | null = null;
  const end = (last: string): void => {
    if (isDead) return;
    isDead = true;
    onDeath(last);
  };
  return {
    get isDead() {
      return isDead;
    },
    dieAt(n, when) {
      fate = { at: count + n, when };
    },
    die: () => end('from outside'),
    effects: () => count,
    pass(what, when) {
      if (isDead) return false;
      if (when === 'before') count += 1;
      const isFated = fate !== null && count >= fate.at && fate.when === when;
      if (strike(what, when) || isFated) end(`${when} ${what}`);
      return !isDead;
    },
  };
}

export type { OpenLife };

/** The end of all that waits for it. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** An async function of a living engine: once that is dead, no call of it comes about, and none is ever answered. */
export function mortal<A extends unknown[], R>(
  life: OpenLife,
  what: string,
  call: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    if (!life.pass(what, 'before')) return never<R>();
    try {
      const result = await call(...args);
      return life.pass(what, 'after') ? result : await never<R>();
    } catch (error) {
      if (life.pass(what, 'after')) throw error;
      return never<R>();
    }
  };
}

/** Who sleeps when it dies never wakes. */
export function mortalSleep(
  life: Life,
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>,
): (ms: number, signal?: AbortSignal) => Promise<void> {
  return async (ms, signal) => {
    try {
      await sleep(ms, signal);
    } finally {
      if (life.isDead) await never();
    }
  };
}

/** A store whose every method is mortal. */
export function mortalStore<S extends object>(life: OpenLife, name: string, store: S): S {
  return withMethods(store, (key, method) =>
    mortal(life, `${name}.${key}`, async (...args: unknown[]) => method(args)),
  );
}

/** The same thing with each method replaced. */
export function withMethods<S extends object>(
  thing: S,
  replace: (key: string, method: (args: unknown[]) => unknown) => (...args: unknown[]) => unknown,
): S {
  const replaced = new Map<string | symbol, unknown>();
  return new Proxy(thing, {
    get(target, key) {
      if (replaced.has(key)) return replaced.get(key);
      const value: unknown = Reflect.get(target, key);
      const own =
        typeof value === 'function'
          ? replace(String(key), (args): unknown => Reflect.apply(value, target, args))
          : value;
      replaced.set(key, own);
      return own;
    },
  });
}

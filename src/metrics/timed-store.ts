/** The same store; how long each of its calls takes until it settles is told. */
export function timeStore<S extends object>(store: S, note: (ms: number) => void): S {
  return new Proxy(store, {
    get(target, name): unknown {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...given: unknown[]): unknown => {
        const startedAt = performance.now();
        const result: unknown = Reflect.apply(found, target, given);
        const tell = (): void => note(performance.now() - startedAt);
        if (result instanceof Promise) result.then(tell, tell);
        return result;
      };
    },
  });
}

/** Questions that wait for a button and are too long for its custom id; a restart forgets them. */
export interface Pending<T> {
  keep(id: string, value: T, now: Date): void;
  peek(id: string, now: Date): T | null;
  /** Like `peek`, and forgets it: a second press finds nothing. */
  take(id: string, now: Date): T | null;
}

/** @param lifetimeMs as long as Discord lets an interaction be answered, by default */
export function createPending<T>({ lifetimeMs = 15 * 60_000, limit = 1000 } = {}): Pending<T> {
  const kept = new Map<string, { value: T; expiresAt: number }>();

  function peek(id: string, now: Date): T | null {
    const entry = kept.get(id);
    return entry && entry.expiresAt > now.getTime() ? entry.value : null;
  }

  return {
    keep(id, value, now) {
      for (const [old, { expiresAt }] of kept) {
        if (expiresAt <= now.getTime() || kept.size >= limit) kept.delete(old);
        else break;
      }
      kept.set(id, { value, expiresAt: now.getTime() + lifetimeMs });
    },
    peek,
    take(id, now) {
      const value = peek(id, now);
      kept.delete(id);
      return value;
    },
  };
}

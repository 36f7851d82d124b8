/** What was asked a moment ago and need not be asked again yet. */
export interface FreshMemory<T> {
  /** At most `maxAgeMs` old; those who ask at once share one question. A failure is not remembered. */
  of(key: string): Promise<T>;
}

/** Old answers are dropped once there are so many. */
const SWEEP_AT = 1000;

export function createFreshMemory<T>({
  maxAgeMs,
  now,
  load,
}: {
  maxAgeMs: number;
  now: () => Date;
  load: (key: string) => Promise<T>;
}): FreshMemory<T> {
  const known = new Map<string, { askedAt: number; answer: Promise<T> }>();

  function isFresh({ askedAt }: { askedAt: number }): boolean {
    const ageMs = now().getTime() - askedAt;
    // A clock that was set back makes nothing younger.
    return ageMs >= 0 && ageMs < maxAgeMs;
  }

  function sweep(): void {
    if (known.size < SWEEP_AT) return;
    for (const [key, one] of known) if (!isFresh(one)) known.delete(key);
  }

  return {
    of(key) {
      const present = known.get(key);
      if (present && isFresh(present)) return present.answer;
      sweep();
      const asked = { askedAt: now().getTime(), answer: load(key) };
      known.set(key, asked);
      asked.answer.catch(() => {
        if (known.get(key) === asked) known.delete(key);
      });
      return asked.answer;
    },
  };
}

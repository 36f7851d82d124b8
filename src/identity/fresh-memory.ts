/** How old an answer may be, by what it says; undefined: it has not come yet. */
type AgeOf<T> = (answer: T | undefined) => number;

/** What was asked a moment ago and need not be asked again yet. */
export interface FreshMemory<T> {
  /** As old as it may be; those who ask at once share one question. A failure is not remembered. */
  of(key: string, ageMs?: AgeOf<T>): Promise<T>;
  /** The last answer, however old, as long as it is remembered; undefined: there is none. */
  last(key: string): T | undefined;
  /** Whether `of` would ask nobody. */
  knows(key: string, ageMs?: AgeOf<T>): boolean;
}

/** Old answers are dropped once there are so many. */
const SWEEP_AT = 1000;

interface Remembered<T> {
  askedAt: number;
  asked: Promise<T>;
  answer: T | undefined;
  /** What was answered before this was asked. */
  last: T | undefined;
}

/** @param maxAgeMs after that nothing is known any more */
export function createFreshMemory<T>({
  maxAgeMs,
  now,
  load,
}: {
  maxAgeMs: number;
  now: () => Date;
  load: (key: string) => Promise<T>;
}): FreshMemory<T> {
  const known = new Map<string, Remembered<T>>();
  const longest = (): number => maxAgeMs;

  function isFresh({ askedAt, answer }: Remembered<T>, ofAge: AgeOf<T>): boolean {
    const ageMs = now().getTime() - askedAt;
    // A clock that was set back makes nothing younger.
    return ageMs >= 0 && ageMs < ofAge(answer);
  }

  function fresh(key: string, ofAge: AgeOf<T>): Remembered<T> | null {
    const present = known.get(key);
    return present && isFresh(present, ofAge) ? present : null;
  }

  function last(key: string): T | undefined {
    const present = known.get(key);
    return present?.answer === undefined ? present?.last : present.answer;
  }

  function sweep(): void {
    if (known.size < SWEEP_AT) return;
    for (const [key, one] of known) if (!isFresh(one, longest)) known.delete(key);
  }

  function ask(key: string): Promise<T> {
    sweep();
    const one: Remembered<T> = { askedAt: now().getTime(), asked: load(key), answer: undefined, last: last(key) };
    known.set(key, one);
    one.asked.then(
      (answer) => void (one.answer = answer),
      () => {
        if (known.get(key) === one) known.delete(key);
      },
    );
    return one.asked;
  }

  return {
    of: (key, ageMs = longest) => fresh(key, ageMs)?.asked ?? ask(key),
    last,
    knows: (key, ageMs = longest) => fresh(key, ageMs) !== null,
  };
}

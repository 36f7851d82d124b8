import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceAnswer } from '../../src/core/facts.ts';
import {
  GONE_APART_MS,
  isDue,
  isWorthKeeping,
  recall,
  remember,
  type SourceMemory,
} from '../../src/core/source-memory.ts';
import { at, gone, known, silent } from '../support/core-worlds.ts';

const HOUR_MS = 3_600_000;
const MINUTE = 60;

/** What remains of answers that came as soon as they were asked for. */
function after(...answers: SourceAnswer[]): SourceMemory | undefined {
  return answers.reduce<SourceMemory | undefined>(
    (memory, said) => remember(memory, said, said.asOf ?? at(0)),
    undefined,
  );
}

const statusAt = (memory: SourceMemory | undefined, seconds: number, maxAgeMs = HOUR_MS) =>
  recall(memory, { now: at(seconds), maxAgeMs }).status;

describe('what a source said', () => {
  it('is known until it is older than the bound', () => {
    const memory = after(known(['http:x'], { asOf: at(0) }));
    expect(recall(memory, { now: at(3600), maxAgeMs: HOUR_MS })).toEqual(known(['http:x'], { asOf: at(0) }));
    expect(recall(memory, { now: at(3601), maxAgeMs: HOUR_MS })).toEqual({
      status: 'unknown',
      asOf: at(0),
      reason: 'What the source said last is too old.',
    });
  });

  it('is unknown while it never said anything', () => {
    expect(recall(undefined, { now: at(0), maxAgeMs: HOUR_MS })).toEqual({
      status: 'unknown',
      asOf: null,
      reason: 'The source has not answered for this account yet.',
    });
  });

  it('stays what it was when the source falls silent', () => {
    const memory = after(known(['http:x']));
    expect(remember(memory, silent(), at(9))).toBe(memory);
    expect(remember(undefined, silent(), at(9))).toBeUndefined();
  });

  it('goes by what was asked for last, also when an earlier request is answered later', () => {
    const memory = after(known(['http:new'], { asOf: at(5) }));
    expect(remember(memory, known(['http:old'], { asOf: at(4) }), at(6))).toBe(memory);
    expect(remember(memory, gone(at(4)), at(6))).toBe(memory);
  });

  it('gives way when it comes from the future, because the clock was put back', () => {
    const memory = after(gone(at(HOUR_MS)));
    const now = remember(memory, known(['http:x'], { asOf: at(0) }), at(1));
    expect(now?.last).toEqual(known(['http:x'], { asOf: at(0) }));
    expect(remember(memory, gone(at(0)), at(1))).toEqual({ last: gone(at(0)), goneSince: at(0) });
  });

  it('names the silence as the reason where it has nothing fresh', () => {
    const silence = 'it answered 500';
    expect(recall(undefined, { now: at(0), maxAgeMs: HOUR_MS, silence })).toMatchObject({ reason: silence });
    const memory = after(known([]));
    expect(recall(memory, { now: at(7200), maxAgeMs: HOUR_MS, silence })).toMatchObject({ reason: silence });
    expect(recall(memory, { now: at(1), maxAgeMs: HOUR_MS, silence }).status).toBe('known');
  });
});

describe('somebody whom the source does not know any more', () => {
  it('is unknown the first time, whatever was known of him', () => {
    expect(statusAt(after(gone(at(0))), 0)).toBe('unknown');
    const memory = after(known(['http:x'], { asOf: at(-60) }), gone(at(0)));
    expect(recall(memory, { now: at(0), maxAgeMs: HOUR_MS })).toMatchObject({
      asOf: at(0),
      reason: expect.stringContaining('twice, at least 10 minutes apart'),
    });
  });

  it.each([
    { name: 'is unknown when it was said again too soon', seconds: [0, 599], status: 'unknown' },
    { name: 'is gone when it was said again ten minutes later', seconds: [0, 600], status: 'gone' },
    { name: 'is gone when ten minutes lie between any two of them', seconds: [0, 300, 600], status: 'gone' },
    { name: 'is gone when it took days', seconds: [0, 500_000], status: 'gone' },
  ])('$name', ({ seconds, status }) => {
    expect(statusAt(after(...seconds.map((second) => gone(at(second)))), seconds.at(-1) ?? 0)).toBe(status);
  });

  it('is not gone because time passes: only the source can say it again', () => {
    expect(statusAt(after(gone(at(0))), 50 * MINUTE)).toBe('unknown');
  });

  it('begins anew when he was known in between', () => {
    const memory = after(gone(at(0)), known([], { asOf: at(300) }), gone(at(700)));
    expect(statusAt(memory, 700)).toBe('unknown');
    expect(statusAt(remember(memory, gone(at(1300)), at(1300)), 1300)).toBe('gone');
  });

  it('is unknown again when that is too old, and gone at once when it is said anew', () => {
    const memory = after(gone(at(0)), gone(at(700)));
    expect(statusAt(memory, 700 + 3601)).toBe('unknown');
    expect(statusAt(remember(memory, gone(at(9000)), at(9000)), 9000)).toBe('gone');
  });
});

describe('asking', () => {
  it.each([
    { name: 'where nothing is remembered', age: null, maxAgeMs: HOUR_MS, due: true },
    { name: 'always where no age will do', age: 0, maxAgeMs: 0, due: true },
    { name: 'not where the answer is young enough', age: 60, maxAgeMs: 60_000, due: false },
    { name: 'where the answer is too old', age: 61, maxAgeMs: 60_000, due: true },
  ])('is due $name', ({ age, maxAgeMs, due }) => {
    expect(isDue(age === null ? undefined : after(known([], { asOf: at(-age) })), at(0), maxAgeMs)).toBe(due);
  });
});

describe('keeping', () => {
  it.each([
    { name: 'an answer that still counts', said: known([], { asOf: at(-3600) }), isKept: true },
    { name: 'nothing that is known but too old', said: known([], { asOf: at(-3601) }), isKept: false },
    { name: 'a gone that waits for its second', said: gone(at(-29 * 86_400)), isKept: true },
    { name: 'no gone for ever', said: gone(at(-31 * 86_400)), isKept: false },
  ])('is worth it for $name', ({ said, isKept }) => {
    const memory = after(said);
    expect(memory && isWorthKeeping(memory, at(0), HOUR_MS)).toBe(isKept);
  });
});

/** Answers in the order of time, each so many seconds after the one before; `-` is silence. */
const histories = fc.array(
  fc.record({
    wait: fc.constantFrom(0, 1, 299, 300, 599, 600, 601, 3600, 4000),
    says: fc.constantFrom('-', 'x', '', 'gone'),
  }),
  { maxLength: 12 },
);

function play(history: readonly { wait: number; says: string }[]) {
  let seconds = 0;
  const answers = history.map(({ wait, says }): SourceAnswer => {
    seconds += wait;
    if (says === '-') return silent();
    if (says === 'gone') return gone(at(seconds));
    return known(says === '' ? [] : [`http:${says}`], { asOf: at(seconds) });
  });
  return { spoken: answers.filter(({ status }) => status !== 'unknown'), memory: after(...answers), end: at(seconds) };
}

const maxAges = fc.constantFrom(1_000, 300_000, HOUR_MS);

describe('the memory of a source, for every history', () => {
  it('only ever repeats the last thing that was said, and only while it is fresh', () => {
    fc.assert(
      fc.property(histories, maxAges, fc.nat(5000), (history, maxAgeMs, later) => {
        const { spoken, memory, end } = play(history);
        const now = new Date(end.getTime() + later * 1000);
        const answer = recall(memory, { now, maxAgeMs });
        if (answer.status === 'unknown') return;
        expect(answer).toEqual(spoken.at(-1));
        expect(now.getTime() - answer.asOf.getTime()).toBeLessThanOrEqual(maxAgeMs);
      }),
    );
  });

  it('says gone exactly when it was said twice ten minutes apart, with nothing known in between', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { spoken, memory, end } = play(history);
        const answer = recall(memory, { now: end, maxAgeMs: Number.MAX_SAFE_INTEGER });
        const lastKnown = spoken.findLastIndex(({ status }) => status === 'known');
        const goneAt = spoken.slice(lastKnown + 1).map(({ asOf }) => asOf?.getTime() ?? 0);
        const [first = 0, last = 0] = [goneAt[0], goneAt.at(-1)];
        expect(answer.status === 'gone').toBe(last - first >= GONE_APART_MS);
      }),
    );
  });

  it('is the same without the silences', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { spoken, memory } = play(history);
        expect(memory).toEqual(after(...spoken));
      }),
    );
  });

  it('loses nothing that counts when it forgets what is not worth keeping, while syncs come at least every 30 days', () => {
    fc.assert(
      fc.property(histories, maxAges, (history, maxAgeMs) => {
        let tidy: SourceMemory | undefined;
        let whole: SourceMemory | undefined;
        for (const said of play(history).spoken) {
          const now = said.asOf ?? at(0);
          if (tidy && !isWorthKeeping(tidy, now, maxAgeMs)) tidy = undefined;
          expect(recall(tidy, { now, maxAgeMs }).status).toBe(recall(whole, { now, maxAgeMs }).status);
          tidy = remember(tidy, said, now);
          whole = remember(whole, said, now);
          expect(recall(tidy, { now, maxAgeMs })).toEqual(recall(whole, { now, maxAgeMs }));
        }
      }),
    );
  });
});

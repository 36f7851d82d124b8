import { describe, expect, it } from 'vitest';
import { createBatches } from '../../src/discord/batches.ts';

/** Longer than any test. */
const LONG = 600_000;

/** Batches, and what was dealt with, a line each. */
function someBatches(patience: { quietMs: number; longestMs: number }) {
  const stopping = new AbortController();
  const dealt: string[] = [];
  const add = createBatches<number>(patience, stopping.signal, async (key, items) => {
    dealt.push(`${key}: ${items.join(' ')}`);
  });
  return { add, dealt, stop: () => stopping.abort() };
}

describe('a batch', () => {
  it('holds what came under its key, in order', async () => {
    const { add, dealt } = someBatches({ quietMs: 10, longestMs: LONG });
    await Promise.all([add('a', 1), add('b', 2), add('a', 3)]);
    expect(dealt.toSorted()).toEqual(['a: 1 3', 'b: 2']);
  });

  it('is followed by another one', async () => {
    const { add, dealt } = someBatches({ quietMs: 1, longestMs: LONG });
    await add('a', 1);
    await add('a', 2);
    expect(dealt).toEqual(['a: 1', 'a: 2']);
  });

  it('is complete in the end, whatever still comes', async () => {
    const { add, dealt } = someBatches({ quietMs: LONG, longestMs: 1 });
    await Promise.all([add('a', 1), add('a', 2)]);
    expect(dealt).toEqual(['a: 1 2']);
  });

  it('is dealt with at once when it is over, and so is what comes then', async () => {
    const { add, dealt, stop } = someBatches({ quietMs: LONG, longestMs: LONG });
    const waiting = [add('a', 1), add('b', 2)];
    stop();
    await Promise.all(waiting);
    await add('a', 3);
    expect(dealt).toEqual(['a: 1', 'b: 2', 'a: 3']);
  });
});

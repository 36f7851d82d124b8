import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pauseBefore } from '../../src/core/backoff.ts';

const shortest = () => 0;
const longest = () => 1 - Number.EPSILON;

describe('pauseBefore', () => {
  it.each([
    { retry: 1, from: 2000, to: 4000 },
    { retry: 2, from: 4000, to: 8000 },
    { retry: 3, from: 8000, to: 16_000 },
    { retry: 5, from: 30_000, to: 60_000 },
    { retry: 2000, from: 30_000, to: 60_000 },
  ])('waits $from to $to ms before retry $retry', ({ retry, from, to }) => {
    expect(pauseBefore(retry, { baseMs: 2000, random: shortest })).toBe(from);
    expect(pauseBefore(retry, { baseMs: 2000, random: longest })).toBe(to);
    expect(pauseBefore(retry, { baseMs: 2000, random: () => 0.5 })).toBe((from + to) / 2);
  });

  it('never waits longer than a minute, even where the base is longer', () => {
    expect(pauseBefore(1, { baseMs: 600_000, random: longest })).toBe(60_000);
  });

  it('never waits shorter than the time before, whatever chance says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (retry, baseMs, chance) => {
          const pause = pauseBefore(retry + 1, { baseMs, random: () => chance });
          expect(pause).toBeGreaterThanOrEqual(pauseBefore(retry, { baseMs, random: () => chance }));
          expect(pause).toBeGreaterThanOrEqual(baseMs);
          expect(pause).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});

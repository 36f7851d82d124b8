import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mayGoAt,
  scheduled,
  stillCounting,
  unscheduled,
  type BucketState,
  type BucketUse,
  type Lane,
} from '../../src/core/pace.ts';

const SLOT = 1000;
const FREE: BucketState = { limit: 10, windowMs: 10 * SLOT, remaining: 10, resetAt: new Date(0) };
const NOW = 100_000;

function aUse(parts: Partial<BucketUse> = {}): BucketUse {
  return { underWay: 0, answeredAt: [], lastDueAt: -Infinity, ...parts };
}

/** So many answers, one just now and the others a slot apart before it. */
function answers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => NOW - (count - 1 - index) * SLOT);
}

function goesNow(lane: Lane, state: BucketState | null, use: BucketUse): boolean {
  return mayGoAt(lane, state, use) <= NOW;
}

describe('when a write may go', () => {
  it('lets one at a time go while nothing is told', () => {
    expect(goesNow('bulk', null, aUse())).toBe(true);
    expect(mayGoAt('interactive', null, aUse({ underWay: 1 }))).toBe(Infinity);
    expect(goesNow('interactive', null, aUse({ answeredAt: [NOW] }))).toBe(true);
  });

  it('never lets more go than the limit: those answered within a window and those under way', () => {
    expect(goesNow('interactive', FREE, aUse({ answeredAt: answers(9) }))).toBe(true);
    expect(mayGoAt('interactive', FREE, aUse({ answeredAt: answers(10) }))).toBe(NOW + SLOT + 1);
    expect(mayGoAt('interactive', FREE, aUse({ answeredAt: answers(5), underWay: 5 }))).toBe(NOW - 4 * SLOT + 10_001);
    expect(mayGoAt('interactive', FREE, aUse({ underWay: 10 }))).toBe(Infinity);
  });

  it('waits for the reset that Discord told when no place remains but those of writes under way', () => {
    const told = { ...FREE, remaining: 1, resetAt: new Date(NOW + 5000) };
    expect(goesNow('interactive', told, aUse())).toBe(true);
    expect(mayGoAt('interactive', told, aUse({ underWay: 1 }))).toBe(NOW + 5000);
    expect(mayGoAt('bulk', { ...told, remaining: 0 }, aUse())).toBe(NOW + 5000);
    expect(goesNow('bulk', { ...told, remaining: 0, resetAt: new Date(NOW) }, aUse())).toBe(true);
  });

  it('spreads bulk writes evenly over the window', () => {
    const use = aUse({ lastDueAt: NOW });
    expect(mayGoAt('bulk', FREE, use)).toBe(NOW + SLOT);
    expect(mayGoAt('bulk', { ...FREE, limit: 5 }, use)).toBe(NOW + 2 * SLOT);
    expect(goesNow('interactive', FREE, use)).toBe(true);
  });

  it('lets events come in a burst of half the limit, and leaves a person a place of the window', () => {
    expect(goesNow('event', FREE, aUse({ lastDueAt: NOW + 3 * SLOT, answeredAt: answers(4) }))).toBe(true);
    expect(mayGoAt('event', FREE, aUse({ lastDueAt: NOW + 4 * SLOT, answeredAt: answers(5) }))).toBe(NOW + SLOT);
    expect(mayGoAt('event', FREE, aUse({ lastDueAt: NOW, answeredAt: answers(9) }))).toBe(NOW + SLOT);
    expect(goesNow('event', FREE, aUse({ lastDueAt: NOW - SLOT, answeredAt: answers(9) }))).toBe(true);
    expect(goesNow('event', { ...FREE, limit: 1, remaining: 1 }, aUse())).toBe(true);
  });

  it('lets everything go where there is no limit', () => {
    const unlimited = { limit: Infinity, windowMs: 0, remaining: Infinity, resetAt: new Date(0) };
    const use = aUse({ underWay: 500, answeredAt: answers(500), lastDueAt: NOW });
    for (const lane of ['interactive', 'event', 'bulk'] as const) expect(goesNow(lane, unlimited, use)).toBe(true);
  });

  it('is never later for a person than for an event, nor for an event than for bulk work', () => {
    const state = fc.record({
      limit: fc.integer({ min: 1, max: 20 }),
      windowMs: fc.integer({ min: 1, max: 20_000 }),
      remaining: fc.integer({ min: 0, max: 20 }),
      resetAt: fc.integer({ min: NOW - 10_000, max: NOW + 10_000 }).map((at) => new Date(at)),
    });
    const use = fc.record({
      underWay: fc.nat(12),
      answeredAt: fc.array(fc.integer({ min: NOW - 20_000, max: NOW })).map((times) => times.sort((a, b) => a - b)),
      lastDueAt: fc.oneof(fc.integer({ min: NOW - 20_000, max: NOW + 20_000 }), fc.constant(-Infinity)),
    });
    fc.assert(
      fc.property(fc.option(state), use, (told, used) => {
        const [person, event, bulk] = (['interactive', 'event', 'bulk'] as const).map((lane) =>
          mayGoAt(lane, told, used),
        );
        expect(person).toBeLessThanOrEqual(event ?? Number.NaN);
        expect(event).toBeLessThanOrEqual(bulk ?? Number.NaN);
      }),
    );
  });
});

describe('the even schedule', () => {
  it('begins with the first write, and anew after a pause', () => {
    expect(scheduled(FREE, aUse(), NOW)).toBe(NOW);
    expect(scheduled(FREE, aUse({ lastDueAt: NOW - 20 * SLOT }), NOW)).toBe(NOW);
    expect(scheduled(null, aUse({ lastDueAt: NOW - SLOT }), NOW)).toBe(NOW);
  });

  it('stands, so that lateness does not add up: up to half a slot of it is made up for', () => {
    expect(scheduled(FREE, aUse({ lastDueAt: NOW - SLOT - 3 }), NOW)).toBe(NOW - 3);
    expect(scheduled(FREE, aUse({ lastDueAt: NOW - SLOT - 800 }), NOW)).toBe(NOW - 500);
    expect(scheduled({ ...FREE, windowMs: 20 }, aUse({ lastDueAt: NOW - 10 }), NOW)).toBe(NOW - 5);
  });

  it('moves on with what goes out of turn, and back with what did not go after all', () => {
    const ahead = scheduled(FREE, aUse({ lastDueAt: NOW }), NOW);
    expect(ahead).toBe(NOW + SLOT);
    expect(unscheduled(FREE, { lastDueAt: ahead })).toBe(NOW);
    expect(unscheduled(null, { lastDueAt: NOW })).toBe(NOW);
  });
});

describe('answers that still count', () => {
  it('are those of the last window, a rounded millisecond included', () => {
    expect(stillCounting(FREE, [NOW - 10_001, NOW - 10_000, NOW], NOW)).toEqual([NOW - 10_000, NOW]);
  });
});

import { describe, expect, it } from 'vitest';
import { isOvertaken, isPushWorthKeeping, isSurelyNewer, type LastPush } from '../../src/core/push-order.ts';

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);
const last = (signedMs: number): LastPush => ({ signedAt: at(signedMs), takenAt: at(signedMs + 300) });

describe('facts that a host pushes', () => {
  it.each([
    { name: 'are, when nothing was said before', signed: 5_000, asked: 0, newer: true },
    { name: 'are, signed in a later second than the last', signed: 5_000, push: 4_000, asked: 0, newer: true },
    { name: 'may not be, in the same second', signed: 5_000, push: 5_000, asked: 0, newer: false },
    { name: 'are not, signed before the last', signed: 5_000, push: 6_000, asked: 0, newer: false },
    { name: 'are, when the host was asked at that moment', signed: 5_000, asked: 5_000, newer: true },
    {
      name: 'may not be, when it was asked within that second',
      signed: 5_000,
      push: 4_000,
      asked: 5_001,
      newer: false,
    },
  ])('are surely newer or not: they $name', ({ signed, push, asked, newer }) => {
    expect(isSurelyNewer(at(signed), push === undefined ? undefined : last(push), at(asked))).toBe(newer);
  });

  it('are overtaken by what was signed later', () => {
    expect(isOvertaken(at(5_000), undefined)).toBe(false);
    expect(isOvertaken(at(5_000), last(5_000))).toBe(false);
    expect(isOvertaken(at(4_000), last(5_000))).toBe(true);
  });

  it('are remembered as long as older ones can come', () => {
    const push = last(0);
    expect(isPushWorthKeeping(push, at(600_300))).toBe(true);
    expect(isPushWorthKeeping(push, at(600_301))).toBe(false);
  });
});

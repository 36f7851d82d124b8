import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf, anyOf, type Facts, factsKey, not, sourceOf, type Truth } from '../../src/core/facts.ts';
import { agedFacts } from '../support/core-arbitraries.ts';
import { at, everyCaseOf, factsOf, gone, inGroups, known, silent } from '../support/core-worlds.ts';

const truths: readonly Truth[] = ['true', 'false', 'unknown'];
const pairs = everyCaseOf({ a: truths, b: truths });

describe('allOf', () => {
  it.each<{ name: string; values: Truth[]; result: Truth }>([
    { name: 'is true of nothing', values: [], result: 'true' },
    { name: 'is true when all are true', values: ['true', 'true'], result: 'true' },
    { name: 'is false when one is false, whoever is silent before it', values: ['unknown', 'false'], result: 'false' },
    { name: 'is false when one is false, whoever is silent after it', values: ['false', 'unknown'], result: 'false' },
    { name: 'is unknown when one is unknown and none false', values: ['true', 'unknown', 'true'], result: 'unknown' },
  ])('$name', ({ values, result }) => expect(allOf(values)).toBe(result));
});

describe('anyOf', () => {
  it.each<{ name: string; values: Truth[]; result: Truth }>([
    { name: 'is false of nothing', values: [], result: 'false' },
    { name: 'is false when all are false', values: ['false', 'false'], result: 'false' },
    { name: 'is true when one is true, whoever is silent before it', values: ['unknown', 'true'], result: 'true' },
    { name: 'is true when one is true, whoever is silent after it', values: ['true', 'unknown'], result: 'true' },
    { name: 'is unknown when one is unknown and none true', values: ['false', 'unknown', 'false'], result: 'unknown' },
  ])('$name', ({ values, result }) => expect(anyOf(values)).toBe(result));
});

describe('the three values together', () => {
  it('turn into each other as De Morgan says, for every pair', () => {
    for (const { a, b } of pairs) {
      expect(not(allOf([a, b]))).toBe(anyOf([not(a), not(b)]));
      expect(not(anyOf([a, b]))).toBe(allOf([not(a), not(b)]));
    }
  });

  it('do not mind the order, for every pair', () => {
    for (const { a, b } of pairs) {
      expect(allOf([a, b])).toBe(allOf([b, a]));
      expect(anyOf([a, b])).toBe(anyOf([b, a]));
    }
  });

  it('know that not turns true and false round and leaves unknown', () => {
    expect(truths.map(not)).toEqual(['false', 'true', 'unknown']);
  });
});

describe('sourceOf', () => {
  it.each([
    { name: 'a plain id is local', groupId: 'pilots', source: 'local' },
    { name: 'a prefix names the source', groupId: 'http:pilots', source: 'http' },
    { name: 'only the first colon counts', groupId: 'http:corp:pilots', source: 'http' },
    { name: 'a leading colon names no source at all', groupId: ':pilots', source: '' },
  ])('$name', ({ groupId, source }) => expect(sourceOf(groupId)).toBe(source));
});

describe('factsKey', () => {
  it.each<{ name: string; a: Facts; b: Facts }>([
    { name: 'other groups', a: inGroups('g'), b: inGroups('h') },
    { name: 'one group more', a: inGroups('g'), b: inGroups('g', 'h') },
    { name: 'a group of two names, and two groups', a: inGroups('g","h'), b: inGroups('g', 'h') },
    { name: 'other characters', a: factsOf({ local: known([]) }), b: factsOf({ local: known([], { characters: 0 }) }) },
    {
      name: 'other permissions',
      a: factsOf({ local: known([], { permissions: ['fly'] }) }),
      b: factsOf({ local: known([], { permissions: ['dock'] }) }),
    },
    {
      name: 'a group, and a permission of the same name',
      a: factsOf({ local: known(['fly'], { permissions: [] }) }),
      b: factsOf({ local: known([], { permissions: ['fly'] }) }),
    },
    { name: 'another age', a: factsOf({ local: known([]) }), b: factsOf({ local: known([], { asOf: at(-1) }) }) },
    { name: 'no age at all', a: factsOf({ local: silent(at(0)) }), b: factsOf({ local: silent() }) },
    { name: 'silence instead of an answer', a: factsOf({ local: known([]) }), b: factsOf({ local: silent(at(0)) }) },
    { name: 'somebody forgotten', a: factsOf({ local: known([]) }), b: factsOf({ local: gone(at(0)) }) },
    { name: 'another source', a: factsOf({ local: gone() }), b: factsOf({ http: gone() }) },
    { name: 'a source that never spoke', a: new Map(), b: factsOf({ local: silent() }) },
  ])('tells apart: $name', ({ a, b }) => expect(factsKey(a)).not.toBe(factsKey(b)));

  it.each<{ name: string; a: Facts; b: Facts }>([
    { name: 'the order of the groups', a: inGroups('g', 'h'), b: inGroups('h', 'g') },
    {
      name: 'the order of the permissions',
      a: factsOf({ local: known([], { permissions: ['fly', 'dock'] }) }),
      b: factsOf({ local: known([], { permissions: ['dock', 'fly'] }) }),
    },
    {
      name: 'the name and the ticker, which decide no role',
      a: factsOf({ local: known([], { name: 'Ann', ticker: 'CORP' }) }),
      b: factsOf({ local: known([]) }),
    },
  ])('does not mind: $name', ({ a, b }) => expect(factsKey(a)).toBe(factsKey(b)));

  it('is the same only for facts of which every part that decides is the same, whatever they are called', () => {
    fc.assert(
      fc.property(agedFacts, agedFacts, (a, b) => {
        expect(factsKey(structuredClone(a))).toBe(factsKey(a));
        if (factsKey(a) === factsKey(b)) expect(deciding(a)).toEqual(deciding(b));
        else expect(deciding(a)).not.toEqual(deciding(b));
      }),
      { numRuns: 5000 },
    );
  });
});

/** The facts without what decides no role: names, tickers, and why a source is silent. */
function deciding(facts: Facts) {
  return [...facts].map(([source, answer]) => {
    const { status, asOf } = answer;
    if (status !== 'known') return { source, status, asOf };
    const { groupIds, characters = null, permissions = null } = answer;
    return { source, status, asOf, groupIds, characters, permissions };
  });
}

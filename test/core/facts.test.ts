import { describe, expect, it } from 'vitest';
import { allOf, anyOf, not, sourceOf, type Truth } from '../../src/core/facts.ts';
import { everyCaseOf } from '../support/core-worlds.ts';

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

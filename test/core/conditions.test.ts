import { describe, expect, it } from 'vitest';
import { checkConditions, conditionHolds } from '../../src/core/conditions.ts';
import { allOf, type Facts, type Truth } from '../../src/core/facts.ts';
import type { Conditions } from '../../src/core/mapping.ts';
import { aMapping, at, factsOf, gone, inGroups, known, NOW, silent } from '../support/core-worlds.ts';

interface Situation {
  name: string;
  conditions?: Partial<Conditions>;
  facts: Facts;
  result: Truth;
}

function resultOf({ conditions = {}, facts }: Pick<Situation, 'conditions' | 'facts'>): Truth {
  const mapping = aMapping({ conditions });
  const holds = conditionHolds(mapping, facts);
  expect(allOf(checkConditions(mapping, facts).map(({ value }) => value))).toBe(holds);
  return holds;
}

const silentLocal = factsOf({ local: silent() });

describe('groups', () => {
  it.each<Situation>([
    { name: 'a member of the group holds', facts: inGroups('g'), result: 'true' },
    { name: 'somebody in no group does not', facts: inGroups(), result: 'false' },
    { name: 'an empty answer is an answer', facts: factsOf({ local: known([]), http: silent() }), result: 'false' },
    { name: 'a silent source leaves it open', facts: silentLocal, result: 'unknown' },
    { name: 'a source that never spoke leaves it open', facts: factsOf({ http: known([]) }), result: 'unknown' },
    { name: 'somebody whom the source no longer knows does not', facts: factsOf({ local: gone() }), result: 'false' },
    { name: 'any of several is enough', conditions: { groups: ['h'] }, facts: inGroups('h'), result: 'true' },
    {
      name: 'any of several is enough while another source is silent',
      conditions: { groups: ['http:x'] },
      facts: factsOf({ local: known(['g']), http: silent() }),
      result: 'true',
    },
    {
      name: 'none of several is open while the source of one is silent',
      conditions: { groups: ['http:x'] },
      facts: factsOf({ local: known([]), http: silent() }),
      result: 'unknown',
    },
    {
      name: 'with require_all one of two is too little',
      conditions: { requireAll: true, groups: ['h'] },
      facts: inGroups('g'),
      result: 'false',
    },
    {
      name: 'with require_all the group of the mapping counts as well',
      conditions: { requireAll: true, groups: ['h'] },
      facts: inGroups('h'),
      result: 'false',
    },
    {
      name: 'with require_all both do',
      conditions: { requireAll: true, groups: ['h'] },
      facts: inGroups('g', 'h'),
      result: 'true',
    },
    {
      name: 'with require_all a missing one decides although another source is silent',
      conditions: { requireAll: true, groups: ['http:x'] },
      facts: factsOf({ local: known([]), http: silent() }),
      result: 'false',
    },
    {
      name: 'groups of two sources count together',
      conditions: { requireAll: true, groups: ['http:x'] },
      facts: factsOf({ local: known(['g']), http: known(['http:x']) }),
      result: 'true',
    },
    {
      name: 'a source cannot speak for the groups of another',
      facts: factsOf({ local: known([]), http: known(['g']) }),
      result: 'false',
    },
  ])('$name', (situation) => expect(resultOf(situation)).toBe(situation.result));
});

describe('excluded groups', () => {
  const conditions = { excludedGroups: ['h', 'http:x'] };
  it.each<Situation>([
    {
      name: 'somebody in none of them holds',
      facts: factsOf({ local: known(['g']), http: known([]) }),
      result: 'true',
    },
    {
      name: 'one of them is enough to fail',
      facts: factsOf({ local: known(['g', 'h']), http: known([]) }),
      result: 'false',
    },
    {
      name: 'a silent source leaves it open',
      facts: factsOf({ local: known(['g']), http: silent() }),
      result: 'unknown',
    },
    {
      name: 'one that is known to apply decides while another source is silent',
      facts: factsOf({ local: known(['g', 'h']), http: silent() }),
      result: 'false',
    },
    {
      name: 'a source that has forgotten him excludes nobody',
      facts: factsOf({ local: known(['g']), http: gone() }),
      result: 'true',
    },
  ])('$name', (situation) => expect(resultOf({ ...situation, conditions })).toBe(situation.result));
});

/** He has so many characters, and perhaps more. */
function atLeast(characters: number): Facts {
  return factsOf({ local: known(['g'], { characters }), http: silent() });
}

describe('character count', () => {
  const local = known(['g']);
  const counted = (characters: number): Facts => factsOf({ local, http: known([], { characters }) });
  it.each<Situation>([
    {
      name: 'the lower bound itself is enough',
      conditions: { characterCountMin: 2 },
      facts: counted(2),
      result: 'true',
    },
    { name: 'one below it is too few', conditions: { characterCountMin: 2 }, facts: counted(1), result: 'false' },
    {
      name: 'the upper bound itself is allowed',
      conditions: { characterCountMax: 2 },
      facts: counted(2),
      result: 'true',
    },
    { name: 'one above it is too many', conditions: { characterCountMax: 2 }, facts: counted(3), result: 'false' },
    { name: 'a bound of 0 is a bound', conditions: { characterCountMax: 0 }, facts: counted(1), result: 'false' },
    {
      name: 'characters of two sources add up',
      conditions: { characterCountMin: 3, characterCountMax: 3 },
      facts: factsOf({ local: known(['g'], { characters: 1 }), http: known([], { characters: 2 }) }),
      result: 'true',
    },
    {
      name: 'nobody who counts means none',
      conditions: { characterCountMin: 1 },
      facts: factsOf({ local }),
      result: 'false',
    },
    {
      name: 'somebody gone has none',
      conditions: { characterCountMax: 0 },
      facts: factsOf({ local, http: gone() }),
      result: 'true',
    },
    {
      name: 'enough is enough while a source is silent',
      conditions: { characterCountMin: 3 },
      facts: atLeast(3),
      result: 'true',
    },
    {
      name: 'too few is open while a source is silent',
      conditions: { characterCountMin: 4 },
      facts: atLeast(3),
      result: 'unknown',
    },
    {
      name: 'too many is too many while a source is silent',
      conditions: { characterCountMax: 2 },
      facts: atLeast(3),
      result: 'false',
    },
    {
      name: 'few enough is open while a source is silent',
      conditions: { characterCountMax: 3 },
      facts: atLeast(3),
      result: 'unknown',
    },
  ])('$name', (situation) => expect(resultOf(situation)).toBe(situation.result));
});

describe('required permissions', () => {
  const conditions = { requiredPermissions: ['fly', 'dock'] };
  it.each<Situation>([
    {
      name: 'every one is needed, from whatever source',
      facts: factsOf({ local: known(['g'], { permissions: ['fly'] }), http: known([], { permissions: ['dock'] }) }),
      result: 'true',
    },
    {
      name: 'one of two is too little',
      facts: factsOf({ local: known(['g'], { permissions: ['fly'] }) }),
      result: 'false',
    },
    { name: 'a source without permissions gives none', facts: inGroups('g'), result: 'false' },
    {
      name: 'a missing one is open while a source is silent',
      facts: factsOf({ local: known(['g'], { permissions: ['fly'] }), http: silent() }),
      result: 'unknown',
    },
    {
      name: 'what one source says counts while another is silent',
      facts: factsOf({ local: known(['g'], { permissions: ['fly', 'dock'] }), http: silent() }),
      result: 'true',
    },
    { name: 'somebody gone has none', facts: factsOf({ local: known(['g']), http: gone() }), result: 'false' },
  ])('$name', (situation) => expect(resultOf({ ...situation, conditions })).toBe(situation.result));
});

describe('when no source has said anything', () => {
  it.each<{ name: string; conditions: Partial<Conditions> }>([
    { name: 'groups are open', conditions: {} },
    { name: 'excluded groups are open', conditions: { excludedGroups: ['h'] } },
    { name: 'a character count is open', conditions: { characterCountMin: 1 } },
    { name: 'an upper bound of characters is open', conditions: { characterCountMax: 1 } },
    { name: 'permissions are open', conditions: { requiredPermissions: ['fly'] } },
  ])('$name', ({ conditions }) => expect(resultOf({ conditions, facts: new Map() })).toBe('unknown'));
});

describe('what a check tells', () => {
  it('lists no condition that the mapping does not have', () => {
    expect(checkConditions(aMapping(), inGroups('g'))).toEqual([
      { kind: 'groups', value: 'true', requireAll: false, groups: [{ groupId: 'g', isMember: 'true', asOf: NOW }] },
    ]);
  });

  it('tells each condition, its result and the age of the facts behind it', () => {
    const conditions = {
      requireAll: true,
      groups: ['http:x', 'other:z'],
      excludedGroups: ['h'],
      characterCountMin: 2,
      characterCountMax: 5,
      requiredPermissions: ['fly'],
    };
    const facts = factsOf({
      local: known(['g'], { characters: 1, permissions: ['fly'], asOf: at(-10) }),
      http: silent(at(-7200)),
    });
    expect(checkConditions(aMapping({ conditions }), facts)).toEqual([
      {
        kind: 'groups',
        value: 'unknown',
        requireAll: true,
        groups: [
          { groupId: 'g', isMember: 'true', asOf: at(-10) },
          { groupId: 'http:x', isMember: 'unknown', asOf: at(-7200) },
          { groupId: 'other:z', isMember: 'unknown', asOf: null },
        ],
      },
      { kind: 'excluded_groups', value: 'true', groups: [{ groupId: 'h', isMember: 'false', asOf: at(-10) }] },
      { kind: 'character_count', value: 'unknown', min: 2, max: 5, count: 1, isExact: false, asOf: at(-7200) },
      { kind: 'required_permission', value: 'true', permission: 'fly', asOf: at(-7200) },
    ]);
  });

  it.each([
    { name: 'the oldest answer gives the age, when it comes first', ages: [at(-20), at(-10)], asOf: at(-20) },
    { name: 'the oldest answer gives the age, when it comes last', ages: [at(-10), at(-20)], asOf: at(-20) },
    { name: 'a source that never answered leaves no age', ages: [at(-10), null], asOf: null },
  ])('$name', ({ ages: [first, second], asOf }) => {
    const facts = factsOf({ local: silent(first ?? null), http: silent(second ?? null) });
    const [, characters] = checkConditions(aMapping({ conditions: { characterCountMin: 1 } }), facts);
    expect(characters).toMatchObject({ kind: 'character_count', asOf });
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf, type Facts, type SourceAnswer, type Truth } from '../../src/core/facts.ts';
import type { Mapping } from '../../src/core/mapping.ts';
import { decideRoles, rankMappings } from '../../src/core/verdict.ts';
import { completeFacts, factsAndLess, someFacts, someMappings } from '../support/core-arbitraries.ts';
import { aMapping, at, factsOf, inGroups, known, silent } from '../support/core-worlds.ts';

/** `role: value` for every role that is decided. */
function verdictsOf(mappings: readonly Mapping[], facts: Facts | null, unusable: string[] = []): Record<string, Truth> {
  const verdicts = decideRoles(rankMappings(mappings), facts, new Set(unusable));
  return Object.fromEntries([...verdicts].map(([roleId, { value }]) => [roleId, value]));
}

describe('rankMappings', () => {
  it.each([
    { name: 'puts the higher priority first', a: { priority: 1 }, b: { priority: 2 }, order: 'ba' },
    {
      name: 'puts the older one first at equal priority',
      a: { createdAt: at(0) },
      b: { createdAt: at(-1) },
      order: 'ba',
    },
    {
      name: 'looks at priority before age',
      a: { priority: 1, createdAt: at(0) },
      b: { createdAt: at(-1) },
      order: 'ab',
    },
    { name: 'goes by id when all else is equal', a: {}, b: {}, order: 'ab' },
    { name: 'leaves out what is not active', a: { isActive: false }, b: {}, order: 'b' },
  ])('$name', ({ a, b, order }) => {
    const mappings = [aMapping({ ...a, id: 'a' }), aMapping({ ...b, id: 'b' })];
    for (const given of [mappings, mappings.toReversed()]) {
      expect(
        rankMappings(given)
          .map(({ id }) => id)
          .join(''),
      ).toBe(order);
    }
  });
});

function forR(id: string, groupId: string): Mapping {
  return aMapping({ id, groupId, roleId: 'r' });
}

describe('decideRoles', () => {
  it.each<{ name: string; facts: Facts | null; value: Truth }>([
    { name: 'gives a role that one of two mappings gives', facts: inGroups('h'), value: 'true' },
    { name: 'gives no role that neither of two mappings gives', facts: inGroups('i'), value: 'false' },
    {
      name: 'is open while one of two is open and the other false',
      facts: factsOf({ local: silent() }),
      value: 'unknown',
    },
    { name: 'gives nothing to somebody who is not linked', facts: null, value: 'false' },
  ])('$name', ({ facts, value }) => {
    expect(verdictsOf([forR('a', 'g'), forR('b', 'h')], facts)).toEqual({ r: value });
  });

  it('takes nothing for true or false of a mapping whose group is missing', () => {
    expect(verdictsOf([forR('a', 'g')], inGroups('g'), ['a'])).toEqual({ r: 'unknown' });
    expect(verdictsOf([forR('a', 'g')], inGroups(), ['a'])).toEqual({ r: 'unknown' });
  });

  it('lets another mapping give the role of one whose group is missing', () => {
    expect(verdictsOf([forR('a', 'g'), forR('b', 'h')], inGroups('h'), ['a'])).toEqual({ r: 'true' });
  });

  it('says nothing of a role that only an inactive mapping names', () => {
    expect(verdictsOf([aMapping({ isActive: false })], inGroups('g'))).toEqual({});
  });

  it('names every active mapping of a role, with what it says and the checks behind it', () => {
    const verdict = decideRoles(rankMappings([forR('a', 'g'), forR('b', 'h')]), inGroups('g')).get('r');
    expect(verdict?.roleId).toBe('r');
    expect(
      verdict?.mappings.map(({ mapping, holds, value, settledBy }) => [mapping.id, holds, value, settledBy]),
    ).toEqual([
      ['a', 'true', 'true', null],
      ['b', 'false', 'false', null],
    ]);
    expect(verdict?.mappings.map(({ checks }) => checks.map(({ kind, value }) => [kind, value]))).toEqual([
      [['groups', 'true']],
      [['groups', 'false']],
    ]);
  });
});

/** Role 1 counts most; its group may be in another source, which may be silent. */
function inSet(rank: number, groupId: string): Mapping {
  return aMapping({ id: `m${rank}`, roleId: `${rank}`, groupId, priority: 10 - rank, exclusiveSet: 'rank' });
}

function locally(...groups: string[]): SourceAnswer {
  return known(groups);
}

/** For each mapping that names a role first: what it holds by itself, and who settled it otherwise. */
function settlements(mappings: readonly Mapping[], facts: Facts): [Truth | undefined, string | null][] {
  const verdicts = [...decideRoles(rankMappings(mappings), facts).values()];
  return verdicts.map(({ mappings: [one] }) => [one?.holds, one?.settledBy?.id ?? null]);
}

describe('an exclusive set', () => {
  const set = [inSet(3, 'i'), inSet(1, 'g'), inSet(2, 'http:x')];
  const yes = known(['http:x']);
  const no = known([]);

  it.each<{ name: string; facts: Facts; values: string }>([
    {
      name: 'gives the highest of those that hold',
      facts: factsOf({ local: locally('g', 'i'), http: yes }),
      values: 'TFF',
    },
    {
      name: 'gives the next one when the highest does not hold',
      facts: factsOf({ local: locally('i'), http: yes }),
      values: 'FTF',
    },
    { name: 'gives the lowest when it alone holds', facts: factsOf({ local: locally('i'), http: no }), values: 'FFT' },
    { name: 'gives none when none holds', facts: factsOf({ local: locally(), http: no }), values: 'FFF' },
    {
      name: 'stays as it is while a higher one is open',
      facts: factsOf({ local: locally('i'), http: silent() }),
      values: '???',
    },
    {
      name: 'is settled by the highest, however open a lower one is',
      facts: factsOf({ local: locally('g'), http: silent() }),
      values: 'TFF',
    },
    { name: 'stays as it is when no source has said anything', facts: new Map(), values: '???' },
  ])('$name', ({ facts, values }) => {
    const letters = { true: 'T', false: 'F', unknown: '?' };
    const verdicts = verdictsOf(set, facts);
    expect(['1', '2', '3'].map((roleId) => letters[verdicts[roleId] ?? 'unknown']).join('')).toBe(values);
  });

  it('gives nothing at all to somebody who is not linked', () => {
    expect(verdictsOf(set, null)).toEqual({ 1: 'false', 2: 'false', 3: 'false' });
  });

  it('tells who settled it, where that changed something', () => {
    expect(settlements(set, factsOf({ local: locally('g', 'i'), http: no }))).toEqual([
      ['true', null],
      ['false', null],
      ['true', 'm1'],
    ]);
    expect(settlements(set, factsOf({ local: locally('i'), http: silent() }))).toEqual([
      ['false', 'm2'],
      ['unknown', null],
      ['true', 'm2'],
    ]);
  });

  it('prefers the older one at equal priority', () => {
    const young = aMapping({ id: 'young', roleId: 'y', exclusiveSet: 'rank', createdAt: at(0) });
    const old = aMapping({ id: 'old', roleId: 'o', exclusiveSet: 'rank', createdAt: at(-1) });
    expect(verdictsOf([young, old], inGroups('g'))).toEqual({ o: 'true', y: 'false' });
  });

  it('has no say over another set, nor over mappings without one', () => {
    const one = aMapping({ id: 'one', roleId: '1', exclusiveSet: 'rank' });
    const other = aMapping({ id: 'other', roleId: '2', exclusiveSet: 'wing' });
    const free = aMapping({ id: 'free', roleId: '3' });
    const freeToo = aMapping({ id: 'free too', roleId: '4' });
    expect(verdictsOf([one, other, free, freeToo], inGroups('g'))).toEqual({
      1: 'true',
      2: 'true',
      3: 'true',
      4: 'true',
    });
  });

  it('keeps a role that the winner and a loser both give', () => {
    const winner = aMapping({ id: 'winner', groupId: 'g', priority: 1, exclusiveSet: 'rank' });
    const loser = aMapping({ id: 'loser', groupId: 'h', exclusiveSet: 'rank' });
    expect(verdictsOf([winner, loser], inGroups('g', 'h'))).toEqual({ r: 'true' });
    expect(verdictsOf([winner, loser], inGroups('h'))).toEqual({ r: 'true' });
  });
});

describe('the laws of verdicts', () => {
  it('agree with a plain reading of the conditions when every source has answered', () => {
    fc.assert(
      fc.property(someMappings(), completeFacts, (mappings, facts) => {
        expect(verdictsOf(mappings, facts)).toEqual(plainReading(mappings, facts));
      }),
      { numRuns: 1000 },
    );
  });

  it('rest on checks that together say what each mapping holds, whatever is silent', () => {
    fc.assert(
      fc.property(someMappings(), someFacts, (mappings, facts) => {
        const said = [...decideRoles(rankMappings(mappings), facts).values()].flatMap((verdict) => verdict.mappings);
        for (const { holds, checks } of said) expect(allOf(checks.map(({ value }) => value))).toBe(holds);
      }),
      { numRuns: 1000 },
    );
  });

  it('are never reversed when a silent source speaks: what was true or false stays so', () => {
    fc.assert(
      fc.property(someMappings(), factsAndLess, (mappings, { complete, partial }) => {
        const later = verdictsOf(mappings, complete);
        for (const [roleId, value] of Object.entries(verdictsOf(mappings, partial))) {
          if (value !== 'unknown') expect(later[roleId]).toBe(value);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('are never open when every source has answered', () => {
    fc.assert(
      fc.property(someMappings(), completeFacts, (mappings, facts) => {
        expect(Object.values(verdictsOf(mappings, facts))).not.toContain('unknown');
      }),
    );
  });

  it('are all open or false when every source is silent: nobody is given a role for nothing', () => {
    const silence = factsOf({ local: silent(), http: silent() });
    fc.assert(
      fc.property(someMappings(), (mappings) => {
        expect(Object.values(verdictsOf(mappings, silence))).not.toContain('true');
      }),
    );
  });

  it('let at most one mapping of an exclusive set be true', () => {
    fc.assert(
      fc.property(someMappings(), someFacts, (mappings, facts) => {
        const said = [...decideRoles(rankMappings(mappings), facts).values()].flatMap((verdict) => verdict.mappings);
        for (const set of ['rank', 'wing']) {
          const winners = said.filter(({ mapping, value }) => mapping.exclusiveSet === set && value === 'true');
          expect(winners.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order in which the mappings are stored', () => {
    fc.assert(
      fc.property(someMappings(), someFacts, (mappings, facts) => {
        expect(verdictsOf(mappings.toReversed(), facts)).toEqual(verdictsOf(mappings, facts));
      }),
    );
  });
});

/** The same decision in two values, read straight off the words of the spec. */
function plainReading(mappings: readonly Mapping[], facts: Facts): Record<string, Truth> {
  const answers = [...facts.values()].filter((answer) => answer.status === 'known');
  const groups = new Set(answers.flatMap(({ groupIds }) => [...groupIds]));
  const permissions = new Set(answers.flatMap((answer) => [...(answer.permissions ?? [])]));
  const characters = answers.reduce((sum, answer) => sum + (answer.characters ?? 0), 0);
  const holds = ({ groupId, conditions }: Mapping): boolean => {
    const wanted = [groupId, ...conditions.groups];
    return (
      (conditions.requireAll ? wanted.every((id) => groups.has(id)) : wanted.some((id) => groups.has(id))) &&
      !conditions.excludedGroups.some((id) => groups.has(id)) &&
      characters >= (conditions.characterCountMin ?? 0) &&
      characters <= (conditions.characterCountMax ?? Infinity) &&
      conditions.requiredPermissions.every((permission) => permissions.has(permission))
    );
  };
  const active = mappings.filter(({ isActive }) => isActive);
  const isBeaten = (mapping: Mapping): boolean =>
    active.some(
      (rival) =>
        mapping.exclusiveSet !== null &&
        rival.exclusiveSet === mapping.exclusiveSet &&
        holds(rival) &&
        (rival.priority > mapping.priority ||
          (rival.priority === mapping.priority &&
            (rival.createdAt < mapping.createdAt ||
              (+rival.createdAt === +mapping.createdAt && rival.id < mapping.id)))),
    );
  const verdicts: Record<string, Truth> = {};
  for (const mapping of active) {
    if (holds(mapping) && !isBeaten(mapping)) verdicts[mapping.roleId] = 'true';
    else verdicts[mapping.roleId] ??= 'false';
  }
  return verdicts;
}

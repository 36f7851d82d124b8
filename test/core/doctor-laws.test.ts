import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { examineMapping, isNeverTrue, saysTheSame } from '../../src/core/doctor.ts';
import type { Facts, Truth } from '../../src/core/facts.ts';
import type { Mapping } from '../../src/core/mapping.ts';
import { decideRoles, rankMappings } from '../../src/core/verdict.ts';
import { HTTP_GROUPS, LOCAL_GROUPS, someMappings } from '../support/core-arbitraries.ts';
import { everyCaseOf, factsOf, known, silent } from '../support/core-worlds.ts';

function subsetsOf(items: readonly string[]): string[][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return subsetsOf(rest).flatMap((set) => [set, [first, ...set]]);
}

/** Every answer that two sources can give in the small alphabets of the arbitraries. */
const allFacts: Facts[] = everyCaseOf({
  groups: subsetsOf(LOCAL_GROUPS),
  httpGroups: subsetsOf(HTTP_GROUPS),
  characters: [0, 1, 2, 3, 4, 5, 6],
  permissions: subsetsOf(['fly', 'dock']),
}).map(({ groups, httpGroups, characters, permissions }) =>
  factsOf({ local: known(groups, { characters }), http: known(httpGroups, { permissions }) }),
);

/** Some of them, with one source or the other silent. */
const partialFacts: Facts[] = allFacts
  .filter((_, index) => index % 21 === 0)
  .flatMap((facts) => ['local', 'http'].map((name) => new Map(facts).set(name, silent())));

/** What each mapping holds and, after its exclusive set was settled, says. */
function judged(mappings: readonly Mapping[], facts: Facts): Map<string, { holds: Truth; value: Truth }> {
  const said = [...decideRoles(rankMappings(mappings), facts).values()].flatMap((verdict) => verdict.mappings);
  return new Map(said.map(({ mapping, holds, value }) => [mapping.id, { holds, value }]));
}

const seldom = fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, fc.constant(true));

/** Two mappings that have most in common, so that one often implies the other. */
const relatives = someMappings({ minLength: 2, maxLength: 2 }).chain(([first, second]) =>
  fc
    .record({
      role: seldom,
      set: seldom,
      group: seldom,
      groups: seldom,
      rest: seldom,
      counts: seldom,
    })
    .map((differs): [Mapping, Mapping] => {
      if (!first || !second) throw new Error('two mappings were asked for');
      const [a, b] = [first.conditions, second.conditions];
      return [
        { ...first, isActive: true },
        {
          ...second,
          isActive: true,
          roleId: differs.role ? second.roleId : first.roleId,
          exclusiveSet: differs.set ? second.exclusiveSet : first.exclusiveSet,
          priority: differs.set ? second.priority : first.priority,
          groupId: differs.group ? second.groupId : first.groupId,
          conditions: {
            requireAll: differs.groups ? b.requireAll : a.requireAll,
            groups: differs.groups ? b.groups : a.groups,
            excludedGroups: differs.rest ? b.excludedGroups : a.excludedGroups,
            requiredPermissions: differs.rest ? b.requiredPermissions : a.requiredPermissions,
            characterCountMin: differs.counts ? b.characterCountMin : a.characterCountMin,
            characterCountMax: differs.counts ? b.characterCountMax : a.characterCountMax,
          },
        },
      ];
    }),
);

describe('the doctor is right, by brute force', () => {
  it('never_true: exactly when no facts make the mapping hold', () => {
    fc.assert(
      fc.property(someMappings({ maxLength: 1 }), ([mapping]) => {
        if (!mapping) return;
        const active = { ...mapping, isActive: true };
        const everHolds = allFacts.some((facts) => judged([active], facts).get(active.id)?.holds === 'true');
        expect(isNeverTrue(active)).toBe(!everHolds);
      }),
      { numRuns: 400 },
    );
  });

  it('shadowed: whenever the mapping holds, another one of its set wins, silent sources or not', () => {
    let found = 0;
    fc.assert(
      fc.property(relatives, (mappings) => {
        for (const mapping of mappings) {
          const findings = examineMapping(mapping, { guild: null, mappings, groupExists: () => true });
          if (!findings.some(({ code }) => code === 'shadowed')) continue;
          found += 1;
          for (const facts of [...allFacts, ...partialFacts]) {
            expect(judged(mappings, facts).get(mapping.id)?.value).not.toBe('true');
          }
        }
      }),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(20);
  });

  it('duplicate: both always agree, silent sources or not', () => {
    let found = 0;
    fc.assert(
      fc.property(relatives, ([a, b]) => {
        if (!saysTheSame(a, b)) return;
        found += 1;
        for (const facts of [...allFacts, ...partialFacts]) {
          const both = judged([a, b], facts);
          expect(both.get(a.id)?.holds).toBe(both.get(b.id)?.holds);
        }
      }),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(20);
  });

  it('duplicate: without the younger one every verdict stays what it was, whatever else is mapped', () => {
    let found = 0;
    fc.assert(
      fc.property(relatives, someMappings({ minLength: 0, maxLength: 2 }), (pair, more) => {
        const others = more.map((mapping) => ({ ...mapping, id: `other ${mapping.id}` }));
        const all = [...pair, ...others];
        const younger = pair.find((mapping) =>
          examineMapping(mapping, { guild: null, mappings: pair, groupExists: () => true }).some(
            ({ code }) => code === 'duplicate',
          ),
        );
        if (!younger) return;
        found += 1;
        const rest = all.filter((mapping) => mapping !== younger);
        for (const facts of [...allFacts, ...partialFacts]) expect(valuesOf(rest, facts)).toEqual(valuesOf(all, facts));
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(10);
  });
});

function valuesOf(mappings: readonly Mapping[], facts: Facts): string[] {
  return [...decideRoles(rankMappings(mappings), facts).values()]
    .map(({ roleId, value }) => `${roleId} ${value}`)
    .sort();
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConditions, conditionHolds } from '../../src/core/conditions.ts';
import { allOf, type Facts, type SourceAnswer } from '../../src/core/facts.ts';
import type { Mapping } from '../../src/core/mapping.ts';
import { agedFacts, someMappings, spokenFacts } from '../support/core-arbitraries.ts';
import { aMapping, everyCaseOf, factsOf, gone, known, silent } from '../support/core-worlds.ts';

function expectOneAnswer(mapping: Mapping, facts: Facts): void {
  const checks = checkConditions(mapping, facts);
  expect(conditionHolds(mapping, facts)).toBe(allOf(checks.map(({ value }) => value)));
}

function saidBy(groupIds: readonly string[]): readonly (SourceAnswer | null)[] {
  const answers = everyCaseOf({
    groups: [[], groupIds.slice(0, 1), groupIds],
    characters: [0, 2],
    permissions: [[], ['fly']],
  });
  return [null, silent(), gone(), ...answers.map(({ groups, ...more }) => known(groups, more))];
}

describe('whether a condition holds, and the checks behind it', () => {
  it('say the same, in every case of what is asked and what is known', () => {
    const mappings = everyCaseOf({
      requireAll: [false, true],
      groups: [[], ['h'], ['http:x']],
      excludedGroups: [[], ['h'], ['http:x', 'h']],
      characterCountMin: [null, 2],
      characterCountMax: [null, 1],
      requiredPermissions: [[], ['fly'], ['fly', 'dock']],
    }).map((conditions) => aMapping({ conditions }));
    const allFacts = everyCaseOf({ local: saidBy(['g', 'h']), http: saidBy(['http:x']) }).map(({ local, http }) =>
      factsOf({ ...(local && { local }), ...(http && { http }) }),
    );
    const odd = mappings.flatMap((mapping) =>
      allFacts
        .filter((facts) => {
          const checks = checkConditions(mapping, facts);
          return conditionHolds(mapping, facts) !== allOf(checks.map(({ value }) => value));
        })
        .map((facts) => ({ conditions: mapping.conditions, facts })),
    );
    expect(odd).toEqual([]);
  });

  it('say the same for any mapping, whoever is silent, gone or was never heard of', () => {
    fc.assert(
      fc.property(someMappings(), fc.oneof(spokenFacts, agedFacts), (mappings, facts) => {
        for (const mapping of mappings) expectOneAnswer(mapping, facts);
      }),
      { numRuns: 3000 },
    );
  });

  it('leave what they look at as it was', () => {
    fc.assert(
      fc.property(someMappings(), spokenFacts, (mappings, facts) => {
        const before = structuredClone({ mappings, facts });
        for (const mapping of mappings) expectOneAnswer(mapping, facts);
        expect({ mappings, facts }).toEqual(before);
      }),
    );
  });
});

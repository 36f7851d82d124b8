import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainRole } from '../../src/core/explain.ts';
import { planOf, ROLES, worlds } from '../support/core-arbitraries.ts';
import {
  aGrant,
  aMapping,
  aMember,
  at,
  aView,
  DISCORD_ID,
  factsOf,
  inGroups,
  NOW,
  silent,
  someRules,
} from '../support/core-worlds.ts';

describe('explainRole', () => {
  it('tells all that stands behind a role that is to go', () => {
    const high = aMapping({ id: 'high', roleId: 'other', priority: 1, exclusiveSet: 'rank' });
    const low = aMapping({ id: 'low', roleId: 'r', exclusiveSet: 'rank' });
    const grant = aGrant({ mappingIds: ['low'], runId: 'first' });
    const view = aView({ member: aMember(['r']), facts: inGroups('g'), grants: [grant] });
    const { mappings, ...explanation } = explainRole(someRules([low, high]), view, 'r', NOW);
    expect(explanation).toEqual({
      discordId: DISCORD_ID,
      roleId: 'r',
      isPresent: true,
      isLinked: true,
      leftAlone: null,
      verdict: 'false',
      grant,
      change: { action: 'remove', roleId: 'r', reason: 'mapping_false', mappingIds: ['low'] },
      block: null,
      kept: null,
    });
    expect(mappings).toHaveLength(1);
    expect(mappings).toMatchObject([{ mapping: low, holds: 'true', value: 'false', settledBy: high }]);
    expect(mappings[0]?.checks).toEqual([
      {
        kind: 'groups',
        value: 'true',
        requireAll: false,
        groups: [{ groupId: 'g', isMember: 'true', asOf: NOW }],
      },
    ]);
  });

  it('says what hinders a role, and that nothing would happen', () => {
    const rules = someRules([aMapping()], { blocks: new Map([['r', 'role_above_bot']]) });
    expect(explainRole(rules, aView({ facts: inGroups('g') }), 'r', NOW)).toMatchObject({
      verdict: 'true',
      isPresent: false,
      grant: null,
      change: null,
      block: 'role_above_bot',
    });
  });

  it('says why and until when a role is kept', () => {
    const view = aView({ member: aMember(['r']), grants: [aGrant({ undesiredSince: at(-60) })] });
    expect(explainRole(someRules([aMapping({ graceSeconds: 3600 })]), view, 'r', NOW).kept).toEqual({
      roleId: 'r',
      because: 'grace',
      until: at(3540),
    });
  });

  it('says that a source is silent', () => {
    const view = aView({ member: aMember(['r']), facts: factsOf({ local: silent(at(-7200)) }) });
    const { verdict, mappings, kept } = explainRole(someRules([aMapping()]), view, 'r', NOW);
    expect([verdict, kept?.because]).toEqual(['unknown', 'unknown']);
    expect(mappings[0]?.checks).toMatchObject([{ groups: [{ isMember: 'unknown', asOf: at(-7200) }] }]);
  });

  it('knows nobody who is not linked', () => {
    const explanation = explainRole(someRules([aMapping()]), aView({ facts: null }), 'r', NOW);
    expect(explanation).toMatchObject({
      isLinked: false,
      verdict: 'false',
      mappings: [{ checks: [], value: 'false' }],
    });
  });

  it('says that no mapping names the role', () => {
    const explanation = explainRole(someRules([aMapping()]), aView({ member: aMember(['x']) }), 'x', NOW);
    expect(explanation).toMatchObject({
      verdict: 'unmanaged',
      isPresent: true,
      mappings: [],
      change: null,
      block: null,
    });
  });

  it('says that the member is left alone, and what would be otherwise', () => {
    const view = aView({ member: aMember([], { isBot: true }), facts: inGroups('g') });
    expect(explainRole(someRules([aMapping()]), view, 'r', NOW)).toMatchObject({
      leftAlone: 'bot',
      verdict: 'true',
      change: null,
    });
  });

  it('never says anything else than what a sync would do, for any world', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...ROLES, 'u'), (world, roleId) => {
        const plan = planOf(world);
        const { change, kept, verdict } = explainRole(world.rules, world.view, roleId, NOW);
        expect([change].filter(Boolean)).toEqual(plan.changes.filter((one) => one.roleId === roleId));
        expect([kept].filter(Boolean)).toEqual(plan.kept.filter((one) => one.roleId === roleId));
        expect(verdict === 'unmanaged').toBe(world.rules.mappings.every((mapping) => mapping.roleId !== roleId));
      }),
      { numRuns: 500 },
    );
  });
});

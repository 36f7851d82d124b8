import { describe, expect, it } from 'vitest';
import { planMember } from '../../src/core/plan.ts';
import {
  aGrant,
  aMapping,
  aMember,
  at,
  aView,
  changesOf,
  factsOf,
  inGroups,
  known,
  NOW,
  silent,
  someRules,
} from '../support/core-worlds.ts';

describe('planMember, several mappings for one role', () => {
  const a = aMapping({ id: 'a', groupId: 'g' });
  const b = aMapping({ id: 'b', groupId: 'http:x' });
  const both = ['a', 'b'];

  it('gives the role when any of them does, and names those that do', () => {
    const plan = planMember(someRules([a, b]), aView({ facts: inGroups('g') }), NOW);
    expect(plan.changes).toEqual([{ action: 'add', roleId: 'r', reason: 'mapping_true', mappingIds: ['a'] }]);
  });

  it('takes nothing away when one goes while another stays, and notes who stays', () => {
    const facts = factsOf({ local: known(['g']), http: known([]) });
    const plan = planMember(
      someRules([a, b]),
      aView({ member: aMember(['r']), facts, grants: [aGrant({ mappingIds: both })] }),
      NOW,
    );
    expect(plan.changes).toEqual([]);
    expect(plan.ledger).toEqual([
      { edit: 'save', roleId: 'r', mappingIds: ['a'], undesiredSince: null, why: 'desired_again' },
    ]);
  });

  it('notes it when one more mapping gives the role', () => {
    const facts = factsOf({ local: known(['g']), http: known(['http:x']) });
    const grants = [aGrant({ mappingIds: ['a'] })];
    const plan = planMember(someRules([a, b]), aView({ member: aMember(['r']), facts, grants }), NOW);
    expect(plan.changes).toEqual([]);
    expect(plan.ledger).toMatchObject([{ edit: 'save', mappingIds: both }]);
  });

  it('crosses nobody off the ledger because his source is silent', () => {
    const facts = factsOf({ local: known(['g']), http: silent() });
    const plan = planMember(
      someRules([a, b]),
      aView({ member: aMember(['r']), facts, grants: [aGrant({ mappingIds: both })] }),
      NOW,
    );
    expect(plan.ledger).toEqual([]);
  });

  it('puts nobody on the ledger whose source is silent', () => {
    const facts = factsOf({ local: known(['g']), http: silent() });
    const plan = planMember(someRules([a, b]), aView({ member: aMember(['r']), facts }), NOW);
    expect(plan.ledger).toMatchObject([{ mappingIds: ['a'] }]);
  });

  it('does not mind in which order the ledger names them', () => {
    const facts = factsOf({ local: known(['g']), http: known(['http:x']) });
    const grants = [aGrant({ mappingIds: both.toReversed() })];
    expect(planMember(someRules([a, b]), aView({ member: aMember(['r']), facts, grants }), NOW).ledger).toEqual([]);
  });

  it.each([
    { name: 'all of them say remove', first: 'remove', second: 'remove', changes: ['remove r'] },
    { name: 'one of them says keep', first: 'remove', second: 'keep', changes: [] },
  ] as const)('a foreign role: $name', ({ first, second, changes }) => {
    const rules = someRules([
      { ...a, onForeign: first },
      { ...b, onForeign: second },
    ]);
    const plan = planMember(rules, aView({ member: aMember(['r']), facts: null }), NOW);
    expect(changesOf(plan)).toEqual(changes);
    expect(plan.changes.flatMap(({ mappingIds }) => mappingIds)).toEqual(changes.length > 0 ? both : []);
  });

  it('waits for the longest grace', () => {
    const rules = someRules([
      { ...a, graceSeconds: 60 },
      { ...b, graceSeconds: 600 },
    ]);
    const view = aView({
      member: aMember(['r']),
      facts: factsOf({ local: known([]), http: known([]) }),
      grants: [aGrant({ undesiredSince: at(-120) })],
    });
    expect(planMember(rules, view, NOW).kept).toEqual([{ roleId: 'r', because: 'grace', until: at(480) }]);
  });

  it('adds only as soon as one of them does', () => {
    const rules = someRules([a, { ...b, addOnly: true }]);
    const view = aView({
      member: aMember(['r']),
      facts: factsOf({ local: known([]), http: known([]) }),
      grants: [aGrant()],
    });
    expect(planMember(rules, view, NOW).kept).toMatchObject([{ because: 'add_only' }]);
  });

  it('takes what it gave when he unlinks, whatever grace and add_only say', () => {
    const rules = someRules([
      { ...a, graceSeconds: 600 },
      { ...b, addOnly: true },
    ]);
    const view = aView({ member: aMember(['r']), facts: null, grants: [aGrant()] });
    expect(planMember(rules, view, NOW).changes).toMatchObject([{ action: 'remove', reason: 'not_linked' }]);
  });

  it.each([
    { name: 'blocked', parts: { blocks: new Map([['high', 'role_above_bot'] as const]) } },
    { name: 'unusable', parts: { unusable: new Set(['high']) } },
  ])('lets the others of an exclusive set go on without a mapping that is $name', ({ parts }) => {
    const high = aMapping({ id: 'high', roleId: 'high', priority: 2, exclusiveSet: 'rank' });
    const low = aMapping({ id: 'low', roleId: 'low', priority: 1, exclusiveSet: 'rank' });
    const view = aView({ member: aMember([]), facts: inGroups('g') });
    expect(planMember(someRules([high, low], parts), view, NOW).changes).toMatchObject([
      { action: 'add', roleId: 'low' },
    ]);
  });

  it('changes the rank of an exclusive set in one go', () => {
    const high = aMapping({ id: 'high', roleId: 'high', priority: 2, exclusiveSet: 'rank' });
    const low = aMapping({ id: 'low', roleId: 'low', priority: 1, exclusiveSet: 'rank' });
    const view = aView({ member: aMember(['low']), facts: inGroups('g'), grants: [aGrant({ roleId: 'low' })] });
    expect(changesOf(planMember(someRules([high, low]), view, NOW))).toEqual(['add high', 'remove low']);
  });
});

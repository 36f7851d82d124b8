import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import type { Grant } from '../../src/core/grant.ts';
import { planMember } from '../../src/core/plan.ts';
import type { Suppression } from '../../src/core/suppression.ts';
import {
  aGrant,
  aMapping,
  aMember,
  aSuppression,
  aView,
  afterwards,
  factsOf,
  inGroups,
  NOW,
  planInWords,
  silent,
  someRules,
  suppressing,
} from '../support/core-worlds.ts';

const [yes, no, open] = [inGroups('g'), inGroups(), factsOf({ local: silent() })];
const left = ['kept: suppressed'];
const lifted = 'left alone no more';
const reasons: readonly Suppression['reason'][] = ['drift', 'fight', 'undo'];

interface Situation {
  name: string;
  facts: Facts | null;
  present?: boolean;
  grants?: Grant[];
  isAsked?: boolean;
  mapping?: Parameters<typeof aMapping>[0];
  plan: string[];
}

function planFor(
  reason: Suppression['reason'],
  { facts, present, grants, isAsked, mapping }: Omit<Situation, 'name' | 'plan'>,
) {
  const view = aView({
    member: aMember(present ? ['r'] : []),
    facts,
    grants: grants ?? [],
    suppressed: suppressing(aSuppression({ reason })),
    ...(isAsked && { isAsked }),
  });
  return planInWords(someRules([aMapping(mapping)]), view);
}

describe('planMember, a role that is left as it is', () => {
  it.each<Situation>([
    { name: 'is not given', facts: yes, plan: left },
    { name: 'is not given back', facts: yes, plan: left },
    { name: 'is not taken', facts: no, present: true, grants: [aGrant()], plan: left },
    {
      name: 'is not taken from somebody who got it by hand',
      facts: no,
      present: true,
      mapping: { onForeign: 'remove' },
      plan: left,
    },
    { name: 'is left so while the source is silent', facts: open, plan: left },
    { name: 'is left so while the source is silent and he has it', facts: open, present: true, plan: left },
    {
      name: 'is left so no more when he has it and earns it',
      facts: yes,
      present: true,
      grants: [aGrant()],
      plan: [lifted],
    },
    {
      name: 'is adopted when he has it and earns it, though it is not on the ledger',
      facts: yes,
      present: true,
      plan: ['save: adopted', lifted],
    },
    {
      name: 'is given when an admin asks for this member',
      facts: yes,
      isAsked: true,
      plan: ['add: mapping_true', lifted],
    },
    {
      name: 'is given back when an admin asks for this member',
      facts: yes,
      grants: [aGrant()],
      isAsked: true,
      mapping: { onDrift: 'respect' },
      plan: ['add: drift_reverted', lifted],
    },
    {
      name: 'is taken when an admin asks for this member',
      facts: no,
      present: true,
      grants: [aGrant()],
      isAsked: true,
      plan: ['remove: mapping_false', lifted],
    },
    {
      name: 'is left so no more when an admin asks for this member, even if nobody can say what he should have',
      facts: open,
      isAsked: true,
      plan: [lifted],
    },
    {
      name: 'is left so no more when an admin asks for this member, though nothing is to be done',
      facts: no,
      isAsked: true,
      plan: [lifted],
    },
  ])('$name', ({ plan, ...situation }) => {
    for (const reason of reasons) expect([reason, ...planFor(reason, situation)]).toEqual([reason, ...plan]);
  });

  it.each([
    { name: 'stays taken, though he does not earn it for a while: it was taken for good', reason: 'drift', plan: left },
    { name: 'is fought for no more when it is gone and he does not earn it', reason: 'fight', plan: [lifted] },
    { name: 'follows the mappings again when they agree with what undo did', reason: 'undo', plan: [lifted] },
  ] as const)('$name', ({ reason, plan }) => {
    expect(planFor(reason, { facts: no })).toEqual(plan);
    expect(planFor(reason, { facts: null })).toEqual(plan);
  });

  it.each([
    { name: 'is ours no more once it is taken for good', reason: 'drift', plan: ['forget', ...left] },
    { name: 'is forgotten when the fight for it was lost and he does not earn it', reason: 'fight' },
    { name: 'is forgotten when undo took it and he does not earn it', reason: 'undo' },
  ] as const)('$name', ({ reason, ...one }) => {
    const plan = 'plan' in one ? one.plan : ['forget', lifted];
    expect(planFor(reason, { facts: no, grants: [aGrant()] })).toEqual(plan);
  });

  it('is given again, from the first flip on, when he earns it anew after a lost fight', () => {
    const rules = someRules([aMapping()]);
    const lost = aView({ facts: no, grants: [aGrant()], suppressed: suppressing(aSuppression({ reason: 'fight' })) });
    const settled = afterwards(lost, planMember(rules, lost, NOW), NOW);
    expect(planInWords(rules, { ...settled, facts: yes })).toEqual(['add: mapping_true']);
  });

  it('stays given by undo as long as he is linked, whatever the source says', () => {
    for (const facts of [no, open, new Map()]) {
      expect(planFor('undo', { facts, present: true, grants: [aGrant()] })).toEqual(left);
    }
  });

  it('says who changed it, when, and why that stands', () => {
    const suppression = aSuppression({ reason: 'fight', changedBy: 'somebody' });
    const { kept } = planMember(
      someRules([aMapping()]),
      aView({ facts: yes, suppressed: suppressing(suppression) }),
      NOW,
    );
    expect(kept).toEqual([{ roleId: 'r', because: 'suppressed', until: null, suppression }]);
  });

  it('does not hinder another role', () => {
    const rules = someRules([aMapping(), aMapping({ id: 'other', roleId: 's' })]);
    const view = aView({ facts: yes, suppressed: suppressing(aSuppression({ roleId: 's' })) });
    expect(planMember(rules, view, NOW).changes).toMatchObject([{ action: 'add', roleId: 'r' }]);
  });

  it('is left so no more in all of his roles when an admin asks for him, mapped or not', () => {
    const suppressed = suppressing(aSuppression(), aSuppression({ roleId: 'unmapped' }));
    const rules = someRules([aMapping()]);
    expect(planMember(rules, aView({ suppressed, isAsked: true }), NOW).lift).toEqual(['r', 'unmapped']);
    const asked = aView({ suppressed, isAsked: true, beyondAsker: ['r'] });
    expect(planMember(rules, asked, NOW).lift).toEqual(['unmapped']);
  });

  it('is left so when an admin asks for a member with the bypass role: he is not looked at', () => {
    const view = aView({ member: aMember(['vip']), suppressed: suppressing(aSuppression()), isAsked: true });
    expect(planMember(someRules([aMapping()], { bypassRoleId: 'vip' }), view, NOW).lift).toEqual([]);
  });

  it('is none where nothing was ever left alone', () => {
    const view = aView({ facts: yes, isAsked: true });
    expect(planInWords(someRules([aMapping()]), view)).toEqual(['add: mapping_true']);
  });
});

import { describe, expect, it } from 'vitest';
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

const [yes, open] = [inGroups('g'), factsOf({ local: silent() })];
const left = ['kept: suppressed'];
const lifted = 'left alone no more';
const reasons: readonly Suppression['reason'][] = ['drift', 'fight', 'undo'];

describe('planMember, a role that is left as it is, of one who is linked no more', () => {
  const goes = { onForeign: 'remove' } as const;
  it.each<{
    name: string;
    reason: Suppression['reason'];
    grants?: Grant[];
    mapping?: Parameters<typeof aMapping>[0];
    plan: string[];
  }>([
    {
      name: 'is taken, if undo gave it back and it is ours',
      reason: 'undo',
      grants: [aGrant()],
      plan: ['remove: not_linked', lifted],
    },
    {
      name: 'is taken at once, if undo gave it back and a grace or an add-only mapping would keep it',
      reason: 'undo',
      grants: [aGrant()],
      mapping: { addOnly: true, graceSeconds: 3600 },
      plan: ['remove: not_linked', lifted],
    },
    { name: 'is left so, if undo gave back what others had given him', reason: 'undo', plan: left },
    {
      name: 'is left so, if undo gave back what others had given him, even where foreign roles go',
      reason: 'undo',
      mapping: goes,
      plan: left,
    },
    {
      name: 'is left so, if somebody took it away before and it is here again',
      reason: 'drift',
      grants: [aGrant()],
      plan: left,
    },
    {
      name: 'is left so while it is here, if it was fought over',
      reason: 'fight',
      mapping: goes,
      plan: left,
    },
  ])('$name', ({ reason, grants = [], mapping, plan }) => {
    const suppressed = suppressing(aSuppression({ reason }));
    const view = aView({ member: aMember(['r']), facts: null, grants, suppressed });
    expect(planInWords(someRules([aMapping(mapping)]), view)).toEqual(plan);
  });

  it('waits for the bot to be able to take it, if undo gave it back', () => {
    const rules = someRules([aMapping()], { blocks: new Map([['r', 'role_above_bot']]) });
    const suppressed = suppressing(aSuppression({ reason: 'undo' }));
    const view = aView({ member: aMember(['r']), facts: null, grants: [aGrant()], suppressed });
    expect(planInWords(rules, view)).toEqual(['cannot remove: role_above_bot', lifted]);
  });

  it('is what others gave him, if undo gave it back, he came back and grants ended when he left', () => {
    const suppressed = suppressing(aSuppression({ reason: 'undo' }));
    const view = aView({ member: aMember(['r']), facts: null, grants: [aGrant()], suppressed, isRejoin: true });
    expect(planInWords(someRules([aMapping()]), view)).toEqual(['forget', 'kept: foreign', lifted]);
    expect(planInWords(someRules([aMapping(goes)]), view)).toEqual(['remove: foreign_removed', 'forget', lifted]);
  });
});

describe('planMember, a role that was left as it is and that no active mapping names any more', () => {
  const others = someRules([aMapping({ roleId: 'other' }), aMapping({ id: 'off', isActive: false })]);

  it.each([
    { name: 'is left so no more', view: {}, plan: [lifted] },
    { name: 'is left so no more while the source is silent', view: { facts: open }, plan: [lifted] },
    { name: 'is left so no more when he is not linked', view: { facts: null }, plan: [lifted] },
    { name: 'stays with him, for it is nobody of ours', view: { member: aMember(['r']) }, plan: [lifted] },
    {
      name: 'is taken, if it was ours and its mapping released it',
      view: { member: aMember(['r']), grants: [aGrant({ isReleased: true })] },
      plan: ['remove: mapping_released', lifted],
    },
    {
      name: 'is forgotten, if its mapping released it and it is gone',
      view: { grants: [aGrant({ isReleased: true })] },
      plan: ['forget', lifted],
    },
    { name: 'is said to be so once, when an admin asks', view: { isAsked: true }, plan: [lifted] },
    {
      name: 'is not looked at, on a member who is left alone himself',
      view: { member: aMember([], { isBot: true }) },
      plan: [],
    },
  ])('$name', ({ view, plan }) => {
    for (const reason of reasons) {
      const suppressed = suppressing(aSuppression({ reason }));
      expect(planInWords(others, aView({ ...view, suppressed }))).toEqual(plan);
    }
  });

  it('does not end what is left alone of a role that a mapping still names', () => {
    const suppressed = suppressing(aSuppression({ roleId: 'gone' }), aSuppression({ roleId: 'other' }));
    const { lift, kept } = planMember(others, aView({ facts: yes, suppressed }), NOW);
    expect(lift).toEqual(['gone']);
    expect(kept.map(({ roleId }) => roleId)).toEqual(['other']);
  });

  it('is given anew when a mapping names it again', () => {
    const view = aView({ facts: yes, suppressed: suppressing(aSuppression()) });
    const settled = afterwards(view, planMember(others, view, NOW), NOW);
    expect(planInWords(someRules([aMapping()]), settled)).toEqual(['add: mapping_true']);
  });
});

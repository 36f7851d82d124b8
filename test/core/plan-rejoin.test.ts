import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import type { Grant } from '../../src/core/grant.ts';
import { planMember, type GuildRules } from '../../src/core/plan.ts';
import {
  afterwards,
  aGrant,
  aMapping,
  aMember,
  at,
  aView,
  factsOf,
  inGroups,
  NOW,
  planInWords,
  silent,
  someRules,
} from '../support/core-worlds.ts';

const oneHour = { graceSeconds: 3600 };
const during = aGrant({ undesiredSince: at(-60) });
const given = { removeRolesOnLeave: false };
const silence = factsOf({ local: silent() });

interface Situation {
  name: string;
  facts: Facts | null;
  mapping?: Parameters<typeof aMapping>[0];
  grants?: Grant[];
  present?: boolean;
  plan: string[];
}

/** He came back five seconds ago; his grants are a day old. */
function planFor({ facts, mapping, grants, present }: Omit<Situation, 'name' | 'plan'>, rules: Partial<GuildRules>) {
  const member = aMember(present ? ['r'] : [], { joinedAt: at(-5) });
  return planInWords(someRules([aMapping(mapping)], rules), aView({ member, facts, grants: grants ?? [aGrant()] }));
}

describe('planMember, somebody who comes back to a guild that gives roles back', () => {
  it.each<Situation>([
    { name: 'gets what he had and still earns', facts: inGroups('g'), plan: ['add: given_back_on_rejoin'] },
    { name: 'gets what he earns and never had', facts: inGroups('g'), grants: [], plan: ['add: mapping_true'] },
    {
      name: 'gets what he earns and was only on its way when he left',
      facts: inGroups('g'),
      grants: [aGrant({ isConfirmed: false })],
      plan: ['add: mapping_true'],
    },
    {
      name: 'gets back what somebody may take away: leaving is not drift',
      facts: inGroups('g'),
      mapping: { onDrift: 'respect' },
      plan: ['add: given_back_on_rejoin'],
    },
    { name: 'does not get what he no longer earns', facts: inGroups(), plan: ['forget'] },
    { name: 'waits while his source is silent', facts: silence, plan: [] },
    { name: 'gets nothing back when he is linked no more', facts: null, mapping: oneHour, plan: ['forget'] },
    {
      name: 'gets back what was only ever added, unwanted from now on',
      facts: inGroups(),
      mapping: { addOnly: true },
      plan: ['add: given_back_on_rejoin', 'save: grace_began'],
    },
    {
      name: 'gets back what is in its grace, and the ledger is told that the grace goes on',
      facts: inGroups(),
      mapping: oneHour,
      grants: [during],
      plan: ['add: given_back_on_rejoin', 'save: grace_began'],
    },
    {
      name: 'does not get back what was released',
      facts: inGroups(),
      mapping: { isActive: false },
      grants: [aGrant({ isReleased: true })],
      plan: ['forget'],
    },
    {
      name: 'has what he earns already: it is ours from now on, so that taking it away is not taken for leaving',
      facts: inGroups('g'),
      present: true,
      plan: ['save: adopted'],
    },
    {
      name: 'has what is in its grace already: that is noted in the same way',
      facts: inGroups(),
      mapping: oneHour,
      grants: [during],
      present: true,
      plan: ['save: adopted', 'kept: grace'],
    },
    {
      name: 'has what was only ever added already: that is noted in the same way',
      facts: inGroups(),
      mapping: { addOnly: true },
      present: true,
      plan: ['save: adopted', 'kept: add_only'],
    },
    {
      name: 'loses what was released, if he has it again',
      facts: inGroups('g'),
      mapping: { isActive: false },
      grants: [aGrant({ isReleased: true })],
      present: true,
      plan: ['remove: mapping_released'],
    },
    {
      name: 'loses what he has again and no longer earns: it stays ours',
      facts: inGroups(),
      present: true,
      plan: ['remove: mapping_false'],
    },
  ])('$name', ({ plan, ...situation }) => {
    expect(planFor(situation, given)).toEqual(plan);
  });

  it('loses a role for good when somebody takes it from him afterwards, where that is respected', () => {
    const rules = someRules([aMapping({ onDrift: 'respect' })], given);
    const back = aView({ member: aMember(['r'], { joinedAt: at(-5) }), facts: inGroups('g'), grants: [aGrant()] });
    const settled = afterwards(back, planMember(rules, back, NOW), NOW);
    const taken = { ...settled, member: { ...settled.member, roleIds: new Set<string>() } };
    expect(planInWords(rules, taken)).toEqual(['forget', 'kept: suppressed', 'leave alone: respect']);
  });

  it('keeps the beginning of a grace that was running when he left', () => {
    const view = aView({ grants: [during], isRejoin: true });
    const plan = planMember(someRules([aMapping(oneHour)], given), view, NOW);
    expect(plan.ledger).toMatchObject([{ undesiredSince: at(-60), mappingIds: ['m'] }]);
    expect(plan.changes).toMatchObject([{ mappingIds: ['m'] }]);
  });

  it('is noted nowhere when the role cannot be given back', () => {
    const blocks = new Map([['r', 'role_above_bot'] as const]);
    expect(planFor({ facts: inGroups(), mapping: oneHour, grants: [during] }, { ...given, blocks })).toEqual([
      'cannot add: role_above_bot',
    ]);
  });
});

describe('planMember, somebody who comes back to a guild where grants end when he leaves', () => {
  it.each<Situation>([
    { name: 'gets what he earns, as any newcomer does', facts: inGroups('g'), plan: ['add: mapping_true'] },
    {
      name: 'gets what he earns, however drift is handled: nobody took it away',
      facts: inGroups('g'),
      mapping: { onDrift: 'alert' },
      plan: ['add: mapping_true'],
    },
    {
      name: 'has what he earns already: it is adopted afresh',
      facts: inGroups('g'),
      present: true,
      plan: ['save: adopted'],
    },
    { name: 'has nothing of what he no longer earns', facts: inGroups(), plan: ['forget'] },
    { name: 'gets no add-only role back', facts: inGroups(), mapping: { addOnly: true }, plan: ['forget'] },
    { name: 'gets nothing back for a grace', facts: inGroups(), mapping: oneHour, grants: [during], plan: ['forget'] },
    {
      name: 'keeps what somebody gave him since: it is not ours any more',
      facts: inGroups(),
      present: true,
      plan: ['forget', 'kept: foreign'],
    },
    {
      name: 'loses what somebody gave him since where foreign roles go',
      facts: inGroups(),
      mapping: { onForeign: 'remove' },
      present: true,
      plan: ['remove: foreign_removed', 'forget'],
    },
    {
      name: 'keeps what somebody gave him since, unlinked or not',
      facts: null,
      present: true,
      plan: ['forget', 'kept: foreign'],
    },
    {
      name: 'keeps what somebody gave him since, though its mapping was released',
      facts: inGroups(),
      mapping: { isActive: false },
      grants: [aGrant({ isReleased: true })],
      present: true,
      plan: ['forget'],
    },
    { name: 'keeps his old grant on paper while his source is silent', facts: silence, plan: [] },
  ])('$name', ({ plan, ...situation }) => {
    expect(planFor(situation, { removeRolesOnLeave: true })).toEqual(plan);
  });
});

describe('planMember takes him for somebody who has come back', () => {
  const rules = someRules([aMapping()], given);
  const back = ['add: given_back_on_rejoin'];
  const stayed = ['add: drift_reverted'];

  it.each([
    { name: 'when he has just joined', isRejoin: true, joinedAt: null, plan: back },
    { name: 'when he joined well after the grant', isRejoin: false, joinedAt: at(10.001), plan: back },
    { name: 'not within what two clocks may differ by', isRejoin: false, joinedAt: at(10), plan: stayed },
    { name: 'not when he joined before the grant', isRejoin: false, joinedAt: at(-60), plan: stayed },
    { name: 'not when Discord does not say when he joined', isRejoin: false, joinedAt: null, plan: stayed },
  ])('$name', ({ isRejoin, joinedAt, plan }) => {
    const view = aView({
      member: aMember([], { joinedAt }),
      facts: inGroups('g'),
      isRejoin,
      grants: [aGrant({ grantedAt: NOW })],
    });
    expect(planInWords(rules, view)).toEqual(plan);
  });

  it('role by role: what was given since he came back was taken away, what is older was not', () => {
    const two = someRules([aMapping(), aMapping({ id: 'n', roleId: 's' })], given);
    const view = aView({
      member: aMember([], { joinedAt: at(-3600) }),
      facts: inGroups('g'),
      grants: [aGrant(), aGrant({ roleId: 's', mappingIds: ['n'], grantedAt: at(-60) })],
    });
    const { changes } = planMember(two, view, NOW);
    expect(changes.map(({ roleId, reason }) => [roleId, reason])).toEqual([
      ['r', 'given_back_on_rejoin'],
      ['s', 'drift_reverted'],
    ]);
  });
});

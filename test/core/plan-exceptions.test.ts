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
  NOW,
  planInWords,
  silent,
  someRules,
} from '../support/core-worlds.ts';

const oneHour = { graceSeconds: 3600 };

describe('planMember, a role that no active mapping names', () => {
  const rules = someRules([aMapping({ isActive: false })]);
  it.each([
    { name: 'stays, whoever gave it', present: true, grants: [], plan: [] },
    { name: 'stays, though we gave it, unless it was released', present: true, grants: [aGrant()], plan: [] },
    {
      name: 'goes when it was released',
      present: true,
      grants: [aGrant({ isReleased: true })],
      plan: ['remove: mapping_released'],
    },
    {
      name: 'is forgotten when it was released and is gone',
      present: false,
      grants: [aGrant({ isReleased: true })],
      plan: ['forget'],
    },
    { name: 'is not remembered for ever either way', present: false, grants: [aGrant()], plan: [] },
  ])('$name', ({ present, grants, plan }) => {
    expect(planInWords(rules, aView({ member: aMember(present ? ['r'] : []), grants }))).toEqual(plan);
  });

  it('names the mappings that had given it', () => {
    const view = aView({ member: aMember(['r']), grants: [aGrant({ isReleased: true, mappingIds: ['a', 'b'] })] });
    expect(planMember(rules, view, NOW).changes).toMatchObject([{ mappingIds: ['a', 'b'] }]);
  });

  it('goes by what another mapping says as soon as one names it', () => {
    const view = aView({
      member: aMember(['r']),
      facts: factsOf({ local: silent() }),
      grants: [aGrant({ isReleased: true })],
    });
    expect(planInWords(someRules([aMapping()]), view)).toEqual(['kept: unknown']);
  });
});

describe('planMember, a role that the bot cannot write', () => {
  const rules = someRules([aMapping()], { blocks: new Map([['r', 'role_above_bot']]) });
  it.each([
    { name: 'is not given', present: false, facts: inGroups('g'), grants: [], plan: ['cannot add: role_above_bot'] },
    {
      name: 'is not taken',
      present: true,
      facts: inGroups(),
      grants: [aGrant()],
      plan: ['cannot remove: role_above_bot'],
    },
    {
      name: 'is adopted all the same: that costs no call',
      present: true,
      facts: inGroups('g'),
      grants: [],
      plan: ['save: adopted'],
    },
  ])('$name', ({ present, plan, ...view }) => {
    expect(planInWords(rules, aView({ member: aMember(present ? ['r'] : []), ...view }))).toEqual(plan);
  });

  it('does not hinder another role', () => {
    const withOther = { ...rules, mappings: [...rules.mappings, aMapping({ id: 'other', roleId: 's' })] };
    const plan = planMember(withOther, aView({ facts: inGroups('g') }), NOW);
    expect(changesOf(plan)).toEqual(['add s']);
    expect(plan.blocked).toMatchObject([{ roleId: 'r', action: 'add', block: 'role_above_bot' }]);
  });

  it('is not taken when it was released either', () => {
    const none = { ...rules, mappings: [] };
    expect(planInWords(none, aView({ member: aMember(['r']), grants: [aGrant({ isReleased: true })] }))).toEqual([
      'cannot remove: role_above_bot',
    ]);
  });
});

describe('planMember, somebody who comes back', () => {
  const during = aGrant({ undesiredSince: at(-60) });
  it.each([
    {
      name: 'gets what he had and still earns',
      facts: inGroups('g'),
      mapping: {},
      grants: [aGrant()],
      plan: ['add: given_back_on_rejoin'],
    },
    {
      name: 'gets what he earns and never had',
      facts: inGroups('g'),
      mapping: {},
      grants: [],
      plan: ['add: mapping_true'],
    },
    {
      name: 'does not get what he no longer earns',
      facts: inGroups(),
      mapping: {},
      grants: [aGrant()],
      plan: ['forget'],
    },
    {
      name: 'gets back what was only ever added, unwanted from now on',
      facts: inGroups(),
      mapping: { addOnly: true },
      grants: [aGrant()],
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
  ])('$name', ({ facts, mapping, grants, plan }) => {
    expect(planInWords(someRules([aMapping(mapping)]), aView({ facts, grants, isRejoin: true }))).toEqual(plan);
  });

  it('keeps the beginning of a grace that was running when he left', () => {
    const plan = planMember(someRules([aMapping(oneHour)]), aView({ grants: [during], isRejoin: true }), NOW);
    expect(plan.ledger).toMatchObject([{ undesiredSince: at(-60), mappingIds: ['m'] }]);
    expect(plan.changes).toMatchObject([{ mappingIds: ['m'] }]);
  });

  it('is noted nowhere when the role cannot be given back', () => {
    const rules = someRules([aMapping(oneHour)], { blocks: new Map([['r', 'role_above_bot']]) });
    expect(planInWords(rules, aView({ grants: [during], isRejoin: true }))).toEqual(['cannot add: role_above_bot']);
  });
});

describe('planMember leaves alone', () => {
  const parts = { facts: inGroups('g'), grants: [aGrant({ roleId: 'x', isReleased: true })] };
  const rules = someRules([aMapping()], { bypassRoleId: 'vip' });
  it.each([
    { name: 'bots', member: aMember([], { isBot: true }), leftAlone: 'bot' },
    {
      name: 'members who have not accepted the rules yet',
      member: aMember([], { isPending: true }),
      leftAlone: 'pending',
    },
    { name: 'members with the bypass role', member: aMember(['vip']), leftAlone: 'bypass' },
  ])('$name', ({ member, leftAlone }) => {
    const { verdicts, ...plan } = planMember(rules, aView({ ...parts, member }), NOW);
    expect(plan).toEqual({ leftAlone, changes: [], blocked: [], kept: [], ledger: [] });
    expect(verdicts.get('r')?.value).toBe('true');
  });

  it('nobody else', () => {
    const plan = planMember(rules, aView({ ...parts, member: aMember(['other']) }), NOW);
    expect(plan.leftAlone).toBeNull();
    expect(changesOf(plan)).toEqual(['add r']);
  });

  it('no pending member where the guild syncs them', () => {
    const view = aView({ ...parts, member: aMember([], { isPending: true }) });
    expect(changesOf(planMember({ ...rules, syncPendingMembers: true }, view, NOW))).toEqual(['add r']);
  });

  it('no bot, even where the guild syncs pending members', () => {
    const view = aView({ ...parts, member: aMember([], { isPending: true, isBot: true }) });
    expect(planMember({ ...rules, syncPendingMembers: true }, view, NOW).leftAlone).toBe('bot');
  });
});

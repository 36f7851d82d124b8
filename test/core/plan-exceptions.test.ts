import { describe, expect, it } from 'vitest';
import { planMember } from '../../src/core/plan.ts';
import {
  aGrant,
  aMapping,
  aMember,
  aView,
  changesOf,
  factsOf,
  inGroups,
  NOW,
  planInWords,
  silent,
  someRules,
} from '../support/core-worlds.ts';

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
    expect(plan).toEqual({
      leftAlone,
      changes: [],
      blocked: [],
      kept: [],
      ledger: [],
      restrain: [],
      lift: [],
      nick: null,
    });
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

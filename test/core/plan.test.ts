import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/core/grant.ts';
import type { Facts } from '../../src/core/facts.ts';
import { planMember, type GuildRules, type MemberView } from '../../src/core/plan.ts';
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

/** One role `r`, given by mapping `m` for group `g`. Desired: yes, no, ? (its source is silent), - (not linked). */
const FACTS: Record<string, Facts | null> = {
  yes: inGroups('g'),
  no: inGroups(),
  '?': factsOf({ local: silent() }),
  '-': null,
};

interface Situation {
  name: string;
  desired: keyof typeof FACTS;
  present: boolean;
  grant?: Partial<Grant>;
  mapping?: Parameters<typeof aMapping>[0];
  /** Changes, ledger edits and kept roles, as words. */
  plan: string[];
}

const grant = {};
const foreignGoes = { onForeign: 'remove' } as const;
const oneHour = { graceSeconds: 3600 };

function planAsWords({ desired, present, grant: granted, mapping }: Omit<Situation, 'name' | 'plan'>): string[] {
  const view = aView({
    member: aMember(present ? ['r'] : []),
    facts: FACTS[desired] ?? null,
    grants: granted ? [aGrant(granted)] : [],
  });
  return words(someRules([aMapping(mapping)]), view);
}

function words(rules: GuildRules, view: MemberView): string[] {
  const { changes, blocked, ledger, kept } = planMember(rules, view, NOW);
  return [
    ...changes.map(({ action, reason }) => `${action}: ${reason}`),
    ...blocked.map(({ action, block }) => `cannot ${action}: ${block}`),
    ...ledger.map((edit) => (edit.edit === 'save' ? `save: ${edit.why}` : 'forget')),
    ...kept.map(({ because }) => `kept: ${because}`),
  ];
}

describe('planMember, one role', () => {
  it.each<Situation>([
    { name: 'gives what is missing', desired: 'yes', present: false, plan: ['add: mapping_true'] },
    { name: 'adopts what is there, without a call', desired: 'yes', present: true, plan: ['save: adopted'] },
    { name: 'has nothing to do where it gave the role', desired: 'yes', present: true, grant, plan: [] },
    {
      name: 'gives back what somebody took away',
      desired: 'yes',
      present: false,
      grant,
      plan: ['add: drift_reverted'],
    },
    { name: 'has nothing to do where nothing is wanted', desired: 'no', present: false, plan: [] },
    { name: 'takes away what it gave', desired: 'no', present: true, grant, plan: ['remove: mapping_false'] },
    { name: 'forgets what it gave and somebody took away', desired: 'no', present: false, grant, plan: ['forget'] },
    { name: 'leaves a role that somebody gave by hand', desired: 'no', present: true, plan: ['kept: foreign'] },
    {
      name: 'takes a role that somebody gave by hand, where the mapping says so',
      desired: 'no',
      present: true,
      mapping: foreignGoes,
      plan: ['remove: foreign_removed'],
    },
    { name: 'gives nothing while the source is silent', desired: '?', present: false, plan: [] },
    {
      name: 'keeps what it gave while the source is silent',
      desired: '?',
      present: true,
      grant,
      plan: ['kept: unknown'],
    },
    {
      name: 'does not fight drift while the source is silent',
      desired: '?',
      present: false,
      grant,
      plan: [],
    },
    {
      name: 'takes no foreign role while the source is silent',
      desired: '?',
      present: true,
      mapping: foreignGoes,
      plan: ['kept: unknown'],
    },
    {
      name: 'takes what it gave to somebody who is linked no more, and says why',
      desired: '-',
      present: true,
      grant,
      plan: ['remove: not_linked'],
    },
    { name: 'gives nothing to somebody who is not linked', desired: '-', present: false, plan: [] },
    {
      name: 'leaves foreign roles of somebody who is not linked',
      desired: '-',
      present: true,
      plan: ['kept: foreign'],
    },
    {
      name: 'takes foreign roles of somebody who is not linked, where the mapping says so',
      desired: '-',
      present: true,
      mapping: foreignGoes,
      plan: ['remove: foreign_removed'],
    },
    {
      name: 'never takes what an add-only mapping gave, and notes since when it is unwanted',
      desired: 'no',
      present: true,
      grant,
      mapping: { addOnly: true },
      plan: ['save: grace_began', 'kept: add_only'],
    },
    {
      name: 'notes that once',
      desired: 'no',
      present: true,
      grant: { undesiredSince: at(-1) },
      mapping: { addOnly: true },
      plan: ['kept: add_only'],
    },
    {
      name: 'begins the grace when a role is desired no more',
      desired: 'no',
      present: true,
      grant,
      mapping: oneHour,
      plan: ['save: grace_began', 'kept: grace'],
    },
    {
      name: 'waits while the grace runs',
      desired: 'no',
      present: true,
      grant: { undesiredSince: at(-3599) },
      mapping: oneHour,
      plan: ['kept: grace'],
    },
    {
      name: 'takes the role when its grace is over',
      desired: 'no',
      present: true,
      grant: { undesiredSince: at(-3600) },
      mapping: oneHour,
      plan: ['remove: mapping_false'],
    },
    {
      name: 'ends the grace when the role is desired again',
      desired: 'yes',
      present: true,
      grant: { undesiredSince: at(-60) },
      mapping: oneHour,
      plan: ['save: desired_again'],
    },
    {
      name: 'forgets a role that somebody took away during its grace',
      desired: 'no',
      present: false,
      grant: { undesiredSince: at(-60) },
      mapping: oneHour,
      plan: ['forget'],
    },
    {
      name: 'leaves foreign roles alone however add-only the mapping is',
      desired: 'no',
      present: true,
      mapping: { addOnly: true },
      plan: ['kept: foreign'],
    },
    {
      name: 'holds on to a released role that a mapping gives again',
      desired: 'yes',
      present: true,
      grant: { isReleased: true },
      plan: ['save: desired_again'],
    },
    {
      name: 'notes which mappings give the role now',
      desired: 'yes',
      present: true,
      grant: { mappingIds: ['another'] },
      plan: ['save: desired_again'],
    },
  ])('$name', ({ plan, ...situation }) => expect(planAsWords(situation)).toEqual(plan));

  it('says until when a grace runs', () => {
    const view = aView({ member: aMember(['r']), grants: [aGrant({ undesiredSince: at(-60) })] });
    expect(planMember(someRules([aMapping(oneHour)]), view, NOW).kept).toEqual([
      { roleId: 'r', because: 'grace', until: at(3540) },
    ]);
  });

  it('begins a grace now, and keeps what the ledger says of the grant', () => {
    const view = aView({ member: aMember(['r']), grants: [aGrant({ mappingIds: ['old'] })] });
    expect(planMember(someRules([aMapping(oneHour)]), view, NOW).ledger).toEqual([
      { edit: 'save', roleId: 'r', mappingIds: ['old'], undesiredSince: NOW, why: 'grace_began' },
    ]);
  });

  it('has no end to tell for add-only', () => {
    const view = aView({ member: aMember(['r']), grants: [aGrant()] });
    expect(planMember(someRules([aMapping({ addOnly: true, ...oneHour })]), view, NOW).kept).toEqual([
      { roleId: 'r', because: 'add_only', until: null },
    ]);
  });
});

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
    const view = aView({ member: aMember(['r']), facts: null, grants: [aGrant({ undesiredSince: at(-120) })] });
    expect(planMember(rules, view, NOW).kept).toEqual([{ roleId: 'r', because: 'grace', until: at(480) }]);
  });

  it('adds only as soon as one of them does', () => {
    const rules = someRules([a, { ...b, addOnly: true }]);
    const view = aView({ member: aMember(['r']), facts: null, grants: [aGrant()] });
    expect(planMember(rules, view, NOW).kept).toMatchObject([{ because: 'add_only' }]);
  });

  it('changes the rank of an exclusive set in one go', () => {
    const high = aMapping({ id: 'high', roleId: 'high', priority: 2, exclusiveSet: 'rank' });
    const low = aMapping({ id: 'low', roleId: 'low', priority: 1, exclusiveSet: 'rank' });
    const view = aView({ member: aMember(['low']), facts: inGroups('g'), grants: [aGrant({ roleId: 'low' })] });
    expect(changesOf(planMember(someRules([high, low]), view, NOW))).toEqual(['add high', 'remove low']);
  });
});

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
    expect(words(rules, aView({ member: aMember(present ? ['r'] : []), grants }))).toEqual(plan);
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
    expect(words(someRules([aMapping()]), view)).toEqual(['kept: unknown']);
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
    expect(words(rules, aView({ member: aMember(present ? ['r'] : []), ...view }))).toEqual(plan);
  });

  it('does not hinder another role', () => {
    const withOther = { ...rules, mappings: [...rules.mappings, aMapping({ id: 'other', roleId: 's' })] };
    const plan = planMember(withOther, aView({ facts: inGroups('g') }), NOW);
    expect(changesOf(plan)).toEqual(['add s']);
    expect(plan.blocked).toMatchObject([{ roleId: 'r', action: 'add', block: 'role_above_bot' }]);
  });

  it('is not taken when it was released either', () => {
    const none = { ...rules, mappings: [] };
    expect(words(none, aView({ member: aMember(['r']), grants: [aGrant({ isReleased: true })] }))).toEqual([
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
    expect(words(someRules([aMapping(mapping)]), aView({ facts, grants, isRejoin: true }))).toEqual(plan);
  });

  it('keeps the beginning of a grace that was running when he left', () => {
    const plan = planMember(someRules([aMapping(oneHour)]), aView({ grants: [during], isRejoin: true }), NOW);
    expect(plan.ledger).toMatchObject([{ undesiredSince: at(-60), mappingIds: ['m'] }]);
    expect(plan.changes).toMatchObject([{ mappingIds: ['m'] }]);
  });

  it('is noted nowhere when the role cannot be given back', () => {
    const rules = someRules([aMapping(oneHour)], { blocks: new Map([['r', 'role_above_bot']]) });
    expect(words(rules, aView({ grants: [during], isRejoin: true }))).toEqual(['cannot add: role_above_bot']);
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

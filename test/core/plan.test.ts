import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import type { Grant } from '../../src/core/grant.ts';
import { planMember } from '../../src/core/plan.ts';
import {
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
  return planInWords(someRules([aMapping(mapping)]), view);
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
      name: 'gives what was only on its way, and calls that no drift',
      desired: 'yes',
      present: false,
      grant: { isConfirmed: false },
      plan: ['add: mapping_true'],
    },
    {
      name: 'notes that what was on its way has come',
      desired: 'yes',
      present: true,
      grant: { isConfirmed: false },
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

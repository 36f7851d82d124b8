import { describe, expect, it } from 'vitest';
import type { Facts, SourceAnswer } from '../../src/core/facts.ts';
import type { Mapping } from '../../src/core/mapping.ts';
import { planMember, type GuildRules, type MemberView } from '../../src/core/plan.ts';
import {
  aGrant,
  aMapping,
  aMember,
  aView,
  afterwards,
  factsOf,
  gone,
  inGroups,
  known,
  NOW,
  planInWords,
  silent,
  someRules,
} from '../support/core-worlds.ts';

const respect = aMapping({ onDrift: 'respect' });
const alert = aMapping({ onDrift: 'alert' });
const blocks = new Map([['r', 'role_above_bot'] as const]);
const fought = ['kept: suppressed', 'leave alone: fight'];
/** What others give him from now on is theirs: the grant ends. */
const leftToOthers = (because: 'respect' | 'alert') => ['forget', 'kept: suppressed', `leave alone: ${because}`];

/** He earned the role and got it, and somebody took it away. */
function drifted(parts: Partial<Omit<MemberView, 'grants'>> = {}): MemberView {
  return aView({ facts: inGroups('g'), grants: [aGrant()], ...parts });
}

function flipped(times: number): Pick<MemberView, 'flips'> {
  return { flips: new Map([['r', times]]) };
}

function seen(local: SourceAnswer, http: SourceAnswer): Facts {
  return factsOf({ local, http });
}

interface Situation {
  name: string;
  mapping?: Mapping;
  rules?: Partial<GuildRules>;
  view?: Partial<Omit<MemberView, 'grants'>>;
  plan: string[];
}

describe('planMember, a granted role that somebody took away', () => {
  it.each<Situation>([
    { name: 'is given back by default', plan: ['add: drift_reverted'] },
    { name: 'is left alone where the mapping respects it', mapping: respect, plan: leftToOthers('respect') },
    { name: 'is left alone and told of where the mapping says so', mapping: alert, plan: leftToOthers('alert') },
    {
      name: 'is given back when an admin asks for this member, who respects it no more',
      mapping: respect,
      view: { isAsked: true },
      plan: ['add: drift_reverted'],
    },
    {
      name: 'is given back when an admin asks for this member, alert or not',
      mapping: alert,
      view: { isAsked: true },
      plan: ['add: drift_reverted'],
    },
    { name: 'is given back twice in ten minutes', view: flipped(1), plan: ['add: drift_reverted'] },
    { name: 'is given back three times in ten minutes', view: flipped(2), plan: ['add: drift_reverted'] },
    { name: 'is not fought for a fourth time', view: flipped(3), plan: fought },
    { name: 'is not fought for a fifth time', view: flipped(4), plan: fought },
    {
      name: 'is fought for again when an admin asks for this member',
      view: { ...flipped(4), isAsked: true },
      plan: ['add: drift_reverted'],
    },
    {
      name: 'is respected, not called a fight, where the mapping respects it',
      mapping: respect,
      view: flipped(9),
      plan: leftToOthers('respect'),
    },
    {
      name: 'is fought for however often another role flipped',
      view: { flips: new Map([['s', 9]]) },
      plan: ['add: drift_reverted'],
    },
    {
      name: 'is not respected while it cannot be given anyway: nobody knows what he means',
      mapping: respect,
      rules: { blocks },
      plan: ['cannot add: role_above_bot'],
    },
    {
      name: 'is no fight while it cannot be given anyway',
      rules: { blocks },
      view: flipped(9),
      plan: ['cannot add: role_above_bot'],
    },
    {
      name: 'is forgotten when he does not earn it any more, however drift is handled',
      mapping: respect,
      view: { facts: inGroups() },
      plan: ['forget'],
    },
    {
      name: 'is forgotten when he is linked no more, however drift is handled',
      mapping: alert,
      view: { facts: null },
      plan: ['forget'],
    },
  ])('$name', ({ mapping, rules, view, plan }) => {
    expect(planInWords(someRules([mapping ?? aMapping()], rules), drifted(view))).toEqual(plan);
  });

  it.each([
    { name: 'who never had it gets it', grants: [] },
    { name: 'for whom it was on its way when we stopped gets it', grants: [aGrant({ isConfirmed: false })] },
  ])('is not what happened to one $name, however drift is handled', ({ grants }) => {
    expect(planInWords(someRules([respect]), aView({ facts: inGroups('g'), grants }))).toEqual(['add: mapping_true']);
  });

  it('says which role it leaves alone and why, with nothing known from before', () => {
    const { restrain, kept, changes, ledger } = planMember(someRules([alert]), drifted(), NOW);
    expect(restrain).toEqual([{ roleId: 'r', because: 'alert' }]);
    expect(kept).toEqual([{ roleId: 'r', because: 'suppressed', until: null }]);
    expect([changes, ledger]).toEqual([[], [{ edit: 'forget', roleId: 'r' }]]);
  });

  it.each(['respect', 'alert'] as const)('is ours no more once it is left alone (%s)', (onDrift) => {
    const view = drifted();
    expect(afterwards(view, planMember(someRules([aMapping({ onDrift })]), view, NOW), NOW).grants).toEqual(new Map());
  });

  it('stays ours when it is a fight', () => {
    const view = drifted(flipped(3));
    const { grants } = afterwards(view, planMember(someRules([aMapping()]), view, NOW), NOW);
    expect(grants).toEqual(view.grants);
  });

  it.each([
    { name: 'he no longer earns it', facts: inGroups() },
    { name: 'he is linked no more', facts: null },
    { name: 'its mapping was switched off', mapping: { isActive: false } },
  ])('stays with him when somebody gives it again after it was respected, while $name', ({ facts, mapping }) => {
    const view = drifted();
    const respected = afterwards(view, planMember(someRules([respect]), view, NOW), NOW);
    const given = { ...respected, member: aMember(['r']), ...(facts === undefined ? {} : { facts }) };
    const rules = someRules([{ ...respect, ...mapping }]);
    expect(planInWords(rules, given)).toEqual(mapping ? ['left alone no more'] : ['kept: suppressed']);
    const asked = planMember(rules, { ...given, isAsked: true }, NOW);
    expect([asked.changes, asked.ledger]).toEqual([[], []]);
    expect(asked.kept).toEqual(mapping ? [] : [{ roleId: 'r', because: 'foreign', until: null }]);
  });

  const strong = aMapping({ id: 'strong', groupId: 'http:x', priority: 2, onDrift: 'respect' });
  const weak = aMapping({ id: 'weak', groupId: 'h', priority: 1, onDrift: 'revert' });
  it.each<{ name: string; facts: Facts; plan: string[] }>([
    {
      name: 'the strongest mapping',
      facts: seen(known(['h']), known(['http:x'])),
      plan: leftToOthers('respect'),
    },
    {
      name: 'the strongest of those that give the role',
      facts: seen(known(['h']), known([])),
      plan: ['add: drift_reverted'],
    },
    {
      name: 'the strongest of those that give the role, once the source has forgotten him',
      facts: seen(known(['h']), gone()),
      plan: ['add: drift_reverted'],
    },
    {
      name: 'the strongest that may give the role, while its source is silent',
      facts: seen(known(['h']), silent()),
      plan: leftToOthers('respect'),
    },
    {
      name: 'the strongest that gives the role, while the source of a weaker one is silent',
      facts: seen(silent(), known(['http:x'])),
      plan: leftToOthers('respect'),
    },
    { name: 'none while nobody can say whether he earns it', facts: seen(silent(), silent()), plan: [] },
    { name: 'none while only the weaker one is open', facts: seen(silent(), known([])), plan: [] },
  ])('goes by $name', ({ facts, plan }) => {
    expect(planInWords(someRules([weak, strong]), drifted({ facts }))).toEqual(plan);
  });

  it('goes by one whose group is missing, if it is the strongest: it may be what gives the role', () => {
    const rules = someRules([weak, strong], { unusable: new Set(['strong']) });
    expect(planInWords(rules, drifted({ facts: inGroups('h') }))).toEqual(leftToOthers('respect'));
  });

  it('goes by what stands above in its exclusive set, not by who lost there', () => {
    const beaten = { ...strong, groupId: 'g', exclusiveSet: 'rank' };
    const winner = aMapping({ id: 'winner', roleId: 's', groupId: 'g', priority: 3, exclusiveSet: 'rank' });
    const facts = inGroups('g', 'h');
    expect(planInWords(someRules([weak, beaten]), drifted({ facts }))).toEqual(leftToOthers('respect'));
    const plan = planMember(someRules([weak, beaten, winner]), drifted({ facts }), NOW);
    expect(plan.changes).toContainEqual({
      action: 'add',
      roleId: 'r',
      reason: 'drift_reverted',
      mappingIds: ['weak'],
    });
  });

  it('does not hinder another role', () => {
    const rules = someRules([respect, aMapping({ id: 'other', roleId: 's' })]);
    expect(planInWords(rules, drifted())).toEqual(['add: mapping_true', ...leftToOthers('respect')]);
  });
});

describe('planMember, a role that somebody gives by hand again and again where foreign roles go', () => {
  const goes = aMapping({ onForeign: 'remove' });
  it.each<Situation>([
    { name: 'is taken three times in ten minutes', view: flipped(2), plan: ['remove: foreign_removed'] },
    { name: 'is not fought over a fourth time', view: flipped(3), plan: fought },
    {
      name: 'is taken when an admin asks for this member',
      view: { ...flipped(3), isAsked: true },
      plan: ['remove: foreign_removed'],
    },
    {
      name: 'is no fight while it cannot be taken anyway',
      rules: { blocks },
      view: flipped(3),
      plan: ['cannot remove: role_above_bot'],
    },
    { name: 'is no fight where foreign roles stay', mapping: aMapping(), view: flipped(3), plan: ['kept: foreign'] },
    {
      name: 'is no fight of another role',
      view: { flips: new Map([['s', 9]]) },
      plan: ['remove: foreign_removed'],
    },
    {
      name: 'stays with one who is not linked either, once it is a fight',
      view: { ...flipped(3), facts: null },
      plan: fought,
    },
  ])('$name', ({ mapping, rules, view, plan }) => {
    const held = aView({ member: aMember(['r']), ...view });
    expect(planInWords(someRules([mapping ?? goes], rules), held)).toEqual(plan);
  });
});

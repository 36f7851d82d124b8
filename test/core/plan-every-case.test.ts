import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/core/grant.ts';
import type { MemberPlan } from '../../src/core/plan.ts';
import { expectNothingToDo, planOf, settle, type World } from '../support/core-arbitraries.ts';
import {
  aGrant,
  aMapping,
  aMember,
  aSuppression,
  at,
  aView,
  changesOf,
  everyCaseOf,
  factsOf,
  inGroups,
  NOW,
  silent,
  someRules,
  suppressing,
} from '../support/core-worlds.ts';

/** Whether the one mapping of a small world gives the role; `-`: the member is not linked. */
const FACTS = { yes: inGroups('g'), no: inGroups(), '?': factsOf({ local: silent() }), '-': null };
const desired = ['yes', 'no', '?', '-'] as const;
/** `given`: he came back, and grants are given back; `ended`: he came back, and grants ended when he left. */
const back = ['no', 'given', 'ended'] as const;

function seen(situation: { isPresent: boolean; back: (typeof back)[number]; desired: (typeof desired)[number] }) {
  const joinedAt = situation.back === 'no' ? at(-100_000) : at(-1);
  return { member: aMember(situation.isPresent ? ['r'] : [], { joinedAt }), facts: FACTS[situation.desired] };
}

/** Every situation that one role of one member can be in. */
const grants: readonly (Partial<Grant> | null)[] = [
  null,
  {},
  { undesiredSince: at(-30) },
  { undesiredSince: at(-120) },
  { isReleased: true },
  { mappingIds: [] },
  { isConfirmed: false },
];
const smallWorlds = everyCaseOf({
  desired,
  isActive: [true, false],
  isPresent: [true, false],
  grant: grants,
  addOnly: [true, false],
  graceSeconds: [0, 60],
  onForeign: ['keep', 'remove'] as const,
  isBlocked: [true, false],
  back,
}).map((situation) => {
  const { isActive, addOnly, graceSeconds, onForeign } = situation;
  const world = {
    rules: someRules([aMapping({ isActive, addOnly, graceSeconds, onForeign })], {
      blocks: new Map(situation.isBlocked ? [['r', 'role_above_bot']] : []),
      removeRolesOnLeave: situation.back === 'ended',
    }),
    view: aView({ ...seen(situation), grants: situation.grant ? [aGrant(situation.grant)] : [] }),
  };
  return { situation, world };
});

describe('every case of one role', () => {
  it('converges in one step, now and later', () => {
    for (const { world } of smallWorlds) {
      const settled = settle(world);
      expectNothingToDo(settled);
      for (const seconds of [30, 60, 3600]) expectNothingToDo(settle(settled, at(seconds)), at(seconds));
    }
  });

  it('decides as the spec says it', () => {
    for (const { world, situation: one } of smallWorlds) {
      const isTrue = one.desired === 'yes';
      const isFalse = one.desired === 'no' || one.desired === '-';
      const isLinked = one.desired !== '-';
      const isGraceOver = one.grant?.undesiredSince && one.grant.undesiredSince <= at(-60);
      const stays = isLinked && (one.addOnly || (one.graceSeconds > 0 && !isGraceOver));
      const isOurs = one.grant && one.back !== 'ended';
      const expected: string[] = [];
      if (one.isBlocked) {
        // nothing can change
      } else if (!one.isActive) {
        if (one.isPresent && isOurs && one.grant?.isReleased) expected.push('remove r');
      } else if (isTrue && !one.isPresent) {
        expected.push('add r');
      } else if (isFalse && one.isPresent && isOurs && !stays) {
        expected.push('remove r');
      } else if (isFalse && one.isPresent && !isOurs && one.onForeign === 'remove') {
        expected.push('remove r');
      } else if (isFalse && !one.isPresent && isOurs && one.back === 'given' && stays) {
        expected.push('add r');
      }
      expect(changesOf(planOf(world))).toEqual(expected);
    }
  });

  it('keeps the role for the whole of its grace, and no longer', () => {
    const graces = smallWorlds.filter(({ world }) => planOf(world).kept.some(({ because }) => because === 'grace'));
    expect(graces).not.toEqual([]);
    for (const { world, situation } of graces) {
      const until = planOf(world).kept[0]?.until ?? NOW;
      const settled = settle(world);
      expect(changesOf(planOf(settled, new Date(until.getTime() - 1)))).toEqual([]);
      expect(changesOf(planOf(settled, until))).toEqual(situation.isBlocked ? [] : ['remove r']);
    }
  });

  it('ends the grace when the role is desired again: the next one runs its full time', () => {
    const rules = someRules([aMapping({ graceSeconds: 60 })]);
    const sees = (view: World['view'], facts: World['view']['facts'], seconds: number) =>
      settle({ rules, view: { ...view, facts } }, at(seconds)).view;
    let view = aView({ member: aMember(['r']), grants: [aGrant()] });
    view = sees(view, inGroups(), 0);
    view = sees(view, inGroups('g'), 50);
    view = sees(view, inGroups(), 55);
    expect(sees(view, inGroups(), 114).member.roleIds).toEqual(new Set(['r']));
    expect(sees(view, inGroups(), 115).member.roleIds).toEqual(new Set());
  });
});

const contestedWorlds = everyCaseOf({
  desired,
  isPresent: [true, false],
  isGranted: [true, false],
  onDrift: ['revert', 'respect', 'alert'] as const,
  onForeign: ['keep', 'remove'] as const,
  flips: [0, 2, 3],
  suppressed: [null, 'drift', 'fight', 'undo'] as const,
  isAsked: [true, false],
  isBlocked: [true, false],
  isActive: [true, false],
  back,
}).map((situation) => {
  const { onDrift, onForeign, isActive, isGranted, suppressed, isBlocked, isAsked, flips } = situation;
  const world = {
    rules: someRules([aMapping({ onDrift, onForeign, isActive })], {
      blocks: new Map(isBlocked ? [['r', 'role_above_bot']] : []),
      removeRolesOnLeave: situation.back === 'ended',
    }),
    view: aView({
      ...seen(situation),
      grants: isGranted ? [aGrant({ isReleased: !isActive })] : [],
      suppressed: suppressing(...(suppressed ? [aSuppression({ reason: suppressed })] : [])),
      flips: new Map([['r', flips]]),
      isAsked,
    }),
  };
  return { situation, world };
});

function actsOf({ changes, restrain, lift }: MemberPlan): string[] {
  const restraints = restrain.map(({ roleId, because }) => `leave ${roleId}: ${because}`);
  return [...lift.map((roleId) => `lift ${roleId}`), ...changesOf({ changes }), ...restraints];
}

/** The same decision, read off the words of the spec. */
function asSpecified(one: (typeof contestedWorlds)[number]['situation']): string[] {
  const isTrue = one.desired === 'yes';
  const isFalse = one.desired === 'no' || one.desired === '-';
  const agrees = (isTrue && one.isPresent) || (isFalse && !one.isPresent && one.suppressed !== 'drift');
  const isOutlived = !one.isActive || (one.desired === '-' && one.isGranted && one.suppressed === 'undo');
  if (one.suppressed && !one.isAsked && !agrees && !isOutlived) return [];
  const lifted = one.suppressed ? ['lift r'] : [];
  const isOurs = one.isGranted && one.back !== 'ended';
  const isContested = !one.isAsked && !one.isBlocked;
  const isFight = isContested && one.flips > 2;
  const done = (change: string) => [...lifted, ...(one.isBlocked ? [] : [change])];
  if (!one.isActive) return one.isPresent && isOurs ? done('remove r') : lifted;
  if (isTrue && !one.isPresent) {
    const isDrift = isOurs && one.back === 'no';
    if (isDrift && isContested && one.onDrift !== 'revert') return [...lifted, `leave r: ${one.onDrift}`];
    return isDrift && isFight ? [...lifted, 'leave r: fight'] : done('add r');
  }
  if (isFalse && one.isPresent && isOurs) return done('remove r');
  if (isFalse && one.isPresent && one.onForeign === 'remove') {
    return isFight ? [...lifted, 'leave r: fight'] : done('remove r');
  }
  return lifted;
}

describe('every case of one role that others change too', () => {
  it('decides as the spec says it', () => {
    for (const { world, situation } of contestedWorlds) expect(actsOf(planOf(world))).toEqual(asSpecified(situation));
  });

  it('converges in one step, and then leaves alone what it was to leave alone', () => {
    for (const { world } of contestedWorlds) {
      const settled = settle(world);
      expectNothingToDo(settled);
      for (const { roleId, because } of planOf(world).restrain) {
        // What is respected is not ours any more; what was fought over is what it was.
        if (because !== 'fight') expect(settled.view.grants.has(roleId)).toBe(false);
        else if (!world.view.member.roleIds.has(roleId)) expect(settled.view.grants).toEqual(world.view.grants);
        const taken = { ...settled.view, flips: new Map(), member: aMember([]) };
        const given = { ...settled.view, flips: new Map(), member: aMember([roleId]) };
        expect(changesOf(planOf({ ...settled, view: taken }))).toEqual([]);
        expect(changesOf(planOf({ ...settled, view: given }))).toEqual([]);
      }
    }
  });

  it('does what the mappings say when an admin asks, whatever went before', () => {
    for (const { world, situation } of contestedWorlds) {
      if (!situation.isAsked || situation.isBlocked || situation.desired === '?') continue;
      const { view } = settle(world);
      expect(view.suppressed?.size).toBe(0);
      const isKept = situation.isPresent && (situation.onForeign === 'keep' || !situation.isActive);
      const isEarned = situation.isActive && situation.desired === 'yes';
      const isForeign = !situation.isGranted || situation.back === 'ended';
      expect(view.member.roleIds.has('r')).toBe(isEarned || (isForeign && isKept));
    }
  });
});

describe('every case of two mappings for one role', () => {
  const [yes, no, open] = [inGroups('g', 'h'), inGroups('h'), factsOf({ local: silent() })];
  const stays = aMapping({ id: 'stays', groupId: 'h' });

  it('never flaps when one goes and the other stays', () => {
    for (const { exclusiveSet, priority, onForeign, addOnly, graceSeconds } of everyCaseOf({
      exclusiveSet: [null, 'rank'],
      priority: [-1, 0, 1],
      onForeign: ['keep', 'remove'] as const,
      addOnly: [true, false],
      graceSeconds: [0, 60],
    })) {
      const goes = aMapping({ id: 'goes', exclusiveSet, priority, onForeign, addOnly, graceSeconds });
      const rules = someRules([{ ...stays, exclusiveSet }, goes]);
      const { view } = settle({ rules, view: aView({ facts: yes }) });
      expect(view.member.roleIds).toEqual(new Set(['r']));
      expect(changesOf(planOf({ rules, view: { ...view, facts: no } }))).toEqual([]);
      expect(changesOf(planOf({ rules, view: { ...view, facts: open } }))).toEqual([]);
      const without = someRules([
        { ...stays, exclusiveSet },
        { ...goes, isActive: false },
      ]);
      expect(changesOf(planOf({ rules: without, view }))).toEqual([]);
    }
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/core/grant.ts';
import { factsAndLess, planOf, type World, worlds } from '../support/core-arbitraries.ts';
import {
  afterwards,
  aGrant,
  aMapping,
  aMember,
  at,
  aView,
  changesOf,
  everyCaseOf,
  factsOf,
  inGroups,
  NOW,
  silent,
  someRules,
} from '../support/core-worlds.ts';

const many = { numRuns: 2000 };

/** Follows the plan, and looks what is left to do then. */
function settle({ rules, view }: World, now: Date = NOW): World {
  return { rules, view: afterwards(view, planOf({ rules, view }, now), now) };
}

function expectNothingToDo(world: World, now: Date = NOW): void {
  const { changes, ledger } = planOf(world, now);
  expect({ changes, ledger }).toEqual({ changes: [], ledger: [] });
}

/** Whether the one mapping of a small world gives the role; `-`: the member is not linked. */
const FACTS = { yes: inGroups('g'), no: inGroups(), '?': factsOf({ local: silent() }), '-': null };

/** Every situation that one role of one member can be in. */
const grants: readonly (Partial<Grant> | null)[] = [
  null,
  {},
  { undesiredSince: at(-30) },
  { undesiredSince: at(-120) },
  { isReleased: true },
  { mappingIds: [] },
];
const smallWorlds = everyCaseOf({
  desired: ['yes', 'no', '?', '-'] as const,
  isActive: [true, false],
  isPresent: [true, false],
  grant: grants,
  addOnly: [true, false],
  graceSeconds: [0, 60],
  onForeign: ['keep', 'remove'] as const,
  isBlocked: [true, false],
  isRejoin: [true, false],
}).map((situation) => {
  const { isActive, addOnly, graceSeconds, onForeign, isRejoin } = situation;
  const world = {
    rules: someRules([aMapping({ isActive, addOnly, graceSeconds, onForeign })], {
      blocks: new Map(situation.isBlocked ? [['r', 'role_above_bot']] : []),
    }),
    view: aView({
      member: aMember(situation.isPresent ? ['r'] : []),
      facts: FACTS[situation.desired],
      isRejoin,
      grants: situation.grant ? [aGrant(situation.grant)] : [],
    }),
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
      const expected: string[] = [];
      if (one.isBlocked) {
        // nothing can change
      } else if (!one.isActive) {
        if (one.isPresent && one.grant?.isReleased) expected.push('remove r');
      } else if (isTrue && !one.isPresent) {
        expected.push('add r');
      } else if (isFalse && one.isPresent && one.grant && !stays) {
        expected.push('remove r');
      } else if (isFalse && one.isPresent && !one.grant && one.onForeign === 'remove') {
        expected.push('remove r');
      } else if (isFalse && !one.isPresent && one.grant && one.isRejoin && stays) {
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
    const seen = (view: World['view'], facts: World['view']['facts'], seconds: number) =>
      settle({ rules, view: { ...view, facts } }, at(seconds)).view;
    let view = aView({ member: aMember(['r']), grants: [aGrant()] });
    view = seen(view, inGroups(), 0);
    view = seen(view, inGroups('g'), 50);
    view = seen(view, inGroups(), 55);
    expect(seen(view, inGroups(), 114).member.roleIds).toEqual(new Set(['r']));
    expect(seen(view, inGroups(), 115).member.roleIds).toEqual(new Set());
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

describe('the laws of planning, for any world', () => {
  it('following the plan leaves nothing to do', () => {
    fc.assert(
      fc.property(worlds, (world) => expectNothingToDo(settle(world))),
      many,
    );
  });

  it('following the plan leaves nothing to do later either, once the graces that ended are followed', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(1, 60, 3600, 86_400), (world, seconds) => {
        expectNothingToDo(settle(settle(world), at(seconds)), at(seconds));
      }),
      many,
    );
  });

  it('nothing that was settled moves before a grace ends', () => {
    fc.assert(
      fc.property(worlds, fc.nat(7200), (world, seconds) => {
        const ended = planOf(world).kept.filter(({ until }) => until !== null && until <= at(seconds));
        const later = planOf(settle(world), at(seconds)).changes.map(({ roleId }) => roleId);
        const givenBack = planOf(world).changes.filter(({ reason }) => reason === 'given_back_on_rejoin');
        for (const roleId of later) expect([...ended, ...givenBack].map((entry) => entry.roleId)).toContain(roleId);
      }),
      many,
    );
  });

  it('planning twice says the same, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before = structuredClone(world.view);
        expect(planOf(world)).toEqual(planOf(world));
        expect(world.view).toEqual(before);
      }),
      many,
    );
  });

  it('a role that no active mapping names changes only if it was released', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { changes, blocked, kept, ledger } = planOf(world);
        const named = new Set(world.rules.mappings.map(({ roleId }) => roleId));
        for (const { roleId } of [...changes, ...blocked, ...kept, ...ledger]) {
          expect(named.has(roleId) || world.view.grants.get(roleId)?.isReleased).toBe(true);
        }
      }),
      many,
    );
  });

  it('an unknown verdict changes nothing, on Discord or in the ledger', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { verdicts, changes, blocked, ledger } = planOf(world);
        for (const { roleId } of [...changes, ...blocked, ...ledger])
          expect(verdicts.get(roleId)?.value).not.toBe('unknown');
      }),
      many,
    );
  });

  it('silence only ever takes changes out of the plan; it never brings one in or turns one round', () => {
    fc.assert(
      fc.property(worlds, factsAndLess, ({ rules, view }, { complete, partial }) => {
        const planFor = (facts: World['view']['facts']) => planOf({ rules, view: { ...view, facts } });
        expect(changesOf(planFor(complete))).toEqual(expect.arrayContaining(changesOf(planFor(partial))));
      }),
      many,
    );
  });

  it('true is never taken away, false is given only back to somebody who rejoins', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { verdicts, changes } = planOf(world);
        for (const { action, roleId, reason } of changes) {
          const value = verdicts.get(roleId)?.value;
          if (action === 'remove') expect(value).not.toBe('true');
          else expect(value === 'true' || (reason === 'given_back_on_rejoin' && world.view.isRejoin)).toBe(true);
        }
      }),
      many,
    );
  });

  it('what is taken was ours, or a mapping asked for its removal', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { action, roleId, reason } of planOf(world).changes) {
          if (action === 'add') continue;
          const namers = world.rules.mappings.filter((mapping) => mapping.roleId === roleId);
          if (reason === 'foreign_removed') expect(namers.every(({ onForeign }) => onForeign === 'remove')).toBe(true);
          else expect(world.view.grants.has(roleId)).toBe(true);
        }
      }),
      many,
    );
  });

  it('a change is always a change, once for each role, and never of a blocked one', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { changes, blocked } = planOf(world);
        for (const { action, roleId } of [...changes, ...blocked]) {
          expect(world.view.member.roleIds.has(roleId)).toBe(action === 'remove');
        }
        const roleIds = [...changes, ...blocked].map(({ roleId }) => roleId);
        expect(new Set(roleIds).size).toBe(roleIds.length);
        for (const { roleId } of changes) expect(world.rules.blocks.has(roleId)).toBe(false);
        for (const { roleId, block } of blocked) expect(world.rules.blocks.get(roleId)).toBe(block);
      }),
      many,
    );
  });

  it('what blocks one role has no influence on the others, outside of exclusive sets', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const apart = { ...rules, mappings: rules.mappings.map((mapping) => ({ ...mapping, exclusiveSet: null })) };
        const free = planOf({ view, rules: { ...apart, blocks: new Map() } });
        const { changes, blocked } = planOf({ view, rules: apart });
        expect(changesOf({ changes: [...changes, ...blocked] })).toEqual(changesOf(free));
      }),
      many,
    );
  });

  it('bots, pending members and those with the bypass role are never touched', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom('bot', 'pending', 'bypass'), ({ rules, view }, kind) => {
        const member = {
          ...view.member,
          isBot: kind === 'bot',
          isPending: kind === 'pending',
          roleIds: new Set([...view.member.roleIds, ...(kind === 'bypass' ? ['vip'] : [])]),
        };
        const plan = planOf({ rules: { ...rules, bypassRoleId: 'vip' }, view: { ...view, member } });
        expect(plan).toMatchObject({ leftAlone: kind, changes: [], blocked: [], kept: [], ledger: [] });
      }),
      many,
    );
  });

  it('joining a group and leaving it again brings everybody back to where he was', () => {
    fc.assert(
      fc.property(fc.subarray(['r', 's', 'u']), fc.boolean(), (present, isForeignRemoved) => {
        const rules = someRules([aMapping({ onForeign: isForeignRemoved ? 'remove' : 'keep' })]);
        const start = settle({ rules, view: aView({ member: aMember(present) }) });
        const joined = settle({ rules, view: { ...start.view, facts: inGroups('g') } });
        const left = settle({ rules, view: { ...joined.view, facts: inGroups() } });
        expect(joined.view.member.roleIds).toEqual(new Set([...start.view.member.roleIds, 'r']));
        expect(left.view.member.roleIds).toEqual(new Set(present.filter((roleId) => roleId !== 'r')));
        expect(left.view.grants.size).toBe(0);
      }),
    );
  });
});

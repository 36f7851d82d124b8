import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import type { MemberPlan } from '../../src/core/plan.ts';
import {
  expectNothingToDo,
  factsAndLess,
  planOf,
  settle,
  withAll,
  type World,
  worlds,
} from '../support/core-arbitraries.ts';
import { aMapping, aMember, at, aView, changesOf, inGroups, someRules } from '../support/core-worlds.ts';

const many = { numRuns: 2000 };

function unblocked({ rules, view }: World): World {
  return { rules: { ...rules, blocks: new Map() }, view };
}

describe('the laws of planning, for any world', () => {
  it('following the plan leaves nothing to do', () => {
    fc.assert(
      fc.property(worlds, (world) => expectNothingToDo(settle(world))),
      many,
    );
  });

  it('once the plan is followed the ledger says whose the role is, confirmed, and since when nobody gives it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { view } = settle(world);
        for (const [roleId, { value }] of planOf({ ...world, view }).verdicts) {
          const grant = view.grants.get(roleId);
          if (view.suppressed?.has(roleId) || value === 'unknown') continue;
          if (value === 'true' && view.member.roleIds.has(roleId)) {
            expect(grant).toMatchObject({ isConfirmed: true, isReleased: false, undesiredSince: null });
          }
          if (value === 'false' && grant && !world.rules.blocks.has(roleId)) {
            expect(view.member.roleIds.has(roleId)).toBe(true);
            expect(grant.undesiredSince).not.toBeNull();
          }
        }
      }),
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

  it('planning twice says the same, whoever came between, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(worlds, worlds, (world, { view: other }) => {
        const before = structuredClone(world.view);
        const first = structuredClone(planOf(world).changes);
        for (const facts of [null, other.facts]) planOf({ rules: world.rules, view: { ...other, facts } });
        expect(planOf(world)).toEqual(planOf({ rules: { ...world.rules }, view: world.view }));
        expect(planOf(world).changes).toEqual(first);
        expect(world.view).toEqual(before);
      }),
      many,
    );
  });

  it('a role that no active mapping names changes only if it was released', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { changes, blocked, kept, ledger, restrain } = planOf(world);
        const named = new Set(world.rules.mappings.map(({ roleId }) => roleId));
        for (const { roleId } of [...changes, ...blocked, ...kept, ...ledger, ...restrain]) {
          expect(named.has(roleId) || world.view.grants.get(roleId)?.isReleased).toBe(true);
        }
      }),
      many,
    );
  });

  it('an unknown verdict changes nothing: on Discord, in the ledger, or in what is left alone', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { verdicts, changes, blocked, ledger, restrain, lift } = planOf(world);
        const isUnknown = (roleId: string) => verdicts.get(roleId)?.value === 'unknown';
        for (const { roleId } of [...changes, ...blocked, ...ledger, ...restrain])
          expect(isUnknown(roleId)).toBe(false);
        if (!world.view.isAsked) expect(lift.filter(isUnknown)).toEqual([]);
      }),
      many,
    );
  });

  it('nobody is renamed while a source is silent, nor for what no source has said', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const answers = [...(world.view.facts?.values() ?? [])];
        const isSilent = answers.length === 0 || answers.some(({ status }) => status === 'unknown');
        if (isSilent || world.rules.nicknameTemplate === '') expect(planOf(world).nick).toBeNull();
        const emptied = { ...world, view: { ...world.view, facts: new Map() as Facts } };
        expect(planOf(emptied).nick).toBeNull();
      }),
      many,
    );
  });

  it('silence only ever takes changes out of the plan; it never brings one in or turns one round', () => {
    fc.assert(
      fc.property(worlds, factsAndLess, ({ rules, view }, { complete, partial }) => {
        // Where one mapping respects what another reverts, it matters which of them gives the role.
        const planFor = (facts: Facts) => planOf(withAll({ rules, view: { ...view, facts } }, { onDrift: 'revert' }));
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
          else expect(value === 'true' || reason === 'given_back_on_rejoin').toBe(true);
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
      fc.property(worlds, (world) => {
        const apart = withAll(world, { exclusiveSet: null });
        const ofOthers = ({ changes, restrain, lift, ledger, kept }: MemberPlan) =>
          [...changes, ...restrain, ...ledger, ...kept, ...lift.map((roleId) => ({ roleId }))].filter(
            ({ roleId }) => !world.rules.blocks.has(roleId),
          );
        expect(ofOthers(planOf(apart))).toEqual(ofOthers(planOf(unblocked(apart))));
      }),
      many,
    );
  });

  it('what is blocked is what would be done else', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const apart = withAll(
          { rules, view: { ...view, flips: new Map() } },
          { exclusiveSet: null, onDrift: 'revert' },
        );
        const { changes, blocked } = planOf(apart);
        expect(changesOf({ changes: [...changes, ...blocked] })).toEqual(changesOf(planOf(unblocked(apart))));
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
        expect(plan).toMatchObject({
          leftAlone: kind,
          changes: [],
          blocked: [],
          kept: [],
          ledger: [],
          restrain: [],
          lift: [],
          nick: null,
        });
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

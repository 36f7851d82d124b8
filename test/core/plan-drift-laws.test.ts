import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../src/core/mapping.ts';
import { calmWorlds, planOf, withAll, worlds } from '../support/core-arbitraries.ts';
import { at } from '../support/core-worlds.ts';

const many = { numRuns: 2000 };

describe('the laws of planning, for what others change', () => {
  it('a role that is left as it is never changes, unless an admin asks for the member or its mapping ends', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const { changes, blocked, ledger, restrain, lift } = planOf({ rules, view: { ...view, isAsked: false } });
        for (const { roleId } of [...changes, ...blocked, ...ledger, ...restrain]) {
          const isLeft = view.suppressed?.has(roleId) && !lift.includes(roleId);
          if (isLeft) expect(rules.mappings.filter((mapping) => mapping.roleId === roleId)).toEqual([]);
        }
        // Who comes back gets his add-only roles back: undo has had its way by then.
        const ofLifted = [...changes, ...blocked].filter(({ roleId }) => lift.includes(roleId));
        expect(ofLifted.filter(({ reason }) => reason !== 'given_back_on_rejoin')).toEqual([]);
      }),
      many,
    );
  });

  it('a role is left as it is no more only when it is as it should be, or when an admin asks', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const { lift, verdicts } = planOf({ rules, view: { ...view, isAsked: false } });
        for (const roleId of lift) {
          expect(verdicts.get(roleId)?.value).toBe(view.member.roleIds.has(roleId) ? 'true' : 'false');
          expect(view.suppressed?.has(roleId)).toBe(true);
        }
        const asked = planOf({ rules, view: { ...view, isAsked: true } });
        expect(asked.lift).toEqual([...(view.suppressed?.keys() ?? [])]);
        expect(asked.restrain).toEqual([]);
      }),
      many,
    );
  });

  it('a role that is left as it is from now on is kept, and nothing is done about it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { restrain, kept, changes, blocked, ledger } = planOf(world);
        for (const { roleId, because } of restrain) {
          expect([...changes, ...blocked].filter((one) => one.roleId === roleId)).toEqual([]);
          expect(ledger.filter((edit) => edit.roleId === roleId && edit.edit === 'save')).toEqual([]);
          expect(kept).toContainEqual({ roleId, because: 'suppressed', until: null });
          expect(because === 'fight').toBe(because !== 'respect' && because !== 'alert');
          if (because === 'fight') expect(world.view.flips?.get(roleId)).toBeGreaterThanOrEqual(3);
          else expect(world.view.grants.get(roleId)?.isConfirmed).toBe(true);
        }
      }),
      many,
    );
  });

  it('what somebody took away is given back only where every mapping that may be asked reverts, or an admin asks', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom('respect' as const, 'alert' as const), (world, onDrift) => {
        const { changes, restrain } = planOf(withAll(world, { onDrift }));
        const reverted = changes.filter(({ reason }) => reason === 'drift_reverted');
        if (!world.view.isAsked) expect(reverted).toEqual([]);
        expect(restrain.filter(({ because }) => because !== 'fight' && because !== onDrift)).toEqual([]);
      }),
      many,
    );
  });

  it('how drift, leaving and asking are handled makes no difference to a member who stayed and lost nothing', () => {
    const handlings = fc.record({
      onDrift: fc.constantFrom<Mapping['onDrift']>('revert', 'respect', 'alert'),
      removeRolesOnLeave: fc.boolean(),
      isAsked: fc.boolean(),
      joinedAt: fc.constantFrom(null, at(-100_000)),
    });
    fc.assert(
      fc.property(calmWorlds, handlings, (calm, { onDrift, removeRolesOnLeave, isAsked, joinedAt }) => {
        const { rules, view } = withAll(calm, { onDrift });
        const other = planOf({
          rules: { ...rules, removeRolesOnLeave },
          view: { ...view, isAsked, member: { ...view.member, joinedAt } },
        });
        const { verdicts, ...plan } = planOf(calm);
        expect({ ...other, verdicts }).toEqual({ ...plan, verdicts });
        expect(plan).toMatchObject({ restrain: [], lift: [], nick: null });
      }),
      many,
    );
  });

  it('nothing left alone, nothing flipped, nobody back and nobody asked for is the same as not knowing of any', () => {
    fc.assert(
      fc.property(calmWorlds, ({ rules, view: { member, facts, grants } }) => {
        const nothing = { suppressed: new Map(), flips: new Map(), isRejoin: false, isAsked: false };
        const view = { member, facts, grants };
        expect(planOf({ rules, view })).toEqual(planOf({ rules, view: { ...view, ...nothing } }));
      }),
      many,
    );
  });
});

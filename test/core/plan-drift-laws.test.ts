import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../src/core/mapping.ts';
import type { GuildRules } from '../../src/core/plan.ts';
import { calmWorlds, planOf, withAll, worlds } from '../support/core-arbitraries.ts';
import { at } from '../support/core-worlds.ts';

const many = { numRuns: 2000 };

function namedBy({ mappings }: GuildRules): ReadonlySet<string> {
  return new Set(mappings.map(({ roleId }) => roleId));
}

describe('the laws of planning, for what others change', () => {
  it('a role that is left as it is never changes, until an admin asks, its mapping ends or undo is outlived', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const { changes, blocked, ledger, restrain, lift } = planOf({ rules, view: { ...view, isAsked: false } });
        // But for the grant of a role that somebody took for good: a crash may have left it.
        const noted = ledger.filter(
          ({ edit, roleId }) => edit !== 'forget' || view.suppressed?.get(roleId)?.reason !== 'drift',
        );
        for (const { roleId } of [...changes, ...blocked, ...noted, ...restrain]) {
          expect(view.suppressed?.has(roleId) && !lift.includes(roleId)).not.toBe(true);
        }
        for (const { roleId, reason } of [...changes, ...blocked].filter((one) => lift.includes(one.roleId))) {
          const isUndoOfUnlinked =
            view.facts === null && view.grants.has(roleId) && view.suppressed?.get(roleId)?.reason === 'undo';
          if (!namedBy(rules).has(roleId)) expect(reason).toBe('mapping_released');
          else if (isUndoOfUnlinked) expect(['not_linked', 'foreign_removed']).toContain(reason);
          // Who comes back gets his add-only roles back: undo, or the fight, has had its way by then.
          else expect(reason).toBe('given_back_on_rejoin');
        }
      }),
      many,
    );
  });

  it('a role is left as it is no more exactly when it is as it should be, when that has no object any more, or when an admin asks', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const { leftAlone, lift, verdicts } = planOf({ rules, view: { ...view, isAsked: false } });
        expect(leftAlone).toBeNull();
        const ended = [...(view.suppressed?.values() ?? [])].filter(({ roleId, reason }) => {
          const value = verdicts.get(roleId)?.value;
          const isPresent = view.member.roleIds.has(roleId);
          if (value === undefined || (value === 'true' && isPresent)) return true;
          if (reason === 'undo' && view.facts === null && view.grants.has(roleId)) return true;
          return value === 'false' && !isPresent && reason !== 'drift';
        });
        expect(lift.toSorted()).toEqual(ended.map(({ roleId }) => roleId).toSorted());
        const asked = planOf({ rules, view: { ...view, isAsked: true } });
        expect(asked.lift).toEqual([...(view.suppressed?.keys() ?? [])]);
        expect(asked.restrain).toEqual([]);
      }),
      many,
    );
  });

  it('a role that is left as it is from now on is kept, nothing is done about it, and only a fight leaves it ours', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { restrain, kept, changes, blocked, ledger } = planOf(world);
        for (const { roleId, because } of restrain) {
          expect([...changes, ...blocked].filter((one) => one.roleId === roleId)).toEqual([]);
          const edits = ledger.filter((edit) => edit.roleId === roleId);
          // Of what others give again and again, only the grant from before he left and came back can be on paper.
          const isForgotten = because !== 'fight' || world.view.member.roleIds.has(roleId);
          const hadGrant = world.view.grants.has(roleId);
          expect(edits).toEqual(isForgotten && hadGrant ? [{ edit: 'forget', roleId }] : []);
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

  it('what somebody took away follows the strongest mapping that is not known to refuse it', () => {
    fc.assert(
      fc.property(worlds, ({ rules, view }) => {
        const { changes, restrain, verdicts } = planOf({ rules, view: { ...view, isAsked: false } });
        const handled = (roleId: string) =>
          verdicts.get(roleId)?.mappings.find(({ value }) => value !== 'false')?.mapping.onDrift;
        for (const { roleId, reason } of changes) {
          if (reason === 'drift_reverted') expect(handled(roleId)).toBe('revert');
        }
        for (const { roleId, because } of restrain) {
          if (because !== 'fight') expect(handled(roleId)).toBe(because);
        }
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

import type { Mapping } from '../core/mapping.ts';
import type { MemberPlan } from '../core/plan.ts';

/** The role of an active mapping, and those that compete with it in its exclusive set; empty: there is no such mapping. */
export function rolesWith(mappings: readonly Mapping[], mappingId: string): ReadonlySet<string> {
  const meant = mappings.find(({ id, isActive }) => id === mappingId && isActive);
  if (!meant) return new Set();
  const { exclusiveSet } = meant;
  const rivals = mappings.filter((one) => one.isActive && exclusiveSet !== null && one.exclusiveSet === exclusiveSet);
  return new Set([meant, ...rivals].map(({ roleId }) => roleId));
}

/** What a plan says of these roles alone; null: of all. */
export function onlyRoles(plan: MemberPlan, roleIds: ReadonlySet<string> | null): MemberPlan {
  if (!roleIds) return plan;
  const isMeant = ({ roleId }: { roleId: string }) => roleIds.has(roleId);
  return {
    leftAlone: plan.leftAlone,
    changes: plan.changes.filter(isMeant),
    blocked: plan.blocked.filter(isMeant),
    kept: plan.kept.filter(isMeant),
    ledger: plan.ledger.filter(isMeant),
    restrain: plan.restrain.filter(isMeant),
    lift: plan.lift.filter((roleId) => roleIds.has(roleId)),
    nick: null,
    verdicts: new Map([...plan.verdicts].filter(([roleId]) => roleIds.has(roleId))),
  };
}

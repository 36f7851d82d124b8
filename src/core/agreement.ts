import type { GuardedChange } from './guard.ts';

/** What a person saw before he said yes. What is absent here is all agreed to. */
export interface Agreement {
  /** Only changes of these roles. */
  roleIds?: readonly string[];
  /** He saw so many removals. If there are more by now, he has agreed to none of them. */
  removals?: number;
  /** Not the changes of these roles: he could not give or take them by hand. */
  exceptRoleIds?: readonly string[];
}

/** Parts what a person agreed to from what came up since: that has to pass the blast-radius guard as if nobody had asked. */
export function partByAgreement<C extends GuardedChange>(
  changes: readonly C[],
  { roleIds, removals = Infinity, exceptRoleIds = [] }: Agreement,
): { agreed: C[]; others: C[] } {
  const meant = changes.filter(({ roleId }) => (roleIds?.includes(roleId) ?? true) && !exceptRoleIds.includes(roleId));
  const isMore = meant.filter(({ action }) => action === 'remove').length > removals;
  const agreed = new Set(isMore ? meant.filter(({ action }) => action === 'add') : meant);
  return { agreed: [...agreed], others: changes.filter((change) => !agreed.has(change)) };
}

/** What stands for both of two agreements; where they don't fit together, the narrower reading. */
export function bothAgreed(a: Agreement, b: Agreement): Agreement {
  if (isUnlimited(a) || isUnlimited(b)) return {};
  const roleIds = a.roleIds && b.roleIds && [...new Set([...a.roleIds, ...b.roleIds])];
  const removals = Math.max(a.removals ?? 0, b.removals ?? 0);
  const isCounted = a.removals !== undefined || b.removals !== undefined;
  const exceptRoleIds = [...new Set([...(a.exceptRoleIds ?? []), ...(b.exceptRoleIds ?? [])])];
  return {
    ...(roleIds && { roleIds }),
    ...(isCounted && { removals }),
    ...(exceptRoleIds.length > 0 && { exceptRoleIds }),
  };
}

/** Whether he was shown what exactly would follow; else he agreed to whatever there was at that moment. */
export function isOfWhatWasShown({ roleIds, removals }: Agreement): boolean {
  return roleIds !== undefined || removals !== undefined;
}

function isUnlimited(agreement: Agreement): boolean {
  return !isOfWhatWasShown(agreement) && agreement.exceptRoleIds === undefined;
}

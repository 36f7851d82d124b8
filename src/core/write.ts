import type { MemberPlan, PlannedChange } from './plan.ts';

/** The one call that makes a member's changes: atomic for one role, the whole list for several. */
export type Write =
  | { call: 'none' }
  | { call: 'put'; roleId: string }
  | { call: 'delete'; roleId: string }
  | { call: 'patch'; roleIds: string[] };

/**
 * The cheapest safe write. A PATCH replaces the whole set, so it is built from the roles that the member has right now
 * and keeps every role that the changes don't name.
 * @param current the member's roles read just before, without @everyone
 */
export function planWrite(
  changes: readonly Pick<PlannedChange, 'action' | 'roleId'>[],
  current: ReadonlySet<string>,
): Write {
  const open = changes.filter(({ action, roleId }) => current.has(roleId) === (action === 'remove'));
  const [only] = open;
  if (!only) return { call: 'none' };
  if (open.length === 1) return { call: only.action === 'add' ? 'put' : 'delete', roleId: only.roleId };
  const roleIds = new Set(current);
  for (const { action, roleId } of open) {
    if (action === 'add') roleIds.add(roleId);
    else roleIds.delete(roleId);
  }
  return { call: 'patch', roleIds: [...roleIds] };
}

/** Where a member's state was seen: a join tells all there is, unless it is an old one; an event may be late; a page may be minutes old. */
export type SeenIn = 'join' | 'event' | 'page';

/**
 * Whether to read the member again before following the plan. A single PUT or DELETE is atomic and harmless on an old
 * state; a whole list is not, and neither is forgetting a grant because an old state lacks the role.
 */
export function needsFreshLook({ changes, ledger }: Pick<MemberPlan, 'changes' | 'ledger'>, seenIn: SeenIn): boolean {
  const forgets = ledger.some(({ edit }) => edit === 'forget');
  switch (seenIn) {
    case 'event':
      return changes.length > 0 || ledger.length > 0;
    case 'join':
      return changes.length > 1 || ledger.length > 0 || changes.some(({ reason }) => reason !== 'mapping_true');
    case 'page':
      return changes.length > 1 || forgets;
  }
}

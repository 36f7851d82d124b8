import type { PlannedChange } from './plan.ts';

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
export function planWrite(changes: readonly Pick<PlannedChange, 'action' | 'roleId'>[], current: ReadonlySet<string>): Write {
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

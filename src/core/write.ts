import type { MemberPlan, PlannedChange } from './plan.ts';

/** The one call that makes a member's changes: atomic for one role, the whole list for several, a name goes along. */
export type Write =
  | { call: 'none' }
  | { call: 'put'; roleId: string }
  | { call: 'delete'; roleId: string }
  | { call: 'patch'; roleIds: string[] | null; nick: string | null };

type Wanted = Pick<PlannedChange, 'action' | 'roleId'>;

/**
 * The cheapest safe write. A PATCH replaces the whole set, so it is built from the roles that the member has right now
 * and keeps every role that the changes don't name.
 * @param current the member's roles read just before, without @everyone
 * @param via the bucket that has a place: one role can go through either
 */
export function planWrite(
  { changes, nick }: { changes: readonly Wanted[]; nick: string | null },
  current: ReadonlySet<string>,
  via: 'role' | 'member' = 'role',
): Write {
  const open = changes.filter(({ action, roleId }) => current.has(roleId) === (action === 'remove'));
  const [only] = open;
  if (!only) return nick === null ? { call: 'none' } : { call: 'patch', roleIds: null, nick };
  if (open.length === 1 && nick === null && via === 'role') {
    return { call: only.action === 'add' ? 'put' : 'delete', roleId: only.roleId };
  }
  const roleIds = new Set(current);
  for (const { action, roleId } of open) {
    if (action === 'add') roleIds.add(roleId);
    else roleIds.delete(roleId);
  }
  return { call: 'patch', roleIds: [...roleIds], nick };
}

/** The buckets that this write may go through; none where there is nothing to write. */
export function bucketsFor({ changes, nick }: Pick<MemberPlan, 'changes' | 'nick'>): readonly ('role' | 'member')[] {
  if (nick !== null || changes.length > 1) return ['member'];
  return changes.length === 1 ? ['role', 'member'] : [];
}

/** Where a member's state was seen: a join tells all there is, unless it is an old one; an event may be late; a page may be minutes old. */
export type SeenIn = 'join' | 'event' | 'page';

/** A page older than this is looked at again before anything is written. */
const FRESH_MS = 30_000;

/**
 * Whether to read the member again before following the plan. A single PUT or DELETE is atomic and harmless on an old
 * state; a whole list is not, and neither is forgetting a grant, or leaving a role alone or no more, because an old
 * state says so.
 */
export function needsFreshLook(
  { changes, ledger, restrain, lift, nick }: Pick<MemberPlan, 'changes' | 'ledger' | 'restrain' | 'lift' | 'nick'>,
  { seenIn, ageMs }: { seenIn: SeenIn; ageMs: number },
): boolean {
  if (restrain.length > 0 || lift.length > 0 || nick !== null) return true;
  const forgets = ledger.some(({ edit }) => edit === 'forget');
  switch (seenIn) {
    case 'event':
      return changes.length > 0 || ledger.length > 0;
    case 'join':
      return changes.length > 1 || ledger.length > 0 || changes.some(({ reason }) => reason !== 'mapping_true');
    case 'page':
      return changes.length > 1 || forgets || (ageMs > FRESH_MS && changes.length + ledger.length > 0);
  }
}

/** What a write has shown: roles that were there after it, and roles that were not. */
export interface ShownWrite {
  added: readonly string[];
  removed: readonly string[];
}

/**
 * Whether to read the member once more, because what was just read may be an old state of his: something is to be
 * done or noted on it, and it contradicts what was seen before, or what our own last write showed. Whatever is true,
 * the second look says so again.
 * @param seenBefore his roles as somebody saw them before the look; null: nobody did
 */
export function needsSecondLook(
  { changes, ledger, restrain, lift }: Pick<MemberPlan, 'changes' | 'ledger' | 'restrain' | 'lift'>,
  read: ReadonlySet<string>,
  { seenBefore, shown }: { seenBefore: ReadonlySet<string> | null; shown: ShownWrite | null },
): boolean {
  if (changes.length + ledger.length + restrain.length + lift.length === 0) return false;
  const isSame = seenBefore?.size === read.size && [...read].every((id) => seenBefore.has(id));
  const isOtherwise = seenBefore !== null && !isSame;
  const contradicts = shown?.added.some((id) => !read.has(id)) || shown?.removed.some((id) => read.has(id));
  return isOtherwise || contradicts === true;
}

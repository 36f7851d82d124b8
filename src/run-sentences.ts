import type { Trigger } from './core/occasion.ts';
import type { Change, Run } from './db/run-store.ts';
import { count, join, person } from './markup.ts';

const OCCASIONS: Readonly<Record<Trigger, string>> = {
  manual: 'by hand',
  schedule: 'on schedule',
  startup: 'at the start',
  join: 'on joining',
  drift: 'after a change by hand',
  link: 'on linking',
  unlink: 'on unlinking',
  group: 'after a change in a group',
  push: 'after news from a source of groups',
  mapping: 'after a change of a mapping',
  expiry: 'after the end of a membership',
  guild_event: 'after a change of the server',
  approval: 'after approval',
  undo: 'by hand',
};

/** Why a run was, and who asked, to follow what it was: ` by @Ada`, `, on schedule`, `, after a change in a group by @Ada`. */
export function occasionOf({ trigger, initiatedBy, targetId, decidedBy }: Run): string {
  if (trigger === 'approval' && decidedBy !== null) return '';
  const by = initiatedBy === null || initiatedBy === targetId ? '' : ` by ${person(initiatedBy)}`;
  return by !== '' && OCCASIONS[trigger] === 'by hand' ? by : `, ${OCCASIONS[trigger]}${by}`;
}

/** What a run was: `Sync of @Ana`, `Undo of a sync of the server`. */
export function subjectOf({ type, targetId, undoOf }: Run): string {
  const what = undoOf === null ? 'Sync' : 'Undo of a sync';
  if (type === 'user' && targetId !== null) return `${what} of ${person(targetId)}`;
  return `${what} of ${type === 'mapping' ? 'a mapping' : 'the server'}`;
}

/** `3 roles added and 1 role removed`; null: neither. */
export function didWords({ rolesAdded, rolesRemoved }: Pick<Run, 'rolesAdded' | 'rolesRemoved'>): string | null {
  const sums = [
    ...(rolesAdded > 0 ? [`${count(rolesAdded, 'role')} added`] : []),
    ...(rolesRemoved > 0 ? [`${count(rolesRemoved, 'role')} removed`] : []),
  ];
  return sums.length > 0 ? join(sums) : null;
}

/** Whether there is something of it to undo. */
export function isUndoable({ status, rolesAdded, rolesRemoved }: Run): boolean {
  const hasEnded = status === 'completed' || status === 'failed' || status === 'cancelled';
  return hasEnded && rolesAdded + rolesRemoved > 0;
}

/** What a run really changed, of its changes. */
export function appliedOf(changes: readonly Change[]): Change[] {
  return changes.filter(({ outcome, reason }) => outcome === 'applied' && reason !== 'put_back');
}

/** Where all removals that wait can be seen. */
export const HELD_LISTED = '`/audit outcome:Waits for approval` lists all.';

import type { Member } from '../core/guild.ts';
import type { ChangeResult } from './results.ts';

/** Changes whose answer was lost: the next look tells what became of them. */
export interface Unanswered {
  note(changes: readonly ChangeResult[]): void;
  /** Those that turn out to be done. */
  seenDone(member: Member): ChangeResult[];
  all(): ChangeResult[];
}

export function createUnanswered(): Unanswered {
  let open: readonly ChangeResult[] = [];
  return {
    note(changes) {
      open = changes;
    },
    seenDone(member) {
      const done = open.filter(({ action, roleId }) => member.roleIds.has(roleId) === (action === 'add'));
      open = [];
      return done.map(({ action, roleId, reason, mappingIds }) => ({
        action,
        roleId,
        reason,
        mappingIds,
        outcome: 'applied',
      }));
    },
    all: () => [...open],
  };
}

import type { Member } from '../core/guild.ts';
import type { Intended } from './open-run.ts';
import { resultOf } from './permit.ts';
import type { ChangeResult } from './results.ts';

/** Changes whose answer was lost: the next look tells what became of them. */
export interface Unanswered {
  note(changes: readonly ChangeResult[]): void;
  /** Roles that we have taken, as it turns out, and that are still on the ledger. */
  takenFrom(member: Member): string[];
  /** Those that turn out to be done. */
  seenDone(member: Member): ChangeResult[];
  all(): ChangeResult[];
}

/** @param first what a run was at when Rolewright stopped */
export function createUnanswered(first: readonly Intended[]): Unanswered {
  let open: readonly ChangeResult[] = first.map((change) => resultOf(change, 'failed'));
  return {
    note(changes) {
      open = changes;
    },
    takenFrom: ({ roleIds }) =>
      open
        .filter(({ action, roleId, reason }) => action === 'remove' && reason !== 'put_back' && !roleIds.has(roleId))
        .map(({ roleId }) => roleId),
    seenDone(member) {
      const done = open.filter(({ action, roleId }) => member.roleIds.has(roleId) === (action === 'add'));
      open = [];
      return done.map(({ changedBy, ...change }) => resultOf(change, 'applied', changedBy));
    },
    all: () => [...open],
  };
}

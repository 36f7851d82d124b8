import type { Trigger } from '../src/core/occasion.ts';
import type { Change, Run } from '../src/db/run-store.ts';
import { changesByMember, count, few, join, moment, relative, user } from '../src/markup.ts';
import type { Lines } from './message.ts';

const OCCASIONS: Readonly<Record<Trigger, string>> = {
  manual: 'by hand',
  schedule: 'on schedule',
  startup: 'at the start',
  join: 'on joining',
  drift: 'after a change by hand',
  link: 'on linking',
  unlink: 'on unlinking',
  group: 'after a change in a group',
  mapping: 'after a change of a mapping',
  expiry: 'after the end of a membership',
  guild_event: 'after a change of the server',
  approval: 'after approval',
  undo: 'by hand',
};

/** One run in a list: what it was, when, why, by whom, and what it did. */
export function runLine(run: Run, isUndone: boolean): string {
  const parts = [`${subjectOf(run)}${occasionOf(run)}`, ...decisionWords(run), ...(isUndone ? ['undone since'] : [])];
  return `${relative(run.startedAt)}: ${parts.join(' · ')}`;
}

function occasionOf({ trigger, initiatedBy, targetId, decidedBy }: Run): string {
  if (trigger === 'approval' && decidedBy !== null) return '';
  const by = initiatedBy === null || initiatedBy === targetId ? '' : ` by ${user(initiatedBy)}`;
  return by !== '' && OCCASIONS[trigger] === 'by hand' ? by : `, ${OCCASIONS[trigger]}${by}`;
}

function subjectOf({ type, targetId, undoOf }: Run): string {
  const what = undoOf === null ? 'Sync' : 'Undo of a sync';
  if (type === 'user' && targetId !== null) return `${what} of ${user(targetId)}`;
  return `${what} of ${type === 'mapping' ? 'a mapping' : 'the server'}`;
}

function decisionWords(run: Run): string[] {
  const { decidedBy, isBounded, status } = run;
  if (decidedBy === null) return [resultWords(run)];
  const isDiscarded = isBounded && status === 'cancelled';
  return isDiscarded ? [`discarded by ${user(decidedBy)}`] : [`approved by ${user(decidedBy)}`, resultWords(run)];
}

function resultWords(run: Run): string {
  const done = didWords(run);
  const failed = run.usersFailed > 0 ? `, ${count(run.usersFailed, 'member')} failed` : '';
  switch (run.status) {
    case 'planned':
    case 'pending':
      return 'not begun yet';
    case 'held':
      return 'waits for approval';
    case 'running':
      return 'still running';
    case 'completed':
      return `${done ?? 'nothing changed'}${failed}`;
    case 'failed':
      return `**did not get through**${done === null ? '' : `: ${done}`}${failed}`;
    case 'cancelled':
      return `cancelled${done === null ? '' : ` after ${done}`}`;
  }
}

function didWords({ rolesAdded, rolesRemoved }: Run): string | null {
  const sums = [
    ...(rolesAdded > 0 ? [`${count(rolesAdded, 'role')} added`] : []),
    ...(rolesRemoved > 0 ? [`${count(rolesRemoved, 'role')} removed`] : []),
  ];
  return sums.length > 0 ? join(sums) : null;
}

/** Who loses which role once an admin says yes. */
export function heldLines(changes: readonly Change[]): string[] {
  return few(changesByMember(changes), { lines: 15, characters: 1500 });
}

/** The removals that wait, in a sentence. */
export function heldHead({ startedAt }: Run, changes: readonly Change[]): string {
  const members = new Set(changes.map(({ discordId }) => discordId)).size;
  return `⏸️ **${count(changes.length, 'removal waits', 'removals wait')} for approval** (${count(members, 'member')}, since ${relative(startedAt)}):`;
}

/** What became of a run that was held. */
export function settledWords({ status, decidedBy, isBounded, errors }: Run): string {
  if (decidedBy === null) return errors.at(-1) ?? 'This does not wait for approval any more.';
  if (status === 'cancelled' && isBounded) return `${user(decidedBy)} discarded this already. Nothing was removed.`;
  return `${user(decidedBy)} approved this already. \`/sync status\` shows what came of it.`;
}

/** The question before a run is undone: what it would reverse at most. `applied` may be the first part only. */
export function undoQuestion(run: Run, applied: readonly Change[]): Lines {
  const { rolesAdded, rolesRemoved, startedAt } = run;
  const reversed = applied.map(({ discordId, roleId, action }) => {
    const opposite: Change['action'] = action === 'add' ? 'remove' : 'add';
    return { discordId, roleId, action: opposite };
  });
  const sums = [
    ...(rolesAdded > 0 ? [`${count(rolesAdded, 'role')} taken away again`] : []),
    ...(rolesRemoved > 0 ? [`${count(rolesRemoved, 'role')} given back`] : []),
  ];
  const rest = rolesAdded + rolesRemoved - applied.length;
  return {
    head: [`Undo the sync of ${moment(startedAt)}? At most: ${join(sums)}.`, UNDO_MEANS],
    list: [...changesByMember(reversed), ...(rest > 0 ? [`… and ${count(rest, 'more change')}`] : [])],
  };
}

const UNDO_MEANS =
  'What has changed since is left alone. What is undone stays so until an admin syncs that member with `/sync user`.';

import type { Change, Run } from '../src/db/run-store.ts';
import { changesByMember, count, few, join, moment, person, relative } from '../src/markup.ts';
import { didWords, HELD_LISTED, occasionOf, subjectOf } from '../src/run-sentences.ts';
import type { Lines } from './message.ts';

/** One run in a list: what it was, when, why, by whom, and what it did. */
export function runLine(run: Run, isUndone: boolean): string {
  const parts = [`${subjectOf(run)}${occasionOf(run)}`, ...decisionWords(run), ...(isUndone ? ['undone since'] : [])];
  return `${relative(run.startedAt)}: ${parts.join(' · ')}`;
}

function decisionWords(run: Run): string[] {
  const { decidedBy, isBounded, status } = run;
  if (decidedBy === null) return [resultWords(run)];
  const isDiscarded = isBounded && status === 'cancelled';
  return isDiscarded ? [`discarded by ${person(decidedBy)}`] : [`approved by ${person(decidedBy)}`, resultWords(run)];
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

/** Who loses which role once an admin says yes. */
export function heldLines(changes: readonly Change[]): string[] {
  return few(changesByMember(changes), { lines: 15, characters: 1500 }, HELD_LISTED);
}

/** The removals that wait, in a sentence. */
export function heldHead({ startedAt }: Run, changes: readonly Change[]): string {
  const members = new Set(changes.map(({ discordId }) => discordId)).size;
  return `⏸️ **${count(changes.length, 'removal waits', 'removals wait')} for approval** (${count(members, 'member')}, since ${relative(startedAt)}):`;
}

/** What it means that this run was cancelled. */
export function cancelledWords({ undoOf, decidedBy }: Pick<Run, 'undoOf' | 'decidedBy'>): string {
  if (undoOf !== null) return 'The undo is cancelled. What it has reversed so far stays so; the rest is left as it is.';
  const rest = decidedBy === null ? 'the next sync does the rest' : 'the next sync asks again about the rest';
  return `The sync is cancelled. What it has changed so far stays; ${rest}.`;
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
    where: '`/audit` lists the changes of every run.',
    list: [...changesByMember(reversed), ...(rest > 0 ? [`… and ${count(rest, 'more change')}`] : [])],
  };
}

const UNDO_MEANS =
  'What has changed since is left alone. What is undone stays so until an admin syncs that member with `/sync user`.';

import type { Change, Run } from '../src/db/run-store.ts';
import { count, moment, person, relative, role, signed, user } from '../src/markup.ts';
import { didWords } from '../src/run-sentences.ts';
import { MADE } from '../src/sync/ports.ts';
import type { AuditQuery } from './audit-query.ts';
import { nameOfOutcome } from './outcome-words.ts';
import { OUTCOMES, reasonOf } from './wording.ts';

/** How many changes there are on all pages, and how many of them were made. */
interface Found {
  total: number;
  made: number;
}

/** What the page shows, which part of how much, and below it by what it was chosen. */
export function headLines(query: AuditQuery, { total, made }: Found, limit: number): string[] {
  const { page, what, discordId, roleId, outcome, runId, since } = query;
  const isOfRoles = what === 'roles';
  const filters = [
    ...(discordId === null ? [] : [`${isOfRoles ? 'member' : 'by'} ${user(discordId)}`]),
    ...(roleId === null || !isOfRoles ? [] : [`role ${role(roleId)}`]),
    ...(outcome === null || !isOfRoles ? [] : [`outcome “${nameOfOutcome(outcome)}”`]),
    ...(runId === null || !isOfRoles ? [] : [`run \`${runId.slice(0, 8)}\``]),
    ...(since === null ? [] : [`since ${moment(since)}`]),
  ];
  const subject = isOfRoles ? roleChanges(made, total - made) : count(total, 'change of the configuration', MANY);
  const pages = Math.ceil(total / limit);
  const where = pages > 1 ? `, page ${page.toLocaleString('en')} of ${pages.toLocaleString('en')}` : '';
  return [`**${subject}**${where}`, ...(filters.length > 0 ? [`Only: ${filters.join(' · ')}`] : [])];
}

function roleChanges(made: number, notMade: number): string {
  if (notMade === 0) return count(made, 'role change');
  return made === 0
    ? `${count(notMade, 'role change')} not made`
    : `${count(made, 'role change')} made, ${notMade.toLocaleString('en')} not made`;
}

const MANY = 'changes of the configuration';

/** What stands where there is nothing to show. */
export function nothingWords({ discordId, roleId, outcome, runId, since }: AuditQuery): string {
  const isAll = [discordId, roleId, outcome, runId, since].every((filter) => filter === null);
  return isAll ? 'Nothing has been changed yet.' : 'Nothing fits. Leave out a filter to see more.';
}

/** One change of a role: when, whose, which (or what did not happen, and why not), why, and by which run. */
export function changeLine(change: Change): string {
  const { at, discordId, reason, outcome, changedBy, runId } = change;
  const by = changedBy === null ? '' : ` (changed by ${person(changedBy)})`;
  const why = `${reasonOf(reason)}${by}`;
  const what = isMade(outcome)
    ? `${signed(change)} · ${why}${outcome === 'undone' ? ` · ${OUTCOMES.undone}` : ''}`
    : `${notMadeWords(change)} · it was due because ${why}`;
  return `${relative(at)} ${user(discordId)} ${what} · run \`${runId.slice(0, 8)}\``;
}

function isMade(outcome: Change['outcome']): boolean {
  return MADE.some((made) => made === outcome);
}

/** `not given: @Pilot · Discord forbids it` */
function notMadeWords({ action, roleId, outcome }: Change): string {
  const given = action === 'add' ? 'given' : 'removed';
  if (outcome === null) return `not ${given} yet: ${role(roleId)}`;
  if (outcome === 'already') return `${action === 'add' ? 'there' : 'gone'} already: ${role(roleId)}`;
  const yet = outcome === 'held' || outcome === 'deferred' ? ' yet' : '';
  return `not ${given}${yet}: ${role(roleId)} · ${OUTCOMES[outcome]}`;
}

/** A run in a list, where nothing is rendered: `0f7c2a91 · 2026-11-20 12:00 UTC · 3 roles added`. */
export function runLabel(run: Run): string {
  const when = `${run.startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const members = run.type === 'user' ? '' : ` · ${count(run.usersProcessed, 'member')}`;
  return `${run.id.slice(0, 8)} · ${when} · ${didWords(run) ?? UNCHANGED[run.status]}${members}`;
}

/** Of a run that changed nothing (yet). */
const UNCHANGED: Readonly<Record<Run['status'], string>> = {
  planned: 'not begun yet',
  pending: 'not begun yet',
  held: 'waits for approval',
  running: 'still running',
  completed: 'nothing changed',
  failed: 'did not get through, nothing changed',
  cancelled: 'cancelled, nothing changed',
};

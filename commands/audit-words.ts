import type { Change, Run } from '../src/db/run-store.ts';
import { count, moment, person, relative, role, signed, user } from '../src/markup.ts';
import { didWords } from '../src/run-sentences.ts';
import type { AuditQuery } from './audit-query.ts';
import { nameOfOutcome } from './outcome-words.ts';
import { OUTCOMES, reasonOf } from './wording.ts';

/** What the page shows, which part of how much, and below it by what it was chosen. */
export function headLines(query: AuditQuery, total: number, limit: number): string[] {
  const { page, what, discordId, roleId, outcome, runId, since } = query;
  const isOfRoles = what === 'roles';
  const filters = [
    ...(discordId === null ? [] : [`${isOfRoles ? 'member' : 'by'} ${user(discordId)}`]),
    ...(roleId === null || !isOfRoles ? [] : [`role ${role(roleId)}`]),
    ...(outcome === null || !isOfRoles ? [] : [`outcome “${nameOfOutcome(outcome)}”`]),
    ...(runId === null || !isOfRoles ? [] : [`run \`${runId.slice(0, 8)}\``]),
    ...(since === null ? [] : [`since ${moment(since)}`]),
  ];
  const subject = isOfRoles ? count(total, 'role change') : count(total, 'change of the configuration', MANY);
  const pages = Math.ceil(total / limit);
  const where = pages > 1 ? `, page ${page.toLocaleString('en')} of ${pages.toLocaleString('en')}` : '';
  return [`**${subject}**${where}`, ...(filters.length > 0 ? [`Only: ${filters.join(' · ')}`] : [])];
}

const MANY = 'changes of the configuration';

/** What stands where there is nothing to show. */
export function nothingWords({ discordId, roleId, outcome, runId, since }: AuditQuery): string {
  const isAll = [discordId, roleId, outcome, runId, since].every((filter) => filter === null);
  return isAll ? 'Nothing has been changed yet.' : 'Nothing fits. Leave out a filter to see more.';
}

/** One change of a role: when, whose, which, why, what became of it, and by which run. */
export function changeLine({ at, discordId, action, roleId, reason, outcome, changedBy, runId }: Change): string {
  const by = changedBy === null ? '' : ` (changed by ${person(changedBy)})`;
  const end = outcome === 'applied' ? '' : ` · ${outcomeWords(outcome ?? 'planned')}`;
  return `${relative(at)} ${user(discordId)} ${signed({ action, roleId })} · ${reasonOf(reason)}${by}${end} · run \`${runId.slice(0, 8)}\``;
}

function outcomeWords(outcome: NonNullable<Change['outcome']> | 'planned'): string {
  return outcome === 'planned' ? 'not done yet' : OUTCOMES[outcome];
}

/** A run in a list, where nothing is rendered: `0f7c2a91 · 2026-11-20 12:00 UTC · 3 roles added`. */
export function runLabel(run: Run): string {
  const when = `${run.startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const members = run.type === 'user' ? '' : ` · ${count(run.usersProcessed, 'member')}`;
  return `${run.id.slice(0, 8)} · ${when} · ${didWords(run) ?? run.status}${members}`;
}

import type { MappingWithHealth } from '../src/sync/mapping-health.ts';
import type { RunProgress } from '../src/sync/results.ts';
import { count, person, plain, relative } from '../src/markup.ts';
import { CANCELLED } from '../src/sync/guild-run.ts';
import { RUN_DOCTOR } from './wording.ts';

/** A run on its way: `▰▰▰▱▱▱▱▱▱▱ 300 of 1,000 members`, then its sums. */
export function progressLines(progress: RunProgress): string[] {
  const { usersTotal, usersProcessed } = progress;
  const how =
    usersTotal === null
      ? `Reading the members … ${count(usersProcessed, 'member')} looked at`
      : `${bar(usersTotal === 0 ? 1 : usersProcessed / usersTotal)} ${usersProcessed.toLocaleString('en')} of ${count(usersTotal, 'member')}`;
  return [how, sums(progress)];
}

function bar(share: number): string {
  const full = Math.max(0, Math.min(10, Math.floor(share * 10)));
  return '▰'.repeat(full) + '▱'.repeat(10 - full);
}

function sums({ rolesAdded, rolesRemoved, usersFailed, blocked, held, deferred }: RunProgress): string {
  return [
    `${count(rolesAdded, 'role')} added, ${count(rolesRemoved, 'role')} removed`,
    ...(held > 0 ? [`${count(held, 'removal waits', 'removals wait')} for approval`] : []),
    ...(deferred > 0 ? [`${count(deferred, 'change comes', 'changes come')} later`] : []),
    ...(usersFailed > 0 ? [`${count(usersFailed, 'member')} failed`] : []),
    ...(blocked > 0 ? [`${count(blocked, 'change')} cannot work`] : []),
  ].join(' · ');
}

/** What came of a run, to whoever reads it. */
export function sumLines(
  progress: RunProgress,
  { user: reader }: { user: { id: string } },
  what: 'sync' | 'undo' = 'sync',
): string[] {
  const { status, usersProcessed, usersFailed, blocked, held, deferred } = progress;
  const errors = progress.errors.filter((error) => error !== CANCELLED);
  const advice = [
    ...(held > 0 ? ['To decide about the removals that wait, run `/sync status`.'] : []),
    ...(deferred > 0 ? ['What comes later follows with the next syncs, so that not too much changes at once.'] : []),
    ...(blocked > 0 ? [`To mend what cannot work, ${RUN_DOCTOR}.`] : []),
    ...(usersFailed > 0 ? ['What failed is tried again at the next sync.'] : []),
  ];
  const shown = errors.slice(0, 5).map((error) => `⚠️ ${plain(error, 200)}`);
  const more = errors.length > 5 ? [`… and ${errors.length - 5} more`] : [];
  return [
    status === 'cancelled'
      ? `${cancelledWords(progress, reader.id, what)} What was not done yet stays as it was.`
      : `${ENDINGS[status].replace('{what}', `The ${what}`)} ${count(usersProcessed, 'member')} looked at.`,
    sums(progress),
    ...shown,
    ...more,
    ...advice,
  ];
}

function cancelledWords(progress: RunProgress, readerId: string, what: string): string {
  const { cancelledBy, usersTotal, usersProcessed } = progress;
  const who = cancelledBy === readerId ? 'You' : cancelledBy === undefined ? 'Somebody' : person(cancelledBy);
  const done = `${usersProcessed.toLocaleString('en')} of ${count(usersTotal ?? 0, 'member was', 'members were')} done`;
  return `${who} cancelled this ${what}: ${usersTotal === null ? 'it had not begun to change roles' : done}.`;
}

const ENDINGS: Readonly<Record<Exclude<RunProgress['status'], 'cancelled'>, string>> = {
  running: '{what} is still running.',
  completed: '✅ {what} is done.',
  failed: '❌ {what} did not get through.',
};

/** What runs now. */
export function nowLines(progress: RunProgress | null): string[] {
  if (progress?.status !== 'running') return ['No sync is running.'];
  return ['A sync of this server is running.', ...progressLines(progress)];
}

/** When a mapping was last followed, and how the mappings are. */
export function mappingLines(mappings: readonly MappingWithHealth[], hasRuns: boolean): string[] {
  const last = Math.max(0, ...mappings.map(({ mapping }) => mapping.lastSync?.getTime() ?? 0));
  const active = mappings.filter(({ mapping }) => mapping.isActive);
  const broken = active.filter(({ findings }) => findings.some(({ severity }) => severity === 'error')).length;
  return [
    ...(last > 0
      ? [`The last sync of the whole server was ${relative(new Date(last))}.`]
      : hasRuns
        ? []
        : ['No sync has run yet.']),
    `${count(active.length, 'active mapping')}${healthWords(active.length, broken)}.`,
  ];
}

function healthWords(active: number, broken: number): string {
  if (active === 0) return ': make one with `/map add`';
  if (broken === 0) return '';
  return `, ${active === 1 ? 'and it' : `${broken} of them`} cannot work: ${RUN_DOCTOR}`;
}

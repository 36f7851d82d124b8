import type { Change, Run } from './db/run-store.ts';
import { changesByMember, COLORS, count, few, person, plain } from './markup.ts';
import { didWords } from './run-sentences.ts';

/** What became of removals that waited for an admin's word, and by whom. */
export function decisionLines(run: Run): string[] {
  const { decidedBy, status, errors, usersFailed } = run;
  if (decidedBy === null) return [errors.at(-1) ?? 'This does not wait for approval any more.'];
  const by = person(decidedBy);
  if (isDiscarded(run)) return [`Discarded by ${by}. These roles stay, and Rolewright does not ask again for a day.`];
  if (status === 'running') return [`Approved by ${by}. What is still due is being removed now.`];
  const did = didWords(run) ?? 'no role removed';
  return [
    status === 'completed' ? `Approved by ${by}: ${did}.` : cutShort(by, status, did),
    ...few(
      errors.map((error) => `⚠️ ${plain(error, 200)}`),
      { lines: 5, characters: 1000 },
    ),
    ...(usersFailed > 0 ? [`⚠️ ${count(usersFailed, 'member')} failed. The next sync tries again.`] : []),
  ];
}

function cutShort(by: string, status: Run['status'], did: string): string {
  const how = status === 'cancelled' ? 'then cancelled' : 'but it did not get through';
  return `Approved by ${by}, ${how}: ${did}. The next sync looks at the rest again.`;
}

/** A message of the audit channel about removals that wait no more: what was decided, by whom, what came of it, and whom it was about. */
export function decisionEmbed(run: Run, removals: readonly Pick<Change, 'discordId' | 'action' | 'roleId'>[]) {
  const { status, decidedBy } = run;
  const verb = decidedBy === null ? 'called off' : isDiscarded(run) ? 'discarded' : 'approved';
  const mark = verb === 'approved' ? (MARKS[status] ?? '⏳') : '🚫';
  return {
    title: `${mark} ${count(removals.length, 'removal')} ${verb}`,
    description: [
      ...decisionLines(run),
      '',
      ...few(changesByMember(removals), { lines: 20, characters: 2500 }, '`/audit` lists all.'),
    ].join('\n'),
    color: status === 'completed' ? COLORS.fine : status === 'failed' ? COLORS.wrong : COLORS.told,
  };
}

const MARKS: Partial<Record<Run['status'], string>> = { completed: '✅', failed: '❌', cancelled: '⏹️' };

function isDiscarded({ status, isBounded }: Run): boolean {
  return status === 'cancelled' && isBounded;
}

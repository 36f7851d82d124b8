import type { Check } from '../src/core/conditions.ts';
import type { Explanation } from '../src/core/explain.ts';
import type { Truth } from '../src/core/facts.ts';
import type { MappingVerdict } from '../src/core/verdict.ts';
import type { GroupNames } from './group-option.ts';
import { characterWords, mappingLine } from './mapping-words.ts';
import type { Lines } from './message.ts';
import { blockOf, count, join, keptBecause, leftAloneWords, plain, reasonOf, relative, role, user } from './wording.ts';

const MARKS: Readonly<Record<Truth, string>> = { true: '✅', false: '❌', unknown: '❔' };

/** Why a member has, or lacks, a role: the verdict, every mapping with its conditions, the grant, and what comes next. */
export function explanationLines(explanation: Explanation, nameOf: GroupNames): Lines {
  const { discordId, roleId, isPresent, isLinked, mappings } = explanation;
  return {
    head: [
      `${user(discordId)} ${isPresent ? '**has**' : 'does **not** have'} ${role(roleId)}. ${verdictWords(explanation)}`,
      ...(isLinked ? [] : [`${user(discordId)} has not linked, so no group counts. Ask them to run \`/link\`.`]),
    ],
    list: mappings.flatMap((verdict) => mappingLines(verdict, nameOf)),
    tail: [...grantLines(explanation), ...nextLines(explanation)],
  };
}

function verdictWords({ verdict, mappings }: Explanation): string {
  const words: Readonly<Record<Explanation['verdict'], string>> = {
    unmanaged: 'No active mapping names this role, so Rolewright does not manage it.',
    true: 'It should be there: a mapping gives it.',
    false: mappings.length === 1 ? 'Its mapping does not give it.' : 'None of its mappings gives it.',
    unknown: 'Nobody can say right now, so it stays as it is.',
  };
  return words[verdict];
}

function mappingLines({ mapping, holds, value, checks, settledBy }: MappingVerdict, nameOf: GroupNames): string[] {
  const lines = [
    `${MARKS[value]} ${mappingLine(mapping, nameOf)}`,
    ...checks.map((check) => `> ${checkLine(check, nameOf)}`),
  ];
  if (holds === 'unknown' && checks.every((check) => check.value !== 'unknown')) {
    lines.push('> ❔ a group that it names does not exist: run `/doctor`');
  }
  const set = mapping.exclusiveSet === null ? null : `exclusive set “${plain(mapping.exclusiveSet)}”`;
  if (set && settledBy) {
    const how = value === 'unknown' ? 'nobody can say yet whether' : 'it loses, because';
    lines.push(`> ${MARKS[value]} ${set}: ${how} ${mappingLine(settledBy, nameOf)} wins`);
  } else if (set && value === 'true') {
    lines.push(`> ✅ ${set}: it wins`);
  }
  return lines;
}

function checkLine(check: Check, nameOf: GroupNames): string {
  const mark = MARKS[check.value];
  if (check.kind === 'groups') return `${mark} in ${memberships(check, nameOf, check.requireAll ? 'and' : 'or')}`;
  if (check.kind === 'excluded_groups') return `${mark} not in ${memberships(check, nameOf, 'or')}`;
  if (check.kind === 'required_permission') return `${mark} permission ${plain(check.permission)}${age(check.asOf)}`;
  const known = check.isExact ? count(check.count, 'character') : `${count(check.count, 'character')} or more`;
  return `${mark} ${join(characterWords(check.min, check.max))}: ${known}${age(check.asOf)}`;
}

function memberships(
  { groups }: Extract<Check, { kind: 'groups' | 'excluded_groups' }>,
  nameOf: GroupNames,
  word: string,
): string {
  const saying = { true: 'is in', false: 'is not in', unknown: 'unknown' } as const;
  return join(
    groups.map(({ groupId, isMember, asOf }) => `**${nameOf(groupId)}** (${saying[isMember]}${age(asOf)})`),
    word,
  );
}

/** The age of a fact. */
function age(asOf: Date | null): string {
  return asOf ? `, as of ${relative(asOf)}` : ', never answered';
}

function grantLines({ grant, isPresent }: Explanation): string[] {
  if (!grant) return isPresent ? ['Grant: none. Somebody else gave it.'] : [];
  const run =
    grant.runId === null ? 'found in place and taken over, or by a run no longer kept' : `by run ${plain(grant.runId)}`;
  const undesired = grant.undesiredSince ? `, not earned any more since ${relative(grant.undesiredSince)}` : '';
  return [`Grant: Rolewright gave it ${relative(grant.grantedAt)} (${run})${undesired}.`];
}

function nextLines({ leftAlone, change, block, kept, verdict, roleId }: Explanation): string[] {
  const lines: string[] = [];
  if (leftAlone) lines.push(leftAloneWords(leftAlone));
  if (block && verdict !== 'unmanaged')
    lines.push(`⚠️ Rolewright cannot give or take it: ${blockOf(block)}. Run \`/doctor\`.`);
  if (kept) lines.push(`It stays: ${keptBecause(kept)}.`);
  const next = change
    ? `${change.action === 'add' ? 'give' : 'remove'} ${role(roleId)}: ${reasonOf(change.reason)}`
    : 'change nothing here';
  return [...lines, `The next sync would ${next}.`];
}

import type { Check } from '../src/core/conditions.ts';
import type { Explanation } from '../src/core/explain.ts';
import { sourceOf, type Truth } from '../src/core/facts.ts';
import type { Mapping } from '../src/core/mapping.ts';
import type { MappingVerdict } from '../src/core/verdict.ts';
import { count, join, plain, relative, role, user } from '../src/markup.ts';
import type { GroupNames } from './group-option.ts';
import { characterWords, mappingLine } from './mapping-words.ts';
import type { Lines } from './message.ts';
import { blockOf, HELD_WORDS, keptWords, leftAloneWords, reasonOf, RUN_DOCTOR } from './wording.ts';

export const MARKS: Readonly<Record<Truth, string>> = { true: '✅', false: '❌', unknown: '❔' };

/** What stands around an explanation. */
interface Around {
  /** Mappings of the role that are switched off, so that they do not count. */
  switchedOff: readonly Mapping[];
  /** Discord or an integration gives and takes the role. */
  isKeptByDiscord: boolean;
  /** The reader asks about himself. */
  isSelf: boolean;
  /** Its removal waits for an admin's word. */
  isHeld: boolean;
}

/** Why a member has, or lacks, a role: the verdict, every mapping with its conditions, the grant, and what comes next. */
export function explanationLines(
  explanation: Explanation,
  nameOf: GroupNames,
  { switchedOff, isKeptByDiscord, isSelf, isHeld }: Around,
): Lines {
  const { discordId, roleId, isPresent, isLinked, mappings } = explanation;
  const notLinked = `${user(discordId)} has not linked, so no group counts. ${isSelf ? 'Run' : 'Ask them to run'} \`/link\`.`;
  return {
    head: [
      `${user(discordId)} ${isPresent ? '**has**' : 'does **not** have'} ${role(roleId)}. ${verdictWords(explanation)}`,
      ...(isLinked || mappings.length === 0 ? [] : [notLinked]),
    ],
    list: [
      ...mappings.flatMap((verdict) => mappingLines(verdict, nameOf)),
      ...switchedOff.map((mapping) => `⏸️ ${mappingLine(mapping, nameOf)}`),
    ],
    tail: [...grantLines(explanation, isKeptByDiscord), ...nextLines(explanation, isHeld)],
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
    lines.push(`> ❔ a group that it names does not exist: ${RUN_DOCTOR}`);
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
  if (check.kind === 'required_permission')
    return `${mark} permission ${plain(check.permission)}, ${ageWords(check.asOf)}`;
  const known = check.isExact ? count(check.count, 'character') : `${count(check.count, 'character')} or more`;
  return `${mark} ${join(characterWords(check.min, check.max))}: ${known}, ${ageWords(check.asOf)}`;
}

function memberships(
  { groups }: Extract<Check, { kind: 'groups' | 'excluded_groups' }>,
  nameOf: GroupNames,
  word: string,
): string {
  const words = groups.map(({ groupId, isMember, asOf }) => {
    const notes = [
      ...(groups.length > 1 || isMember === 'unknown' ? [SAYING[isMember]] : []),
      ...(sourceOf(groupId) === 'local' ? [] : [ageWords(asOf)]),
    ];
    return `**${nameOf(groupId)}**${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  });
  return join(words, word);
}

/** Which of several groups it is; of a single one the mark says it. */
const SAYING: Readonly<Record<Truth, string>> = { true: 'is in', false: 'is not in', unknown: 'unknown' };

/** The age of a fact; what Rolewright keeps itself is always of now. */
function ageWords(asOf: Date | null): string {
  return asOf ? `as of ${relative(asOf)}` : 'never answered';
}

function grantLines({ grant, isPresent }: Explanation, isKeptByDiscord: boolean): string[] {
  if (!grant && isPresent && isKeptByDiscord) return ['Grant: none. Discord or an integration gives it.'];
  if (!grant) return isPresent ? ['Grant: none. Somebody else gave it.'] : [];
  const run =
    grant.runId === null
      ? 'found in place and taken over, or by a run no longer kept'
      : `by run ${plain(grant.runId.slice(0, 8))}`;
  const undesired = grant.undesiredSince ? `, not earned any more since ${relative(grant.undesiredSince)}` : '';
  return [`Grant: Rolewright gave it ${relative(grant.grantedAt)} (${run})${undesired}.`];
}

function nextLines({ leftAlone, change, block, kept, verdict, roleId }: Explanation, isHeld: boolean): string[] {
  const lines: string[] = [];
  if (leftAlone) lines.push(leftAloneWords(leftAlone));
  if (block && verdict !== 'unmanaged')
    lines.push(`⚠️ Rolewright cannot give or take it: ${blockOf(block)}. To mend it, ${RUN_DOCTOR}.`);
  if (kept) lines.push(`It ${keptWords(kept)}.`);
  if (change?.action === 'remove' && isHeld)
    return [...lines, `It would go (${reasonOf(change.reason)}), but ${HELD_WORDS} with \`/sync status\`.`];
  const next = change
    ? `${change.action === 'add' ? 'give' : 'remove'} ${role(roleId)}: ${reasonOf(change.reason)}`
    : 'change nothing here';
  return [...lines, `The next sync would ${next}.`];
}

import type { Mapping } from '../src/core/mapping.ts';
import { permissionWords, type Permission } from '../src/core/permissions.ts';
import { count, join, plain, role } from '../src/markup.ts';
import type { GuildPreview } from '../src/sync/results.ts';
import type { GroupNames } from './group-option.ts';
import type { ImportPlan } from './map-import-plan.ts';
import { SYNCING } from './map-words.ts';
import { conditionWords, mappingLine } from './mapping-words.ts';
import type { Lines } from './message.ts';
import { previewLines, previewSums } from './preview-words.ts';

/** What an import would do; `preview` null: it changes nothing. */
export function importLines(
  { added, changed, same, problems }: ImportPlan,
  preview: GuildPreview | null,
  nameOf: GroupNames,
): Lines {
  const sums = [
    ...(added.length > 0 ? [`${count(added.length, 'mapping')} added`] : []),
    ...(changed.length > 0 ? [`${count(changed.length, 'mapping')} changed`] : []),
    ...(same > 0 ? [`${count(same, 'mapping')} like this already`] : []),
    ...(problems.length > 0 ? [`${count(problems.length, 'problem')}, left out`] : []),
  ];
  return {
    head: [
      preview
        ? `Import this file? ${sums.join(', ')}.`
        : `Nothing to import: ${sums.join(', ') || 'the file is empty'}.`,
      ...(preview ? [previewSums(preview)] : []),
    ],
    list: [
      ...problems.map((problem) => `❌ ${plain(problem, 250)}`),
      ...added.map(({ after }) => `➕ ${mappingLine(after, nameOf)}`),
      ...changed.flatMap(({ before, after }) => [
        `✏️ ${mappingLine(before, nameOf)}`,
        `> becomes ${mappingLine(after, nameOf)}`,
      ]),
      ...(preview ? previewLines(preview) : []),
    ],
  };
}

/** The second question, before an import hands out power. */
export function dangerLines(items: readonly { after: Mapping; dangerous: Permission[] }[], nameOf: GroupNames): Lines {
  return {
    head: ['⚠️ This file hands out power, now and later, without asking again:'],
    list: items.map(({ after, dangerous }) => {
      const powers = join(dangerous.map(permissionWords));
      return `• ${role(after.roleId)} carries **${powers}**, for everybody in ${conditionWords(after, nameOf)}.`;
    }),
    tail: ['Is that what you want?'],
  };
}

/** What came of it. */
export function reportLines(
  { added, changed }: { added: number; changed: number },
  failures: readonly string[],
): Lines {
  const did = `${count(added, 'mapping')} added, ${changed.toLocaleString('en')} changed`;
  return {
    head: [`${failures.length === 0 ? '✅ Imported' : '⚠️ Imported in part'}: ${did}.`],
    list: failures.map((failure) => `❌ ${plain(failure, 250)}`),
    tail: added + changed > 0 ? [SYNCING] : [],
  };
}

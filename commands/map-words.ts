import type { Mapping, MappingRule } from '../src/core/mapping.ts';
import { permissionWords, type Permission } from '../src/core/permissions.ts';
import { ruleOf, type MappingDraft } from '../src/sync/mapping-drafts.ts';
import type { MappingWithHealth } from '../src/sync/mapping-health.ts';
import type { MappingPreview } from '../src/sync/mapping-previews.ts';
import { count, join, role } from '../src/markup.ts';
import type { GroupNames } from './group-option.ts';
import { conditionWords, mappingLine } from './mapping-words.ts';
import { warningLines } from './mapping-warnings.ts';
import type { Lines } from './message.ts';
import { previewLines, previewOfMapping, previewSums } from './preview-words.ts';
import { RUN_DOCTOR } from './wording.ts';

/** What a new mapping would do: the members who would get the role, those who hold it now, and what the doctor says. */
export function describePreview(
  line: string,
  draft: MappingDraft,
  { findings, foreignHolders, preview: whole }: MappingPreview,
  siblings: readonly string[],
): Lines {
  const rule = ruleOf(draft);
  const preview = previewOfMapping(whole, rule);
  const gains = preview.members.filter(({ plan }) =>
    plan.changes.some(({ action, roleId }) => action === 'add' && roleId === draft.roleId),
  );
  return {
    head: [
      `Add the mapping ${line}?`,
      `${count(gains.length, 'member')} would get ${role(draft.roleId)} now.`,
      ...holderLines(draft, foreignHolders),
      ...siblings,
      ...warningLines(rule, findings),
      ...(whole.members.length > 0 ? [previewSums(preview)] : []),
    ],
    list: previewLines(preview),
  };
}

function holderLines({ roleId, onForeign }: MappingDraft, holders: number): string[] {
  if (holders === 0) return [];
  const who = `⚠️ ${count(holders, 'member')} who ${holders === 1 ? 'holds' : 'hold'} ${role(roleId)} now would not qualify and`;
  return [
    onForeign === 'remove'
      ? `${who} would **lose** it (\`on_foreign: remove\`).`
      : `${who} would keep it (\`on_foreign: keep\`).`,
  ];
}

/** What an edit changes: before, after, and what follows for the members. */
export function editLines(
  { before, after, findings, preview: whole }: MappingPreview & { before: Mapping; after: Mapping },
  { nameOf, roles }: { nameOf: GroupNames; roles: 'remove' | 'keep' },
): Lines {
  const preview = previewOfMapping(whole, before.exclusiveSet === null ? after : before);
  const switchedOff = before.isActive && !after.isActive;
  return {
    head: [
      'Change this mapping?',
      `Before: ${mappingLine(before, nameOf)}`,
      `After: ${mappingLine(after, nameOf)}`,
      ...(switchedOff ? [roles === 'keep' ? KEEPS : TAKES] : []),
      ...warningLines(after, findings),
      previewSums(preview),
    ],
    list: previewLines(preview),
  };
}

/** Every mapping with its health, those with errors first. */
export function listLines(mappings: readonly MappingWithHealth[], nameOf: GroupNames): Lines {
  if (mappings.length === 0) return { head: ['There are no mappings yet. Make one with `/map add`.'] };
  const ranked = [...mappings].sort((a, b) => severity(b) - severity(a) || b.mapping.priority - a.mapping.priority);
  const list = ranked.map((entry) => `${mark(entry)} ${mappingLine(entry.mapping, nameOf)}`);
  const sick = mappings.filter(({ findings }) => findings.length > 0).length;
  const advice = sick > 0 ? [`${count(sick, 'mapping needs', 'mappings need')} a look: ${RUN_DOCTOR}.`] : [];
  return { head: [`**${count(mappings.length, 'mapping')}**`], list, where: '`/map export` has all.', tail: advice };
}

function severity({ findings }: MappingWithHealth): number {
  if (findings.some((finding) => finding.severity === 'error')) return 2;
  return findings.length > 0 ? 1 : 0;
}

function mark(entry: MappingWithHealth): string {
  if (!entry.mapping.isActive) return '⏸️';
  return ['✅', '⚠️', '❌'][severity(entry)] ?? '✅';
}

/** The second question before a rule hands out power. */
export function dangerQuestion(rule: MappingRule, dangerous: readonly Permission[], nameOf: GroupNames): string[] {
  const gets = dangerous.length === 1 ? 'gets it' : 'gets them';
  return [
    `⚠️ ${role(rule.roleId)} carries **${join(dangerous.map(permissionWords))}**.`,
    `Everybody in ${conditionWords(rule, nameOf)} ${gets}, now and later, without being asked again. Is that what you want?`,
  ];
}

export function dangerAnswer(dangerous: readonly Permission[]): string {
  return `Yes, hand out ${join(dangerous.map(permissionWords))}`;
}

/** What removing or disabling a mapping means for the roles that it gave. */
export const TAKES =
  'Members lose the role where only this mapping gave it. Where another mapping gives it too, it stays.';
export const KEEPS = 'Everybody keeps the role, and Rolewright no longer touches it unless another mapping names it.';

/** What follows a change of mappings. */
export const SYNCING = 'The members follow now, in the background; `/sync status` shows how far it is.';

import type { Finding } from '../src/core/doctor.ts';
import { sourceOf } from '../src/core/facts.ts';
import { groupsNamedBy, type Mapping, type MappingRule } from '../src/core/mapping.ts';
import type { MappingWithHealth } from '../src/sync/mapping-health.ts';
import type { GroupNames } from './group-option.ts';
import { mappingLine } from './mapping-words.ts';
import { findingLine } from './wording.ts';

/** What is odd about a mapping that is being made or changed, a line each. */
export function warningLines(rule: MappingRule, findings: readonly Finding[]): string[] {
  return [...findings.map(draftFindingLine), ...settingWarnings(rule), ...factWarnings(rule)];
}

/** What the doctor says of a mapping that is not saved yet. */
function draftFindingLine(finding: Finding): string {
  if (finding.code !== 'never_true') return findingLine(finding);
  return '⚠️ Its conditions contradict each other, so nobody would ever get the role. Cancel and change the conditions.';
}

function settingWarnings({ addOnly, graceSeconds, onForeign, priority, exclusiveSet }: MappingRule): string[] {
  return [
    ...(addOnly && graceSeconds > 0
      ? ['⚠️ `grace` has no effect with `add_only`: the role stays without an end anyway.']
      : []),
    ...(addOnly && onForeign === 'remove'
      ? ['⚠️ `add_only` keeps only what Rolewright gave: `on_foreign: remove` still takes what somebody else gave.']
      : []),
    ...(priority !== 0 && exclusiveSet === null ? ['⚠️ `priority` has no effect without an `exclusive_set`.'] : []),
  ];
}

function factWarnings({ groupId, conditions }: Pick<Mapping, 'groupId' | 'conditions'>): string[] {
  const asksForMore = (conditions.characterCountMin ?? 0) > 0 || conditions.requiredPermissions.length > 0;
  const isLocal = [...groupsNamedBy({ groupId, conditions })].every((id) => sourceOf(id) === 'local');
  return asksForMore && isLocal
    ? [
        '⚠️ Groups kept by Rolewright report no characters or permissions, so nobody qualifies unless another source reports them.',
      ]
    : [];
}

/** Mappings that give the same role for the same group already, under other conditions. */
export function siblingLines(
  { roleId, groupId }: Pick<Mapping, 'roleId' | 'groupId'>,
  all: readonly MappingWithHealth[],
  nameOf: GroupNames,
): string[] {
  return all
    .filter(({ mapping }) => mapping.isActive && mapping.roleId === roleId && mapping.groupId === groupId)
    .map(
      ({ mapping }) => `⚠️ There is ${mappingLine(mapping, nameOf)} already: who fits either of them gets the role.`,
    );
}

import type { Mapping, MappingRule } from '../src/core/mapping.ts';
import { count, join, plain, role } from '../src/markup.ts';
import type { GroupNames } from './group-option.ts';

/** Whom a mapping means: `**Pilots** or **Cadets**, not in **Banned**, at least 3 characters`. */
export function conditionWords(
  { groupId, conditions }: Pick<Mapping, 'groupId' | 'conditions'>,
  nameOf: GroupNames,
): string {
  const bold = (id: string) => `**${nameOf(id)}**`;
  const excluded = conditions.excludedGroups.map(bold);
  return [
    join([groupId, ...conditions.groups].map(bold), conditions.requireAll ? 'and' : 'or'),
    ...(excluded.length > 0 ? [`not in ${join(excluded, 'or')}`] : []),
    ...characterWords(conditions.characterCountMin, conditions.characterCountMax),
    ...conditions.requiredPermissions.map((permission) => `with ${plain(permission)}`),
  ].join(', ');
}

export function characterWords(min: number | null, max: number | null): string[] {
  return [
    ...(min === null ? [] : [`at least ${count(min, 'character')}`]),
    ...(max === null ? [] : [`at most ${count(max, 'character')}`]),
  ];
}

/** How a mapping differs from the plainest one, in a few words each. */
function settingWords(mapping: MappingRule): string[] {
  return [
    ...(mapping.isActive ? [] : ['**off**']),
    ...(mapping.priority === 0 ? [] : [`priority ${mapping.priority}`]),
    ...(mapping.exclusiveSet === null ? [] : [`one of set “${plain(mapping.exclusiveSet)}”`]),
    ...(mapping.onForeign === 'keep' ? [] : ['taken from everybody else']),
    ...(mapping.onDrift === 'revert' ? [] : [DRIFT[mapping.onDrift]]),
    ...(mapping.addOnly ? ['only adds'] : []),
    ...(mapping.graceSeconds === 0 ? [] : [`stays ${durationWords(mapping.graceSeconds)} longer`]),
  ];
}

const DRIFT: Readonly<Record<Exclude<Mapping['onDrift'], 'revert'>, string>> = {
  respect: 'stays off when somebody takes it',
  alert: 'stays off and alerts when somebody takes it',
};

/** Seconds in the greatest unit that fits. */
export function durationWords(seconds: number): string {
  if (seconds % 86_400 === 0) return count(seconds / 86_400, 'day');
  if (seconds % 3600 === 0) return count(seconds / 3600, 'hour');
  return count(Math.ceil(seconds / 60), 'minute');
}

/** A mapping in one line: `@Pilot ← **Pilots** · priority 5`. */
export function mappingLine(mapping: MappingRule, nameOf: GroupNames): string {
  return [`${role(mapping.roleId)} ← ${conditionWords(mapping, nameOf)}`, ...settingWords(mapping)].join(' · ');
}

import { allOf, not, sourceOf, type Facts, type Truth } from './facts.ts';
import type { Conditions, Mapping } from './mapping.ts';

/** Whether an account is in one group, and how old that fact is. */
interface GroupCheck {
  groupId: string;
  isMember: Truth;
  asOf: Date | null;
}

/** The result of one condition of a mapping, with the facts behind it. */
export type Check =
  | { kind: 'groups'; value: Truth; requireAll: boolean; groups: GroupCheck[] }
  | { kind: 'excluded_groups'; value: Truth; groups: GroupCheck[] }
  | {
      kind: 'character_count';
      value: Truth;
      min: number | null;
      max: number | null;
      count: number;
      isExact: boolean;
      asOf: Date | null;
    }
  | { kind: 'required_permission'; value: Truth; permission: string; asOf: Date | null };

type Rule = Pick<Mapping, 'groupId' | 'conditions'>;

/** Whether the mapping's condition holds for an account: all of its parts do. For every member of a guild, so it only looks as far as it must. */
export function conditionHolds({ groupId, conditions }: Rule, facts: Facts): Truth {
  const { groups, excludedGroups, requireAll, requiredPermissions } = conditions;
  let result = isInGroups(groupId, groups, requireAll, facts);
  if (result !== 'false' && excludedGroups.length > 0) result = allOf([result, isOutside(excludedGroups, facts)]);
  if (result !== 'false' && countsCharacters(conditions)) result = allOf([result, charactersHold(conditions, facts)]);
  for (const permission of requiredPermissions) {
    if (result !== 'false') result = allOf([result, hasPermission(permission, facts)]);
  }
  return result;
}

/** Every part of the mapping's condition, evaluated, with the facts behind it. The condition holds when all of them are true. */
export function checkConditions({ groupId, conditions }: Rule, facts: Facts): Check[] {
  const { groups, excludedGroups, requireAll, requiredPermissions } = conditions;
  const seen = (id: string): GroupCheck => ({
    groupId: id,
    isMember: isInGroup(id, facts),
    asOf: facts.get(sourceOf(id))?.asOf ?? null,
  });
  const checks: Check[] = [
    {
      kind: 'groups',
      value: isInGroups(groupId, groups, requireAll, facts),
      requireAll,
      groups: [groupId, ...groups].map(seen),
    },
  ];
  if (excludedGroups.length > 0) {
    checks.push({
      kind: 'excluded_groups',
      value: isOutside(excludedGroups, facts),
      groups: excludedGroups.map(seen),
    });
  }
  const asOf = oldest(facts);
  if (countsCharacters(conditions)) {
    const { characterCountMin: min, characterCountMax: max } = conditions;
    const value = charactersHold(conditions, facts);
    checks.push({ kind: 'character_count', value, min, max, ...countCharacters(facts), asOf });
  }
  for (const permission of requiredPermissions) {
    checks.push({ kind: 'required_permission', value: hasPermission(permission, facts), permission, asOf });
  }
  return checks;
}

function isInGroup(groupId: string, facts: Facts): Truth {
  const answer = facts.get(sourceOf(groupId));
  if (!answer || answer.status === 'unknown') return 'unknown';
  return answer.status === 'known' && answer.groupIds.has(groupId) ? 'true' : 'false';
}

/** In any of the groups, or in all of them. */
function isInGroups(first: string, others: readonly string[], requireAll: boolean, facts: Facts): Truth {
  const decisive: Truth = requireAll ? 'false' : 'true';
  let result = isInGroup(first, facts);
  for (const id of others) {
    if (result === decisive) return result;
    const next = isInGroup(id, facts);
    if (next === decisive || next === 'unknown') result = next;
  }
  return result;
}

function isOutside(excluded: readonly string[], facts: Facts): Truth {
  const [first = '', ...others] = excluded;
  return not(isInGroups(first, others, false, facts));
}

function countsCharacters({ characterCountMin, characterCountMax }: Conditions): boolean {
  return characterCountMin !== null || characterCountMax !== null;
}

/** Characters add up over the sources. While one (or all) is silent the sum is a lower bound. */
function countCharacters(facts: Facts): { count: number; isExact: boolean } {
  let count = 0;
  let isExact = facts.size > 0;
  for (const answer of facts.values()) {
    if (answer.status === 'known') count += answer.characters ?? 0;
    if (answer.status === 'unknown') isExact = false;
  }
  return { count, isExact };
}

/** A lower bound can still decide. */
function charactersHold({ characterCountMin: min, characterCountMax: max }: Conditions, facts: Facts): Truth {
  const { count, isExact } = countCharacters(facts);
  const openEnd: Truth = isExact ? 'false' : 'unknown';
  const enough: Truth = min === null || count >= min ? 'true' : openEnd;
  const fewEnough: Truth = max === null ? 'true' : count > max ? 'false' : isExact ? 'true' : 'unknown';
  return allOf([enough, fewEnough]);
}

function hasPermission(permission: string, facts: Facts): Truth {
  let result: Truth = facts.size === 0 ? 'unknown' : 'false';
  for (const answer of facts.values()) {
    if (answer.status === 'known' && answer.permissions?.has(permission)) return 'true';
    if (answer.status === 'unknown') result = 'unknown';
  }
  return result;
}

/** The age of a fact that several sources answer for together: the oldest of theirs; null if one never answered. */
function oldest(facts: Facts): Date | null {
  let result: Date | null = null;
  for (const { asOf } of facts.values()) {
    if (!asOf) return null;
    if (!result || asOf < result) result = asOf;
  }
  return result;
}

import { allOf, anyOf, not, sourceOf, type Facts, type Truth } from './facts.ts';
import type { Mapping } from './mapping.ts';

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

/** Every condition of the mapping, evaluated. The mapping's condition holds when all of them are true. */
export function checkConditions(
  { groupId, conditions }: Pick<Mapping, 'groupId' | 'conditions'>,
  facts: Facts,
): Check[] {
  const checks: Check[] = [];
  const groups = [groupId, ...conditions.groups].map((id) => checkGroup(id, facts));
  const memberships = groups.map((group) => group.isMember);
  checks.push({
    kind: 'groups',
    value: conditions.requireAll ? allOf(memberships) : anyOf(memberships),
    requireAll: conditions.requireAll,
    groups,
  });
  if (conditions.excludedGroups.length > 0) {
    const excluded = conditions.excludedGroups.map((id) => checkGroup(id, facts));
    checks.push({
      kind: 'excluded_groups',
      value: not(anyOf(excluded.map((group) => group.isMember))),
      groups: excluded,
    });
  }
  if (conditions.characterCountMin !== null || conditions.characterCountMax !== null) {
    checks.push(checkCharacters(conditions.characterCountMin, conditions.characterCountMax, facts));
  }
  for (const permission of conditions.requiredPermissions) checks.push(checkPermission(permission, facts));
  return checks;
}

function checkGroup(groupId: string, facts: Facts): GroupCheck {
  const answer = facts.get(sourceOf(groupId));
  if (!answer) return { groupId, isMember: 'unknown', asOf: null };
  if (answer.status === 'unknown') return { groupId, isMember: 'unknown', asOf: answer.asOf };
  const isMember = answer.status === 'known' && answer.groupIds.has(groupId);
  return { groupId, isMember: isMember ? 'true' : 'false', asOf: answer.asOf };
}

/** Characters add up over the sources. While one (or all) is silent the sum is a lower bound, which can still decide. */
function checkCharacters(min: number | null, max: number | null, facts: Facts): Check {
  let count = 0;
  let isExact = facts.size > 0;
  for (const answer of facts.values()) {
    if (answer.status === 'known') count += answer.characters ?? 0;
    if (answer.status === 'unknown') isExact = false;
  }
  const openEnd: Truth = isExact ? 'false' : 'unknown';
  const enough: Truth = min === null || count >= min ? 'true' : openEnd;
  const fewEnough: Truth = max === null ? 'true' : count > max ? 'false' : isExact ? 'true' : 'unknown';
  return { kind: 'character_count', value: allOf([enough, fewEnough]), min, max, count, isExact, asOf: oldest(facts) };
}

function checkPermission(permission: string, facts: Facts): Check {
  const answers = [...facts.values()].map((answer): Truth => {
    if (answer.status === 'unknown') return 'unknown';
    return answer.status === 'known' && answer.permissions?.has(permission) ? 'true' : 'false';
  });
  const value = answers.length === 0 ? 'unknown' : anyOf(answers);
  return { kind: 'required_permission', value, permission, asOf: oldest(facts) };
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

import { standsBelow, type Guild } from './guild.ts';
import { compareRank, groupsNamedBy, type Mapping } from './mapping.ts';
import { dangerousPermissions, hasPermission } from './permissions.ts';

/** Why the bot cannot give or take a role. */
export type RoleBlock = 'role_deleted' | 'role_above_bot' | 'role_managed' | 'role_everyone' | 'missing_manage_roles';
type DoctorError = RoleBlock | 'bot_not_in_guild' | 'group_missing';
type DoctorWarning = 'dangerous_permissions' | 'never_true' | 'shadowed' | 'duplicate';

/** One thing that is wrong with a mapping (an error: it cannot work) or odd (a warning), and how to mend it. */
export interface Finding {
  code: DoctorError | DoctorWarning;
  severity: 'error' | 'warning';
  mend: string;
}

/** What hinders the bot from writing the role in this guild, or null. */
export function roleBlock(guild: Guild, roleId: string): RoleBlock | null {
  if (roleId === guild.id) return 'role_everyone';
  const role = guild.roles.get(roleId);
  if (!role) return 'role_deleted';
  if (role.isManaged || role.isLinked) return 'role_managed';
  if (!hasPermission(guild.bot.permissions, 'manageRoles')) return 'missing_manage_roles';
  return standsBelow(guild, role, guild.bot.roleIds) ? null : 'role_above_bot';
}

/** Those of the roles that the bot cannot write, each with why. */
export function blocksOf(guild: Guild, roleIds: Iterable<string>): Map<string, RoleBlock> {
  const blocks = new Map<string, RoleBlock>();
  for (const roleId of roleIds) {
    const block = roleBlock(guild, roleId);
    if (block) blocks.set(roleId, block);
  }
  return blocks;
}

/** Everything that is wrong or odd with one mapping, errors first; empty = ok. `guild` is null where the bot is not. */
export function examineMapping(
  mapping: Mapping,
  {
    guild,
    mappings,
    groupExists,
  }: { guild: Guild | null; mappings: readonly Mapping[]; groupExists: (groupId: string) => boolean },
): Finding[] {
  const codes: Finding['code'][] = [];
  const block = guild ? roleBlock(guild, mapping.roleId) : 'bot_not_in_guild';
  if (block) codes.push(block);
  if ([...groupsNamedBy(mapping)].some((id) => !groupExists(id))) codes.push('group_missing');
  const role = guild?.roles.get(mapping.roleId);
  if (role && role.id !== guild?.id && dangerousPermissions(role.permissions).length > 0)
    codes.push('dangerous_permissions');
  if (isNeverTrue(mapping)) codes.push('never_true');
  const others = mappings.filter((other) => other.id !== mapping.id && other.isActive);
  if (others.some((other) => shadows(other, mapping))) codes.push('shadowed');
  if (others.some((other) => isOlder(other, mapping) && saysTheSame(other, mapping))) codes.push('duplicate');
  const roleName = role?.name ?? mapping.roleName;
  return codes.map((code) => ({ code, severity: isError(code) ? 'error' : 'warning', mend: mendOf(code, roleName) }));
}

function isError(code: Finding['code']): code is DoctorError {
  return !['dangerous_permissions', 'never_true', 'shadowed', 'duplicate'].includes(code);
}

/** What to do about a finding, in one sentence. */
export function mendOf(code: Finding['code'], roleName: string): string {
  switch (code) {
    case 'role_deleted':
      return `The role @${roleName} no longer exists. Point the mapping at another role, or remove the mapping.`;
    case 'role_above_bot':
      return `Drag Rolewright's role above @${roleName} in Server Settings > Roles.`;
    case 'role_managed':
      return `@${roleName} is kept by Discord or another integration, so nobody can give it. Map another role instead.`;
    case 'role_everyone':
      return 'Everybody has @everyone already. Map another role instead.';
    case 'missing_manage_roles':
      return "Give Rolewright's role the Manage Roles permission in Server Settings > Roles.";
    case 'bot_not_in_guild':
      return 'Invite Rolewright to the server again.';
    case 'group_missing':
      return 'A group that this mapping names does not exist. Create it again, or edit the mapping.';
    case 'dangerous_permissions':
      return `@${roleName} carries powerful permissions. Make sure that everybody in the group may have them.`;
    case 'never_true':
      return 'Its conditions contradict each other, so nobody ever gets the role. Edit the mapping.';
    case 'shadowed':
      return 'Another mapping of its exclusive set always wins over it. Raise its priority, or remove it.';
    case 'duplicate':
      return 'An older mapping already gives this role under the same conditions. Remove one of the two.';
  }
}

/** Whether the conditions contradict each other, whatever the facts. */
export function isNeverTrue({ groupId, conditions }: Pick<Mapping, 'groupId' | 'conditions'>): boolean {
  const wanted = [groupId, ...conditions.groups];
  const isExcluded = (id: string) => conditions.excludedGroups.includes(id);
  const groupsContradict = conditions.requireAll ? wanted.some(isExcluded) : wanted.every(isExcluded);
  const { characterCountMin: min, characterCountMax: max } = conditions;
  return groupsContradict || (max !== null && max < Math.max(min ?? 0, 0));
}

/** Whether `other` wins over `mapping` in their exclusive set whenever `mapping` holds. */
function shadows(other: Mapping, mapping: Mapping): boolean {
  const isSameSet = mapping.exclusiveSet !== null && other.exclusiveSet === mapping.exclusiveSet;
  return isSameSet && compareRank(other, mapping) < 0 && implies(mapping, other);
}

/** Whether two mappings give one role under the same conditions. In an exclusive set the priority is one of them. */
export function saysTheSame(a: Mapping, b: Mapping): boolean {
  const standsAlike = a.exclusiveSet === b.exclusiveSet && (a.exclusiveSet === null || a.priority === b.priority);
  return a.roleId === b.roleId && standsAlike && implies(a, b) && implies(b, a);
}

function isAllOf(wanted: readonly string[], has: readonly string[]): boolean {
  return wanted.every((id) => has.includes(id));
}

/** Whether `b` holds whenever `a` does (sound, not complete: it compares the conditions one by one). */
function implies(a: Mapping, b: Mapping): boolean {
  const groupsOfA = [a.groupId, ...a.conditions.groups];
  const groupsOfB = [b.groupId, ...b.conditions.groups];
  const groups =
    a.conditions.requireAll || new Set(groupsOfA).size === 1
      ? b.conditions.requireAll
        ? isAllOf(groupsOfB, groupsOfA)
        : groupsOfB.some((id) => groupsOfA.includes(id))
      : !b.conditions.requireAll && isAllOf(groupsOfA, groupsOfB);
  return (
    groups &&
    isAllOf(b.conditions.excludedGroups, a.conditions.excludedGroups) &&
    isAllOf(b.conditions.requiredPermissions, a.conditions.requiredPermissions) &&
    (b.conditions.characterCountMin ?? 0) <= (a.conditions.characterCountMin ?? 0) &&
    (b.conditions.characterCountMax ?? Infinity) >= (a.conditions.characterCountMax ?? Infinity)
  );
}

function isOlder(a: Mapping, b: Mapping): boolean {
  const byAge = a.createdAt.getTime() - b.createdAt.getTime();
  return byAge === 0 ? a.id < b.id : byAge < 0;
}

import { compareRoles, highestRole, type Guild, type Role } from './guild.ts';
import { groupsNamedBy, rolesMovedBy, type Mapping } from './mapping.ts';
import { dangerousPermissions, guildPermissions, hasPermission } from './permissions.ts';
import { mayMapRole } from './privilege.ts';

/**
 * The roles that follow from who is in the group: those of active mappings that name it anywhere, and those of mappings
 * in an exclusive set with one of them, for it decides between them.
 */
export function rolesDecidedBy(groupId: string, mappings: readonly Mapping[]): string[] {
  const active = mappings.filter(({ isActive }) => isActive);
  const naming = active.filter((mapping) => groupsNamedBy(mapping).has(groupId));
  return rolesMovedBy(naming, active);
}

/**
 * The first of these roles that gives power and that he could not give by hand; null: there is none. A role gives power by
 * dangerous permissions; and by its place, where it would lift him, who may manage roles, past one that has them.
 */
export function roleOutOfReach(
  guild: Guild,
  author: { discordId: string; roleIds: readonly string[] },
  roleIds: readonly string[],
): Role | null {
  for (const roleId of roleIds) {
    const role = guild.roles.get(roleId);
    if (!role || !(isDangerous(role) || liftsPastPower(guild, author, role))) continue;
    if (mayMapRole(guild, author, roleId, true).answer === 'refused') return role;
  }
  return null;
}

function isDangerous({ permissions }: Role): boolean {
  return dangerousPermissions(permissions).length > 0;
}

function liftsPastPower(
  guild: Guild,
  { discordId, roleIds }: { discordId: string; roleIds: readonly string[] },
  role: Role,
): boolean {
  const own = highestRole(guild, roleIds);
  if (!own || !hasPermission(guildPermissions(guild, { discordId, roleIds }), 'manageRoles')) return false;
  return [...guild.roles.values()].some(
    (other) =>
      isDangerous(other) &&
      !other.isManaged &&
      !other.isLinked &&
      compareRoles(other, own) > 0 &&
      compareRoles(other, role) < 0,
  );
}

import type { Guild, Role } from './guild.ts';
import { groupsNamedBy, rolesMovedBy, type Mapping } from './mapping.ts';
import { dangerousPermissions } from './permissions.ts';
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

/** The first of these roles that carries dangerous permissions and that he could not give by hand; null: there is none. */
export function roleOutOfReach(
  guild: Guild,
  author: { discordId: string; roleIds: Iterable<string> },
  roleIds: readonly string[],
): Role | null {
  for (const roleId of roleIds) {
    const role = guild.roles.get(roleId);
    if (!role || dangerousPermissions(role.permissions).length === 0) continue;
    if (mayMapRole(guild, author, roleId, true).answer === 'refused') return role;
  }
  return null;
}

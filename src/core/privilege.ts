import type { Agreement } from './agreement.ts';
import { highestRole, standsBelow, type Guild } from './guild.ts';
import { dangerousPermissions, guildPermissions, hasPermission, type Permission } from './permissions.ts';

export type PrivilegeAnswer =
  | { answer: 'allowed' }
  | { answer: 'refused'; because: 'role_unknown' | 'lacks_manage_roles' | 'role_not_below_author' }
  | { answer: 'needs_confirmation'; permissions: Permission[] };

/** Nobody may map a role that he could not give by hand; a dangerous role needs his explicit yes. */
export function mayMapRole(
  guild: Guild,
  author: { discordId: string; roleIds: Iterable<string> },
  roleId: string,
  confirmedDangerous: boolean,
): PrivilegeAnswer {
  const role = guild.roles.get(roleId);
  if (!role) return { answer: 'refused', because: 'role_unknown' };
  const roleIds = [...author.roleIds];
  if (!hasPermission(guildPermissions(guild, { discordId: author.discordId, roleIds }), 'manageRoles')) {
    return { answer: 'refused', because: 'lacks_manage_roles' };
  }
  if (author.discordId !== guild.ownerId && !standsBelow(guild, role, roleIds)) {
    return { answer: 'refused', because: 'role_not_below_author' };
  }
  const permissions = dangerousPermissions(role.permissions);
  if (permissions.length > 0 && !confirmedDangerous) return { answer: 'needs_confirmation', permissions };
  return { answer: 'allowed' };
}

/** Of several Discord users of one person the one who may give the highest roles; of equals the first. null: there is none. */
export function mostPrivileged<A extends { discordId: string; roleIds: readonly string[] }>(
  guild: Pick<Guild, 'id' | 'ownerId' | 'roles'>,
  authors: readonly A[],
): A | null {
  const outranks = (author: A, best: A): boolean => {
    if (best.discordId === guild.ownerId) return false;
    if (author.discordId === guild.ownerId) return true;
    const highest = highestRole(guild, best.roleIds);
    return highest !== null && standsBelow(guild, highest, author.roleIds);
  };
  return authors.reduce<A | null>((best, author) => (best === null || outranks(author, best) ? author : best), null);
}

/**
 * What somebody's yes covers: what he was shown, but no role that he could not give or take by hand; also none that the
 * bot cannot write at this moment, for it may be able to when his run begins.
 */
export function agreementOf(
  guild: Guild,
  author: { discordId: string; roleIds: Iterable<string> },
  shown: Agreement = {},
): Agreement {
  const roles = [...guild.roles.values()].filter(
    ({ id, isManaged, isLinked }) => id !== guild.id && !isManaged && !isLinked,
  );
  const beyond = roles
    .map(({ id }) => id)
    .filter((roleId) => mayMapRole(guild, author, roleId, true).answer === 'refused');
  return { ...shown, ...(beyond.length > 0 && { exceptRoleIds: beyond }) };
}

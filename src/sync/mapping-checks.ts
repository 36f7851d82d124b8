import { mendOf, roleBlock, saysTheSame } from '../core/doctor.ts';
import { groupsNamedBy, type Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import { mayMapRole } from '../core/privilege.ts';
import type { RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { FactLoader, GuildReader } from './ports.ts';

/** The person who edits: mapping a role asks for the right to give it by hand. */
export interface Author {
  discordId: string;
  /** His roles in that guild, without @everyone. */
  roleIds: readonly string[];
}

/** What has to be true before a mapping is saved or ended; each check throws an AppError in words. */
export function createMappingChecks(parts: {
  guilds: Pick<GuildReader, 'guild'>;
  facts: Pick<FactLoader, 'existing'>;
}) {
  /** The permissions that ask for a confirmation (empty: none), or an AppError where the author may not, or the role cannot. */
  function authorise(guildId: string, author: Author, roleId: string): Permission[] {
    const guild = parts.guilds.guild(guildId);
    if (!guild)
      throw new AppError('bot_not_in_guild', 'Rolewright cannot see this server right now. Try again in a minute.');
    const answer = mayMapRole(guild, author, roleId, false);
    const roleName = guild.roles.get(roleId)?.name ?? roleId;
    if (answer.answer === 'refused') throw refusal(answer.because, roleName);
    return answer.answer === 'needs_confirmation' ? answer.permissions : [];
  }

  /** As `authorise`, but the mapping of a role that is gone may be mended or removed by whoever may edit mappings at all. */
  function authoriseEnding(guildId: string, author: Author, roleId: string): Permission[] {
    const isGone = parts.guilds.guild(guildId)?.roles.has(roleId) === false;
    return isGone ? [] : authorise(guildId, author, roleId);
  }

  /** Whoever joins an exclusive set, or moves in it, can take the roles of the others: he needs the right to them all. */
  function authoriseRivals(guildId: string, author: Author, mapping: Mapping, others: readonly Mapping[]): void {
    if (mapping.exclusiveSet === null || !mapping.isActive) return;
    for (const { isActive, exclusiveSet, roleId } of others) {
      if (isActive && exclusiveSet === mapping.exclusiveSet) authoriseEnding(guildId, author, roleId);
    }
  }

  /** Refuses what can never work: a role nobody can give, a group that does not exist, a mapping that is there already. */
  async function checkWorkable(mapping: Mapping, others: readonly Mapping[]): Promise<void> {
    const guild = parts.guilds.guild(mapping.guildId);
    const block = guild && roleBlock(guild, mapping.roleId);
    if (block === 'role_managed' || block === 'role_everyone' || block === 'role_deleted') {
      throw new AppError('role_not_mappable', mendOf(block, mapping.roleName));
    }
    const named = [...groupsNamedBy(mapping)];
    const existing = await parts.facts.existing(mapping.guildId, named);
    const missing = named.filter((id) => !existing.has(id));
    if (missing.length > 0) {
      throw new AppError('group_not_found', `There is no group "${missing.join('", "')}".`);
    }
    if (others.some((other) => other.isActive === mapping.isActive && saysTheSame(other, mapping))) {
      throw new AppError('mapping_exists', 'A mapping already gives this role under the same conditions.');
    }
  }

  return { authorise, authoriseEnding, authoriseRivals, checkWorkable };
}

/** The roles that would go with these mappings: nothing else that is active names them. */
export function releasedBy(ended: readonly Mapping[], others: readonly Mapping[], roles: RolesGiven): Set<string> {
  const named = new Set(others.filter(({ isActive }) => isActive).map(({ roleId }) => roleId));
  const given = ended.filter(({ isActive }) => isActive).map(({ roleId }) => roleId);
  return new Set(roles === 'remove' ? given.filter((roleId) => !named.has(roleId)) : []);
}

/** Throws unless there is nothing dangerous, or the author has said yes to it. */
export function confirm(dangerous: readonly Permission[], isConfirmed: boolean): void {
  if (dangerous.length === 0 || isConfirmed) return;
  throw new AppError(
    'dangerous_role',
    'This role carries powerful permissions. Confirm that everybody in the group may have them.',
  );
}

function refusal(because: 'role_unknown' | 'lacks_manage_roles' | 'role_not_below_author', roleName: string): AppError {
  switch (because) {
    case 'role_unknown':
      return new AppError('role_not_mappable', 'There is no such role in this server. Choose one of its roles.');
    case 'lacks_manage_roles':
      return new AppError('forbidden', 'You need the Manage Roles permission in this server to edit its mappings.');
    case 'role_not_below_author':
      return new AppError(
        'forbidden',
        `@${roleName} is not below your own highest role, so you could not give it by hand. Ask somebody who stands above it.`,
      );
  }
}

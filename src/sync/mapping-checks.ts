import { mendOf, roleBlock, saysTheSame } from '../core/doctor.ts';
import { sourceOf } from '../core/facts.ts';
import { groupsNamedBy, rivalsOf, type Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import { mayMapRole } from '../core/privilege.ts';
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

  /** Refuses what can never work, what is there already, and the roles of others by an exclusive set. */
  function checkWhole(author: Author, mapping: Mapping, others: readonly Mapping[]): void {
    for (const { roleId } of rivalsOf(mapping, others)) authoriseEnding(mapping.guildId, author, roleId);
    const guild = parts.guilds.guild(mapping.guildId);
    const block = guild && roleBlock(guild, mapping.roleId);
    if (block === 'role_managed' || block === 'role_everyone' || block === 'role_deleted') {
      throw new AppError('role_not_mappable', mendOf(block, mapping.roleName));
    }
    if (others.some((other) => other.isActive === mapping.isActive && saysTheSame(other, mapping))) {
      throw new AppError('mapping_exists', 'A mapping already gives this role under the same conditions.');
    }
  }

  return {
    authorise,
    authoriseEnding,

    /** Checks a new mapping beside the others of its guild; the permissions that ask for a confirmation. */
    checkNew(author: Author, mapping: Mapping, others: readonly Mapping[]): Permission[] {
      const dangerous = authorise(mapping.guildId, author, mapping.roleId);
      checkWhole(author, mapping, others);
      return dangerous;
    },

    /** Checks an edit, as `checkNew`. Switching off needs no confirmation, and works for what cannot work any more. */
    checkEdit(
      author: Author,
      { before, after, isSwitchOff }: { before: Mapping; after: Mapping; isSwitchOff: boolean },
      others: readonly Mapping[],
    ): Permission[] {
      const ending = authoriseEnding(before.guildId, author, before.roleId);
      const dangerous = after.roleId === before.roleId ? ending : authorise(after.guildId, author, after.roleId);
      if (isSwitchOff) return [];
      checkWhole(author, after, others);
      return dangerous;
    },

    /** Refuses a mapping that names a group that does not exist. */
    async checkGroups(mapping: Mapping): Promise<void> {
      const groupIds = [...groupsNamedBy(mapping)];
      const existing = await parts.facts.existing(mapping.guildId, groupIds);
      const missing = groupIds.filter((id) => !existing.has(id));
      if (missing.length > 0) throw groupsMissing(missing);
    },
  };
}

function named(ids: readonly string[]): string {
  return `“${ids.join('”, “')}”`;
}

/** Groups of the host application all exist where it is a source: nothing but the operator's settings can bring it in. */
function groupsMissing(missing: readonly string[]): AppError {
  const ofHost = missing.filter((id) => sourceOf(id) === 'http');
  if (ofHost.length === 0) return new AppError('group_not_found', `There is no group ${named(missing)} here.`);
  return new AppError(
    'group_not_found',
    `There is no group ${named(ofHost)}: no application that keeps groups is set up here. Whoever runs Rolewright has to set GROUPS_URL or GROUPS_HOOK_SECRET.`,
    { saysWhatHelps: true },
  );
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

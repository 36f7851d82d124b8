import { tidyGroupName } from '../core/group-name.ts';
import type { GroupStore } from '../db/group-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { Author } from '../sync/mapping-checks.ts';
import { createGroupChanges, type GroupChangesParts } from './group-changes.ts';
import { createGroupMembers, type GroupMembers, type GroupMembersParts } from './group-members.ts';
import { changedMeanwhile, checkedDescription, checkedName, groupNotFound } from './group-names.ts';
import { createGroupRemoval, type GroupRemovalParts, type RemoveOptions } from './group-removal.ts';
import { createMemberRights, type MemberRightsParts } from './member-rights.ts';

/** A group whose members Rolewright keeps itself. */
export interface LocalGroup {
  id: string;
  /** null: global, kept by operators. */
  guildId: string | null;
  name: string;
  description: string | null;
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface CountedGroup extends LocalGroup {
  memberCount: number;
  /** Mappings that name it, of the guilds that were asked for. */
  mappingCount: number;
}

/** The local groups: the one place that knows the rules for editing them. Errors are AppErrors; changes sync whom they touch. */
export interface LocalGroups extends GroupMembers {
  /** Groups that a guild's mappings may name: its own and the global ones. */
  list(guildId: string): Promise<CountedGroup[]>;
  /** The groups of these guilds and the global ones, by name. */
  listOf(guildIds: readonly string[]): Promise<CountedGroup[]>;
  /** By id, or by name (any case) in that guild; AppError group_not_found. */
  find(guildId: string, idOrName: string): Promise<LocalGroup>;
  /** Of those that the guild's mappings may name, the ones that this Discord user was added to: they count once he is linked. */
  withDiscordUser(guildId: string, discordId: string): Promise<LocalGroup[]>;
  /** Of any guild, or a global one; null: there is none of that id. */
  get(groupId: string): Promise<LocalGroup | null>;
  /** With its sums; those of `mappingCount` over these guilds, or over all. */
  count(group: LocalGroup, guildIds: readonly string[] | null): Promise<CountedGroup>;
  /** AppError group_exists, bot_not_in_guild. */
  create(input: {
    guildId: string | null;
    name: string;
    description: string | null;
    createdBy: string | null;
  }): Promise<LocalGroup>;
  /** What is left out stays. AppError group_exists, changed_meanwhile. */
  update(
    group: LocalGroup,
    patch: { name?: string; description?: string | null },
    options: { actor: string | null; unchangedSince?: Date | null },
  ): Promise<LocalGroup>;
  /** Refused (group_in_use) while mappings name it, unless `mappings` says what happens to the roles they gave. AppError group_not_found. */
  remove(group: LocalGroup, options: RemoveOptions): Promise<{ removedMappings: number }>;
  /** All of a guild's own. AppError group_in_use. */
  removeAll(guildId: string, author: Author): Promise<void>;
}

/** What admins do with groups in Discord. */
export type GroupsOfGuilds = Pick<
  LocalGroups,
  'list' | 'find' | 'withDiscordUser' | 'members' | 'create' | 'remove' | 'addDiscordUser' | 'removeDiscordUser'
>;

export interface LocalGroupsParts
  extends
    Omit<GroupChangesParts, 'mappings' | 'rights'>,
    Omit<GroupMembersParts, 'changes' | 'groups' | 'rights'>,
    Omit<MemberRightsParts, 'mappings'>,
    Omit<GroupRemovalParts, 'groups' | 'mappings'> {
  groups: GroupStore;
  mappings: Pick<MappingStore, 'ofGuild' | 'naming'>;
}

export function createLocalGroups(parts: LocalGroupsParts): LocalGroups {
  const { groups, mappings, now, newId } = parts;
  const rights = createMemberRights(parts);
  const changes = createGroupChanges({ ...parts, rights });

  async function listOf(guildIds: readonly string[]): Promise<CountedGroup[]> {
    const counts = await changes.mappingCounts(guildIds);
    const list = await groups.ofGuilds(guildIds, now());
    return list.map((group) => Object.assign(group, { mappingCount: counts.get(group.id) ?? 0 }));
  }

  return {
    ...createGroupMembers({ ...parts, changes, rights }),
    ...createGroupRemoval({ ...parts, changes }),

    list: (guildId) => listOf([guildId]),
    listOf,

    async find(guildId, idOrName) {
      const byId = await groups.find(idOrName);
      const isVisible = byId && (byId.guildId === null || byId.guildId === guildId);
      const group = isVisible ? byId : await groups.findByName(guildId, tidyGroupName(idOrName));
      if (!group) throw groupNotFound(tidyGroupName(idOrName));
      return group;
    },

    async withDiscordUser(guildId, discordId) {
      const groupIds = await groups.groupIdsByDiscordId(discordId, now());
      return groupIds.size === 0 ? [] : (await listOf([guildId])).filter(({ id }) => groupIds.has(id));
    },

    get: (groupId) => groups.find(groupId),

    async count(group, guildIds) {
      const naming = await mappings.naming(group.id);
      const seen = naming.filter(({ guildId }) => guildIds?.includes(guildId) ?? true);
      return { ...group, memberCount: await groups.memberCount(group.id, now()), mappingCount: seen.length };
    },

    async create({ guildId, name, description, createdBy }) {
      const at = now();
      const texts = { name: checkedName(name), description: checkedDescription(description) };
      const group = await groups.create({ ...texts, id: newId(), guildId, createdBy, createdAt: at, updatedAt: at });
      if (group === 'name_taken') throw nameTaken(texts.name);
      if (group === 'no_guild') {
        throw new AppError('bot_not_in_guild', 'Rolewright is not in this server. Invite it first.');
      }
      await changes.groupMade(group);
      return group;
    },

    async update(group, { name, description }, { actor, unchangedSince = null }) {
      const patch = {
        ...(name !== undefined && { name: checkedName(name) }),
        ...(description !== undefined && { description: checkedDescription(description) }),
      };
      const updated = await groups.update(group.id, patch, now(), unchangedSince);
      if (updated === 'name_taken') throw nameTaken(patch.name ?? group.name);
      if (!updated) throw (await groups.find(group.id)) ? changedMeanwhile() : groupNotFound(group.name);
      await changes.groupEdited(updated.before, updated.after, actor);
      return updated.after;
    },
  };
}

function nameTaken(name: string): AppError {
  return new AppError('group_exists', `There is a group “${name}” already. Use that one, or pick another name.`);
}

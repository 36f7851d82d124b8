import type { GroupStore } from '../db/group-store.ts';
import type { MappingStore, RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { Author } from '../sync/mapping-checks.ts';
import { createGroupChanges, type GroupChangesParts } from './group-changes.ts';
import { createGroupMembers, type GroupMembers, type GroupMembersParts } from './group-members.ts';
import { createTurns } from '../sync/keyed-queue.ts';
import { checkedDescription, checkedName, groupNotFound, tidy } from './group-names.ts';
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

interface RemoveOptions {
  /** What happens to the roles that its mappings gave; `refuse`: nothing happens while mappings name it. */
  mappings: 'refuse' | RolesGiven;
  /** Who removes it. */
  author: Author;
  /** As whom he ends the mappings of a guild; AppError where he may not. `author` unless said otherwise. */
  authorIn?: (guildId: string) => Promise<Author>;
  /** He saw what it does to the members (true unless said otherwise): the blast-radius guard does not bound it. */
  isConfirmed?: boolean;
  /** Only if nobody has edited it since then (changed_meanwhile). */
  unchangedSince?: Date | null;
}

/** The local groups: the one place that knows the rules for editing them. Errors are AppErrors; changes sync whom they touch. */
export interface LocalGroups extends GroupMembers {
  /** Groups that a guild's mappings may name: its own and the global ones. */
  list(guildId: string): Promise<CountedGroup[]>;
  /** The groups of these guilds and the global ones, by name. */
  listOf(guildIds: readonly string[]): Promise<CountedGroup[]>;
  /** By id, or by name (any case) in that guild; AppError group_not_found. */
  find(guildId: string, idOrName: string): Promise<LocalGroup>;
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
}

/** What admins do with groups in Discord. */
export type GroupsOfGuilds = Pick<
  LocalGroups,
  'list' | 'find' | 'members' | 'create' | 'remove' | 'addDiscordUser' | 'removeDiscordUser'
>;

export interface LocalGroupsParts
  extends
    Omit<GroupChangesParts, 'mappings' | 'rights'>,
    Omit<GroupMembersParts, 'changes' | 'groups' | 'rights'>,
    Omit<MemberRightsParts, 'mappings'> {
  groups: GroupStore;
  mappings: Pick<MappingStore, 'ofGuild' | 'naming'>;
  /** Removes mappings by the rules for that. */
  removeMappings: (
    guildId: string,
    author: Author,
    mappingIds: readonly string[],
    options: { roles: RolesGiven; isConfirmed: boolean },
  ) => Promise<unknown>;
  /** Throws unless he may end mappings of that role. */
  authoriseEnding: (guildId: string, author: Author, roleId: string) => unknown;
}

export function createLocalGroups(parts: LocalGroupsParts): LocalGroups {
  const { groups, mappings, now, newId } = parts;
  const rights = createMemberRights(parts);
  const changes = createGroupChanges({ ...parts, rights });
  const turns = createTurns();

  async function listOf(guildIds: readonly string[]): Promise<CountedGroup[]> {
    const counts = await changes.mappingCounts(guildIds);
    const list = await groups.ofGuilds(guildIds, now());
    return list.map((group) => Object.assign(group, { mappingCount: counts.get(group.id) ?? 0 }));
  }

  /** With the mappings that name it; all of them may go, or nothing does. */
  async function removeMappingsOf(group: LocalGroup, roles: RolesGiven, options: RemoveOptions): Promise<number> {
    const { author, authorIn = async () => author, isConfirmed = true } = options;
    const naming = await mappings.naming(group.id);
    const byGuild = Map.groupBy(naming, (mapping) => mapping.guildId);
    const authors = new Map<string, Author>();
    for (const [guildId, ofGuild] of byGuild) {
      const there = await authorIn(guildId);
      for (const { roleId } of ofGuild) parts.authoriseEnding(guildId, there, roleId);
      authors.set(guildId, there);
    }
    for (const [guildId, ofGuild] of byGuild) {
      const ids = ofGuild.map(({ id }) => id);
      await parts.removeMappings(guildId, authors.get(guildId) ?? author, ids, { roles, isConfirmed });
    }
    return naming.length;
  }

  async function remove(group: LocalGroup, options: RemoveOptions): Promise<{ removedMappings: number }> {
    const { mappings: roles, author, unchangedSince = null } = options;
    const present = await groups.find(group.id);
    if (!present) throw groupNotFound();
    if (unchangedSince && present.updatedAt.getTime() !== unchangedSince.getTime()) throw changedMeanwhile();
    if (roles === 'refuse') {
      const naming = await mappings.naming(group.id);
      if (naming.length > 0) throw inUse(group, naming.length);
    }
    const removedMappings = roles === 'refuse' ? 0 : await removeMappingsOf(group, roles, options);
    const memberCount = await groups.memberCount(group.id, now());
    if (!(await groups.remove(group.id))) throw groupNotFound();
    await changes.groupRemoved(present, memberCount, author.discordId);
    return { removedMappings };
  }

  return {
    ...createGroupMembers({ ...parts, changes, rights }),

    list: (guildId) => listOf([guildId]),
    listOf,

    async find(guildId, idOrName) {
      const byId = await groups.find(idOrName);
      const isVisible = byId && (byId.guildId === null || byId.guildId === guildId);
      const group = isVisible ? byId : await groups.findByName(guildId, tidy(idOrName));
      if (!group) throw groupNotFound();
      return group;
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
      if (!updated) throw unchangedSince ? changedMeanwhile() : groupNotFound();
      await changes.groupEdited(updated.before, updated.after, actor);
      return updated.after;
    },

    // One after the other: of several who delete a group one does, and the others learn that it is gone.
    remove: (group, options) => turns.alone(group.id, () => remove(group, options)),
  };
}

function nameTaken(name: string): AppError {
  return new AppError('group_exists', `There is a group “${name}” already. Use that one, or pick another name.`);
}

function changedMeanwhile(): AppError {
  return new AppError('changed_meanwhile', 'Somebody else has changed this group meanwhile. Look at it again first.');
}

function inUse(group: LocalGroup, count: number): AppError {
  const mappings = count === 1 ? 'A mapping names' : `${count} mappings name`;
  const words = `${mappings} the group “${group.name}”. Remove ${count === 1 ? 'it' : 'them'} first, or delete the group together with ${count === 1 ? 'it' : 'them'}.`;
  return new AppError('group_in_use', words);
}

import { groupsNamedBy } from '../core/mapping.ts';
import type { GroupStore } from '../db/group-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { MappingStore, RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { Author } from '../sync/mapping-checks.ts';

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

/** One member of a local group: an account, or a Discord user (who counts once he is linked). */
export interface GroupMember {
  accountId: string | null;
  discordId: string | null;
  /** false: the membership waits for this Discord user to link. */
  isLinked: boolean;
  expiresAt: Date | null;
  addedAt: Date;
}

/** What came of adding somebody. */
export interface Added {
  isNew: boolean;
  /** false: the membership waits for the link. */
  isLinked: boolean;
  /** null: the membership has no end. */
  expiresAt: Date | null;
  /** He was in already, and now it ends at another time. */
  isEndChanged: boolean;
}

/** The local groups: the one place that knows the rules for editing them. Errors are AppErrors; changes sync whom they touch. */
export interface LocalGroups {
  /** Groups that a guild's mappings may name: its own and the global ones. */
  list(guildId: string): Promise<(LocalGroup & { memberCount: number; mappingCount: number })[]>;
  /** By id, or by name (any case) in that guild; AppError group_not_found. */
  find(guildId: string, idOrName: string): Promise<LocalGroup>;
  members(groupId: string): Promise<GroupMember[]>;
  create(input: {
    guildId: string | null;
    name: string;
    description: string | null;
    createdBy: string | null;
  }): Promise<LocalGroup>;
  /** Refused (group_in_use) while mappings name it, unless `mappings` says what happens to the roles they gave. */
  remove(
    group: LocalGroup,
    options: { mappings: 'refuse' | RolesGiven; author: Author },
  ): Promise<{ removedMappings: number }>;
  /** Adds somebody, or changes until when he is in: `expiresAt` null for no end, absent to leave it as it is. */
  addDiscordUser(
    group: LocalGroup,
    discordId: string,
    options: { expiresAt?: Date | null; actor: string | null },
  ): Promise<Added>;
  removeDiscordUser(group: LocalGroup, discordId: string, actor: string | null): Promise<{ wasMember: boolean }>;
}

/** Who has to be looked at again after a change: these Discord users, in this guild or (null) everywhere. */
export interface Affected {
  discordIds: string[];
  guildId: string | null;
}

export interface LocalGroupsParts {
  groups: GroupStore;
  mappings: Pick<MappingStore, 'ofGuild' | 'naming'>;
  /** Removes mappings by the rules for that. */
  removeMappings: (
    guildId: string,
    author: Author,
    mappingIds: readonly string[],
    options: { roles: RolesGiven; isConfirmed: boolean },
  ) => Promise<unknown>;
  links: Pick<LinkStore, 'find' | 'ofAccount'>;
  now: () => Date;
  newId: () => string;
  /** Syncs them, in its own time; `actor` made the change. */
  onChanged: (affected: Affected, actor: string | null) => void;
}

export function createLocalGroups(parts: LocalGroupsParts): LocalGroups {
  const { groups, mappings, links, now, newId, onChanged } = parts;

  /** A membership counts for the account, and so for every Discord user of it. */
  function changed({ guildId }: LocalGroup, siblings: readonly { discordId: string }[], actor: string | null): void {
    if (siblings.length > 0) onChanged({ discordIds: siblings.map(({ discordId }) => discordId), guildId }, actor);
  }

  return {
    async list(guildId) {
      const named = (await mappings.ofGuild(guildId)).map(groupsNamedBy);
      const list = await groups.ofGuild(guildId, now());
      return list.map((group) =>
        Object.assign(group, { mappingCount: named.filter((groupIds) => groupIds.has(group.id)).length }),
      );
    },

    async find(guildId, idOrName) {
      const byId = await groups.find(idOrName);
      const isVisible = byId && (byId.guildId === null || byId.guildId === guildId);
      const group = isVisible ? byId : await groups.findByName(guildId, tidy(idOrName));
      if (!group) throw notFound();
      return group;
    },

    members: (groupId) => groups.members(groupId, now()),

    async create({ guildId, name, description, createdBy }) {
      const at = now();
      const texts = { name: checkedName(name), description: checkedDescription(description) };
      const group = await groups.create({ ...texts, id: newId(), guildId, createdBy, createdAt: at, updatedAt: at });
      if (!group) {
        throw new AppError(
          'group_exists',
          `There is a group “${texts.name}” already. Use that one, or pick another name.`,
        );
      }
      return group;
    },

    async remove(group, { mappings: roles, author }) {
      const naming = await mappings.naming(group.id);
      if (naming.length > 0 && roles === 'refuse') throw inUse(group, naming.length);
      if (roles !== 'refuse') {
        for (const [guildId, ofGuild] of Map.groupBy(naming, (mapping) => mapping.guildId)) {
          const mappingIds = ofGuild.map(({ id }) => id);
          await parts.removeMappings(guildId, author, mappingIds, { roles, isConfirmed: true });
        }
      }
      await groups.remove(group.id);
      return { removedMappings: naming.length };
    },

    async addDiscordUser(group, discordId, { expiresAt, actor }) {
      const at = now();
      if (expiresAt && expiresAt <= at) {
        throw new AppError('invalid_input', 'The membership would be over at once. Pick a time that lies ahead.');
      }
      const end = expiresAt === undefined ? {} : { expiresAt };
      const membership = { id: newId(), groupId: group.id, discordId, addedBy: actor, ...end };
      const added = await groups.addMember(membership, at);
      if (!added) throw notFound();
      const link = await links.find(discordId);
      const { before } = added;
      if (link && !before) changed(group, await links.ofAccount(link.accountId), actor);
      return {
        isNew: !before,
        isLinked: link !== null,
        expiresAt: added.expiresAt,
        isEndChanged: before !== null && before.expiresAt?.getTime() !== added.expiresAt?.getTime(),
      };
    },

    async removeDiscordUser(group, discordId, actor) {
      const link = await links.find(discordId);
      const names = link ? [{ discordId }, { accountId: link.accountId }] : [{ discordId }];
      const { wasMember } = await groups.removeMembers(group.id, names);
      if (link && wasMember) changed(group, await links.ofAccount(link.accountId), actor);
      return { wasMember };
    },
  };
}

const MAX_NAME = 100;
const MAX_DESCRIPTION = 500;

function checkedName(name: string): string {
  const tidied = tidy(name);
  if (tidied === '') throw new AppError('invalid_input', 'A group needs a name. Give it one of 1 to 100 characters.');
  if (tidied.length > MAX_NAME) {
    throw new AppError('invalid_input', `This name is too long. Give the group one of at most ${MAX_NAME} characters.`);
  }
  // A list of groups is typed as `Pilots, Cadets`, and an empty one as `none`.
  if (tidied.includes(',') || tidied.toLowerCase() === 'none') {
    throw new AppError('invalid_input', 'A group\'s name cannot hold a comma or be "none".');
  }
  if (/^http:/i.test(tidied)) {
    throw new AppError('invalid_input', 'Groups of another source are called http:… already. Pick another name.');
  }
  // Control characters, and those that turn the direction of the text around, would make one name look like another.
  if (/[\p{Cc}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(tidied)) {
    throw new AppError(
      'invalid_input',
      'This name holds invisible characters. Type it with letters, digits and signs.',
    );
  }
  return tidied;
}

function checkedDescription(description: string | null): string | null {
  const trimmed = description?.trim() ?? '';
  if (trimmed.length > MAX_DESCRIPTION) {
    throw new AppError('invalid_input', `This description is too long. Cut it to ${MAX_DESCRIPTION} characters.`);
  }
  return trimmed === '' ? null : trimmed;
}

function tidy(name: string): string {
  return name.normalize('NFC').trim().replace(/ +/g, ' ');
}

function notFound(): AppError {
  return new AppError(
    'group_not_found',
    'There is no such group here. See /group list, or make it with /group create.',
  );
}

function inUse(group: LocalGroup, count: number): AppError {
  const mappings = count === 1 ? 'A mapping names' : `${count} mappings name`;
  const words = `${mappings} the group “${group.name}”. Remove ${count === 1 ? 'it' : 'them'} first, or delete the group together with ${count === 1 ? 'it' : 'them'}.`;
  return new AppError('group_in_use', words);
}

import type { GroupStore } from '../db/group-store.ts';
import type { MappingStore, RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import { createTurns } from '../sync/keyed-queue.ts';
import type { Author } from '../sync/mapping-checks.ts';
import type { GroupChanges } from './group-changes.ts';
import { changedMeanwhile, groupNotFound } from './group-names.ts';
import type { LocalGroup } from './local-groups.ts';

export interface RemoveOptions {
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

export interface GroupRemovalParts {
  groups: Pick<GroupStore, 'find' | 'memberCount' | 'ofGuilds' | 'remove'>;
  mappings: Pick<MappingStore, 'naming'>;
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

/** The end of a group, with the mappings that name it or not at all. Errors are AppErrors. */
export function createGroupRemoval(
  parts: GroupRemovalParts & { now: () => Date; changes: Pick<GroupChanges, 'groupRemoved'> },
) {
  const { groups, mappings, now, changes } = parts;
  const turns = createTurns();

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

  /** null: somebody else has removed it. */
  async function end(group: LocalGroup, options: RemoveOptions): Promise<{ removedMappings: number } | null> {
    const { mappings: roles, author, unchangedSince = null } = options;
    const present = await groups.find(group.id);
    if (!present) return null;
    if (unchangedSince && present.updatedAt.getTime() !== unchangedSince.getTime()) throw changedMeanwhile();
    if (roles === 'refuse') {
      const naming = await mappings.naming(group.id);
      if (naming.length > 0) throw inUse(group, naming.length);
    }
    const removedMappings = roles === 'refuse' ? 0 : await removeMappingsOf(group, roles, options);
    const memberCount = await groups.memberCount(group.id, now());
    if (!(await groups.remove(group.id))) return null;
    await changes.groupRemoved(present, memberCount, author.discordId);
    return { removedMappings };
  }

  // One after the other: of several who delete a group one does, and the others learn that it is gone.
  const inTurn = (group: LocalGroup, options: RemoveOptions) => turns.alone(group.id, () => end(group, options));

  return {
    async remove(group: LocalGroup, options: RemoveOptions): Promise<{ removedMappings: number }> {
      const ended = await inTurn(group, options);
      if (!ended) throw groupNotFound(group.name);
      return ended;
    },

    async removeAll(guildId: string, author: Author): Promise<void> {
      for (const group of await groups.ofGuilds([guildId], now())) {
        if (group.guildId === guildId) await inTurn(group, { mappings: 'refuse', author });
      }
    },
  };
}

function inUse(group: LocalGroup, count: number): AppError {
  const mappings = count === 1 ? 'A mapping names' : `${count} mappings name`;
  const words = `${mappings} the group “${group.name}”. Remove ${count === 1 ? 'it' : 'them'} first, or delete the group together with ${count === 1 ? 'it' : 'them'}.`;
  return new AppError('group_in_use', words);
}

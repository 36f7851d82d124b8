import type { GuildStore, StoredGuild } from '../db/guild-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import { AppError } from '../errors.ts';
import type { GuildReader } from './ports.ts';
import { SWITCHED_OFF, UNREACHABLE } from './results.ts';

/** Where somebody may sync: the one guild that he named, his own guilds, or (null) all of them. */
export type SyncScope = { guildId: string } | { guildIds: readonly string[] | null };

/** An account, and its Discord users. */
export interface SyncedUser {
  userId: string;
  discordIds: string[];
}

export interface SyncScopeParts {
  settings: Pick<GuildStore, 'find' | 'all'>;
  guilds: Pick<GuildReader, 'guild'>;
  links: Pick<LinkStore, 'findAccount' | 'ofAccount'>;
}

/** Finds the guilds and the people that a sync is about. */
export function createSyncScope({ settings, guilds: reader, links }: SyncScopeParts) {
  const isHere = ({ guildId, leftAt, removedAt }: StoredGuild): boolean =>
    leftAt === null && removedAt === null && reader.guild(guildId) !== null;

  async function named(guildId: string): Promise<StoredGuild> {
    const guild = await settings.find(guildId);
    if (!guild || guild.removedAt) throw new AppError('guild_not_found', NOT_CONFIGURED);
    if (!isHere(guild)) throw new AppError('bot_not_in_guild', UNREACHABLE);
    if (!guild.isEnabled) throw new AppError('sync_disabled', `${SWITCHED_OFF} Turn it on first.`);
    return guild;
  }

  /**
   * The guilds that can be synced, by name. AppError guild_not_found, bot_not_in_guild, sync_disabled: of one that was
   * named; where none was, those that cannot are left out.
   */
  async function guilds(scope: SyncScope): Promise<StoredGuild[]> {
    if ('guildId' in scope) return [await named(scope.guildId)];
    const own = scope.guildIds && new Set(scope.guildIds);
    const all = (await settings.all()).filter((guild) => isHere(guild) && guild.isEnabled);
    const meant = all.filter(({ guildId }) => own?.has(guildId) ?? true);
    return meant.toSorted((a, b) => a.name.localeCompare(b.name) || (a.guildId < b.guildId ? -1 : 1));
  }

  return {
    guilds,

    /** The same; AppError guild_not_found as well where there is none. */
    async someGuilds(scope: SyncScope): Promise<StoredGuild[]> {
      const found = await guilds(scope);
      if (found.length === 0) throw new AppError('guild_not_found', NONE);
      return found;
    },

    /** AppError user_not_found: one of them is no account. */
    async users(userIds: readonly string[]): Promise<SyncedUser[]> {
      return Promise.all(
        [...new Set(userIds)].map(async (userId) => {
          if (!(await links.findAccount(userId))) throw noUser(userId);
          return { userId, discordIds: (await links.ofAccount(userId)).map(({ discordId }) => discordId) };
        }),
      );
    },
  };
}

export type FindScope = ReturnType<typeof createSyncScope>;

export function noUser(userId: string): AppError {
  return new AppError('user_not_found', `There is no user ${userId}.`);
}

const NOT_CONFIGURED = 'Rolewright has no configuration of this server.';
const NONE = 'There is no server that you administer and that Rolewright syncs. Invite it, or turn syncing on.';

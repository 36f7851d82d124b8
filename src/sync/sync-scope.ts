import type { GuildStore, StoredGuild } from '../db/guild-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import { AppError } from '../errors.ts';
import { createGate } from './gate.ts';
import type { GuildReader } from './ports.ts';
import type { Payer, ReadAllowance } from './read-allowance.ts';
import { SWITCHED_OFF, UNREACHABLE } from './results.ts';

/** Where somebody may sync: the one guild that he named, his own guilds, or (null) all of them. */
export type SyncScope = { guildId: string } | { guildIds: readonly string[] | null };

/** An account, and its Discord users. */
export interface SyncedUser {
  userId: string;
  discordIds: string[];
}

/** Whom an order is about. */
export interface SyncedPeople {
  /** Each Discord user in each guild where he is to be looked at. */
  members: { guildId: string; discordId: string }[];
  /** Users of the order who are not among them. */
  notLinked: string[];
}

export interface SyncScopeParts {
  settings: Pick<GuildStore, 'find' | 'all'>;
  guilds: Pick<GuildReader, 'guild' | 'fetchMember'>;
  links: Pick<LinkStore, 'findAccount' | 'ofAccount'>;
  allowance: ReadAllowance;
}

/** Of users times guilds, where somebody may know only of members; and how many are read at once. */
const MOST_LOOKS = 200;
const LOOKS_AT_ONCE = 10;

/** Finds the guilds and the people that a sync is about. */
export function createSyncScope({ settings, guilds: reader, links, allowance }: SyncScopeParts) {
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

  /** null: there is no such account. */
  async function user(userId: string): Promise<SyncedUser | null> {
    if (!(await links.findAccount(userId))) return null;
    return { userId, discordIds: (await links.ofAccount(userId)).map(({ discordId }) => discordId) };
  }

  /** Operators know of everybody: each linked Discord user, wherever he is. AppError user_not_found, not_linked. */
  async function anybody(userIds: readonly string[], here: readonly StoredGuild[]): Promise<SyncedPeople> {
    const users = await Promise.all(
      userIds.map(async (userId) => {
        const found = await user(userId);
        if (!found) throw noUser(userId);
        return found;
      }),
    );
    const discordIds = users.flatMap((one) => one.discordIds);
    if (discordIds.length === 0) throw new AppError('not_linked', NOBODY_LINKED);
    return {
      members: here.flatMap(({ guildId }) => discordIds.map((discordId) => ({ guildId, discordId }))),
      notLinked: users.filter((one) => one.discordIds.length === 0).map(({ userId }) => userId),
    };
  }

  /** Who is no member there, has not linked or does not exist is all the same to others. AppError user_not_found. */
  async function membersOnly(userIds: readonly string[], here: readonly StoredGuild[]): Promise<SyncedPeople> {
    const gate = createGate(LOOKS_AT_ONCE);
    const members: SyncedPeople['members'] = [];
    const look = async (guildId: string, discordId: string): Promise<boolean> => {
      if (!(await gate.through(() => reader.fetchMember(guildId, discordId)))) return false;
      members.push({ guildId, discordId });
      return true;
    };
    const isMember = async (userId: string): Promise<boolean> => {
      const discordIds = (await user(userId))?.discordIds ?? [];
      const looks = here.flatMap(({ guildId }) => discordIds.map((discordId) => look(guildId, discordId)));
      return (await Promise.all(looks)).includes(true);
    };
    const found = await Promise.all(userIds.map(isMember));
    if (members.length === 0) throw new AppError('user_not_found', NOBODY_HERE);
    return { members, notLinked: userIds.filter((_, index) => found[index] === false) };
  }

  /**
   * Whom the order is about, in these guilds. AppErrors of both, invalid_input, rate_limited.
   * @param most users times guilds
   */
  async function people(
    wanted: readonly string[],
    here: readonly StoredGuild[],
    by: Payer,
    most: number,
  ): Promise<SyncedPeople> {
    const userIds = [...new Set(wanted)];
    const looks = userIds.length * here.length;
    const limit = by.isOperator ? most : Math.min(most, MOST_LOOKS);
    if (looks > limit) throw new AppError('invalid_input', tooMany(limit));
    if (by.isOperator) return anybody(userIds, here);
    // Each counts, whoever he is: what is left tells nobody who exists.
    allowance.take(by, looks);
    return membersOnly(userIds, here);
  }

  return {
    guilds,

    /** The same; AppError guild_not_found as well where there is none. */
    async someGuilds(scope: SyncScope): Promise<StoredGuild[]> {
      const found = await guilds(scope);
      if (found.length === 0) throw new AppError('guild_not_found', NONE);
      return found;
    },

    user,
    people,
  };
}

export type FindScope = ReturnType<typeof createSyncScope>;

export function noUser(userId: string): AppError {
  return new AppError('user_not_found', `There is no user ${userId}.`);
}

const NOT_CONFIGURED = 'Rolewright has no configuration of this server.';
const NONE = 'There is no server that you administer and that Rolewright syncs. Invite it, or turn syncing on.';
const NOBODY_LINKED = 'None of these users has linked a Discord user, so there is nobody to sync.';
const NOBODY_HERE = 'None of these users is a member there who has linked his Discord user.';

function tooMany(limit: number): string {
  return `These are too many users in too many servers for one order (${limit} at most). Name fewer users, or one server.`;
}

import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import { ChannelType, type Client, type Guild as CachedGuild, type Role as CachedRole } from 'discord.js';
import { z } from 'zod';
import type { Guild, Member, Role } from '../core/guild.ts';
import { guildPermissions } from '../core/permissions.ts';
import { AppError } from '../errors.ts';
import type { Retry } from '../sync/converge.ts';
import type { Channel, GuildPlaces, GuildReader } from '../sync/ports.ts';
import { readMember } from './member.ts';
import { isPassing, readWithRetry, TokenRefusedError, type DiscordRest } from './rest.ts';

/** Discord's most for one page of members. */
const PAGE = 1000;

/** Guilds and roles from what the gateway keeps up to date; members always fresh over REST, so none need to be cached. */
export function createGuildReader({
  rest,
  client,
  ownBotOf = () => null,
  retry,
  signal,
}: {
  rest: Pick<DiscordRest, 'get'>;
  /** The client of the session that stands; null before there is one. */
  client: () => Client | null;
  /** The bot that works in the guild instead of the client's own; null: that one. */
  ownBotOf?: (guildId: string) => OwnMember | null;
  retry: Retry;
  signal: AbortSignal;
}): GuildReader & GuildPlaces {
  const read = async (call: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await readWithRetry(call, retry, signal);
    } catch (error) {
      throw inWords(error);
    }
  };

  const available = (guildId: string): CachedGuild | null => {
    const guild = client()?.guilds.cache.get(guildId);
    return guild?.available ? guild : null;
  };

  return {
    guild(guildId) {
      const guild = available(guildId);
      return guild && toGuild(guild, ownBotOf(guildId));
    },

    channels(guildId) {
      const guild = available(guildId);
      return guild ? channelsOf(guild).sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1)) : [];
    },

    roleColors: (guildId) =>
      new Map(available(guildId)?.roles.cache.map((role) => [role.id, role.colors.primaryColor])),

    guildIds() {
      const guilds = client()?.guilds.cache;
      return guilds ? [...guilds.filter((guild) => guild.available).keys()] : [];
    },

    async fetchMember(guildId, discordId): Promise<Member | null> {
      try {
        return readMember(await read(() => rest.get(Routes.guildMember(guildId, discordId))));
      } catch (error) {
        const isAbsent = error instanceof DiscordAPIError && ABSENT.has(error.code);
        if (isAbsent) return null;
        throw error;
      }
    },

    async *listMembers(guildId) {
      let after = '0';
      for (;;) {
        const query = new URLSearchParams({ limit: String(PAGE), after });
        const page = await read(() => rest.get(Routes.guildMembers(guildId), { query }));
        const members = z.array(z.unknown()).parse(page).map(readMember);
        if (members.length > 0) yield members;
        const last = members.at(-1);
        if (members.length < PAGE || !last) return;
        after = last.discordId;
      }
    },
  };
}

/** What a person may be told of a read that failed; anything else stays what it is. */
function inWords(error: unknown): unknown {
  if (isPassing(error)) {
    const words = 'Discord does not answer right now. Nothing was changed. Try again in a minute.';
    return new AppError('discord_unavailable', words, { cause: error });
  }
  if (error instanceof DiscordAPIError && NO_ACCESS.has(error.code)) {
    const words = 'Rolewright has no access to this server any more. Ask an admin to invite it again.';
    return new AppError('bot_not_in_guild', words, { cause: error });
  }
  const isRefused = error instanceof DiscordAPIError && error.status === 401;
  if (isRefused || error instanceof TokenRefusedError) {
    const words = isRefused ? 'Discord does not accept the bot token that works in this server.' : error.message;
    return new AppError('discord_unavailable', words, { cause: error });
  }
  return error;
}

const NO_ACCESS: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.UnknownGuild,
  RESTJSONErrorCodes.MissingAccess,
]);
const ABSENT: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.UnknownMember,
  RESTJSONErrorCodes.UnknownUser,
]);

interface OwnMember {
  discordId: string;
  roleIds: readonly string[];
}

function toGuild(guild: CachedGuild, ownBot: OwnMember | null): Guild | null {
  const me = guild.members.me;
  if (!me) return null;
  const roles = new Map(guild.roles.cache.map((role) => [role.id, toRole(role)]));
  const ours = me.roles.cache.map((role) => role.id).filter((id) => id !== guild.id);
  const { discordId, roleIds } = ownBot ?? { discordId: me.id, roleIds: ours };
  const known = { id: guild.id, name: guild.name, ownerId: guild.ownerId, roles };
  return { ...known, bot: { permissions: guildPermissions(known, { discordId, roleIds }), roleIds } };
}

function channelsOf(guild: CachedGuild): Channel[] {
  const me = guild.members.me;
  const channels: Channel[] = [];
  for (const channel of guild.channels.cache.values()) {
    if (channel.type !== ChannelType.GuildText && channel.type !== ChannelType.GuildAnnouncement) continue;
    const { id, name, rawPosition: position, parentId } = channel;
    const type = channel.type === ChannelType.GuildText ? 0 : 5;
    const botPermissions = (me && channel.permissionsFor(me)?.bitfield) ?? 0n;
    channels.push({ id, name, type, position, parentId, botPermissions });
  }
  return channels;
}

function toRole(role: CachedRole): Role {
  return {
    id: role.id,
    name: role.name,
    position: role.rawPosition,
    permissions: role.permissions.bitfield,
    isManaged: role.managed,
    isLinked: role.tags?.guildConnections ?? false,
  };
}

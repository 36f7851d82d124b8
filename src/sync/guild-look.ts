import type { Guild } from '../core/guild.ts';
import { permissionWords } from '../core/permissions.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import { examineGuild, permissionsMissing, type DoctorEntry } from './guild-doctor.ts';
import type { Mappings } from './mappings.ts';
import type { GuildPlaces, GuildReader, OwnBots } from './ports.ts';

/** A guild's configuration, and how it does. */
export interface GuildConfig {
  guild: StoredGuild;
  /** Of the bot that works in it; null where the operator's bot is not, or while Discord keeps the guild unavailable. */
  botPermissions: bigint | null;
  /** `degraded`: something keeps a part of it from working, see `doctor`; `unreachable`: the bot is not there. */
  status: 'healthy' | 'degraded' | 'paused' | 'unreachable';
  /** In words; null when nothing is wrong. */
  lastError: string | null;
  /** Permissions that what is switched on needs, in Discord's words. */
  missingPermissions: string[];
  /** What is wrong or odd with the guild as a whole, and with its mappings; empty = ok. */
  doctor: DoctorEntry[];
}

/** Puts together what is stored of a guild and how it is at this moment. */
export function createGuildLook(parts: {
  guilds: Pick<GuildReader, 'guild'> & Pick<GuildPlaces, 'channels'>;
  mappings: Pick<Mappings, 'list'>;
  ownBots: Pick<OwnBots, 'userIdOf' | 'isRefused'>;
  /** OAuth2 scopes that linking asks for. */
  scopes: readonly string[];
}) {
  const { guilds, ownBots, scopes } = parts;

  function tokenOf({ guildId, botUserId }: StoredGuild): 'good' | 'refused' | 'unreadable' {
    if (botUserId !== null && ownBots.userIdOf(guildId) === null) return 'unreadable';
    return ownBots.isRefused(guildId) ? 'refused' : 'good';
  }

  return async function look(stored: StoredGuild): Promise<GuildConfig> {
    const { guildId } = stored;
    const guild = guilds.guild(guildId);
    const doctor = examineGuild(stored, {
      guild,
      channels: guilds.channels(guildId),
      mappings: await parts.mappings.list(guildId),
      scopes,
      token: tokenOf(stored),
    });
    const missing = guild ? permissionsMissing(stored, guild) : [];
    return {
      guild: { ...stored, name: guild?.name ?? stored.name },
      botPermissions: guild?.bot.permissions ?? null,
      status: statusOf(stored, guild, doctor),
      lastError: guild ? stored.lastError : UNREACHABLE,
      missingPermissions: missing.map(({ permission }) => permissionWords(permission)),
      doctor,
    };
  };
}

function statusOf(stored: StoredGuild, guild: Guild | null, doctor: readonly DoctorEntry[]): GuildConfig['status'] {
  if (!guild) return 'unreachable';
  if (stored.healthStatus === 'paused') return 'paused';
  return doctor.some(({ severity }) => severity === 'error') ? 'degraded' : 'healthy';
}

const UNREACHABLE = 'Rolewright is not in this server, or Discord does not show it right now.';

import type { GuildStore, StoredGuild } from '../db/guild-store.ts';
import type { RolesGiven } from '../db/mapping-store.ts';
import type { DoctorEntry } from './guild-doctor.ts';
import type { GuildPatch } from './guild-settings.ts';
import type { Author } from './mapping-checks.ts';

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
  /** One entry a mapping at least (`ok`), and what is wrong with the guild as a whole. */
  doctor: DoctorEntry[];
}

interface Unchanged {
  /** Only if nobody has edited it since then (changed_meanwhile); null: in any case. */
  unchangedSince?: Date | null;
}

export interface RemoveOptions extends Unchanged {
  /** What happens to roles that only its mappings gave. */
  roles: RolesGiven;
  /** He saw what it does to the members, and said yes. */
  isConfirmed?: boolean;
}

/** The configurations of the guilds: the one place that knows the rules for editing them. Errors are AppErrors. */
export interface GuildConfigs {
  /** AppError guild_not_found: there is none, or it was removed. */
  find(guildId: string): Promise<GuildConfig>;
  /** Those of the guilds that have one, in this order. */
  list(guildIds: readonly string[]): Promise<GuildConfig[]>;
  /** AppError guild_not_found unless the guild has a configuration. */
  insist(guildId: string): Promise<void>;
  /** Settings that are left out stay. A configuration that was removed comes back with it. SettingRefused. */
  update(
    guildId: string,
    author: Pick<Author, 'discordId'>,
    patch: GuildPatch,
    options?: Unchanged,
  ): Promise<GuildConfig>;
  /** AppError bot_not_in_guild, guild_exists. */
  create(guildId: string, author: Pick<Author, 'discordId'>, patch: GuildPatch): Promise<GuildConfig>;
  /** With its mappings and its groups; the settings go back to their defaults. */
  remove(guildId: string, author: Author, options: RemoveOptions): Promise<void>;
  /** Where an admin invites the bot into the guild, with the least that its settings need. */
  installUrl(guildId: string): Promise<string>;
}

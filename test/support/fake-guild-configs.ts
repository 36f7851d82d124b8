import type { App } from '../../src/app.ts';
import type { StoredGuild } from '../../src/db/guild-store.ts';
import { DEFAULT_SETTINGS } from '../../src/sync/guild-settings.ts';
import { AppError } from '../../src/errors.ts';
import type { GuildConfig } from '../../src/sync/guild-look.ts';
import type { GuildPatch } from '../../src/sync/guild-settings.ts';

/** A guild as it is stored when nobody has changed anything. */
export function storedGuild(guildId: string, at: Date, guild: Partial<StoredGuild> = {}): StoredGuild {
  return {
    ...DEFAULT_SETTINGS,
    guildId,
    name: 'Guild',
    healthStatus: 'healthy',
    lastError: null,
    lastHealthCheck: null,
    lastFullSyncAt: null,
    botUserId: null,
    removedAt: null,
    leftAt: null,
    createdAt: at,
    updatedAt: at,
    ...guild,
  };
}

/** What the fake service tells of the guild. */
export function guildConfigOf(guild: StoredGuild, config: Partial<GuildConfig> = {}): GuildConfig {
  const fine = { botPermissions: 268_455_040n, status: 'healthy', lastError: null } as const;
  return { guild, ...fine, missingPermissions: [], doctor: [], ...config };
}

/** Configurations that are kept in `configs`, by guild; every change is taken, unless `refuse` says why not. */
export function createFakeGuildConfigs(
  configs: Map<string, GuildConfig>,
  refuse: () => Error | undefined = () => undefined,
): App['guildConfigs'] {
  const find = (guildId: string): GuildConfig => {
    const found = configs.get(guildId);
    if (!found) throw new AppError('guild_not_found', 'Rolewright has no configuration of this server.');
    return found;
  };
  const change = (guildId: string, { botToken, ...settings }: GuildPatch): GuildConfig => {
    const refusal = refuse();
    if (refusal) throw refusal;
    const before = configs.get(guildId) ?? guildConfigOf(storedGuild(guildId, new Date(0)));
    const botUserId = botToken === undefined ? before.guild.botUserId : botToken && '100000000000000099';
    const after = { ...before, guild: { ...before.guild, ...settings, botUserId } };
    configs.set(guildId, after);
    return after;
  };
  return {
    find: async (guildId) => find(guildId),
    list: async (guildIds) => guildIds.flatMap((guildId) => configs.get(guildId) ?? []),
    insist: async (guildId) => void find(guildId),
    update: async (guildId, _, patch) => change(guildId, patch),
    async create(guildId, _, patch) {
      configs.set(guildId, guildConfigOf(storedGuild(guildId, new Date(0))));
      return change(guildId, patch);
    },
    remove: async (guildId) => void configs.delete(guildId),
    installUrl: async (guildId) => `https://discord.example/oauth2/authorize?guild_id=${guildId}`,
  };
}

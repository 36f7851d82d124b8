import type { ConfigChangeStore } from '../db/config-change-store.ts';
import type { GuildStore, StoredGuild } from '../db/guild-store.ts';
import type { MappingStore, RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import { difference, guildRecord } from './config-records.ts';
import { createGuildLook, type GuildConfig } from './guild-look.ts';
import { createSettingsCheck, type GuildPatch } from './guild-settings.ts';
import { installUrl } from './install-url.ts';
import type { Author } from './mapping-checks.ts';
import type { Mappings } from './mappings.ts';
import type { GuildPlaces, GuildReader, OwnBots } from './ports.ts';
import { READS_OF_A_TOKEN, type ReadAllowance } from './read-allowance.ts';
import type { Cause } from './results.ts';
import type { Sync } from './sync.ts';

interface Unchanged {
  /** Only if nobody has edited it since then (changed_meanwhile); null: in any case. */
  unchangedSince?: Date | null;
}

interface RemoveOptions extends Unchanged {
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

export interface GuildConfigsParts {
  settings: GuildStore;
  guilds: Pick<GuildReader, 'guild'> & Pick<GuildPlaces, 'channels'>;
  mappings: Pick<Mappings, 'list' | 'removeAll'>;
  /** Takes out the mappings of a guild that the bot has left. */
  mappingStore: Pick<MappingStore, 'removeOfGuild'>;
  /** Takes out the groups of a guild that no mapping names any more. */
  removeGroups(guildId: string, author: Author): Promise<void>;
  configChanges: Pick<ConfigChangeStore, 'record'>;
  ownBots: OwnBots;
  allowance: ReadAllowance;
  /** Seals the token of a guild's own bot, for its row. */
  seal(token: string, rowId: string): Promise<string>;
  sync: Pick<Sync, 'mended'>;
  /** Starts a sync of the guild in the background. */
  syncLater(guildId: string, cause: Cause): void;
  discord: { authorizeUrl: string; clientId: string; scopes: readonly string[] };
  now: () => Date;
}

/** Settings that decide what members hold. */
const MATTERS: readonly (keyof StoredGuild)[] = [
  'isEnabled',
  'autoSync',
  'bypassRoleId',
  'syncPendingMembers',
  'removeRolesOnLeave',
  'nicknameTemplate',
  'botUserId',
];

/** The row that the token of a guild's own bot is sealed for. */
export function botTokenRow(guildId: string): string {
  return `guild:${guildId}`;
}

export function createGuildConfigs(parts: GuildConfigsParts): GuildConfigs {
  const { settings, guilds, ownBots } = parts;
  const { scopes } = parts.discord;
  const checkSettings = createSettingsCheck({ guilds, scopes });
  const look = createGuildLook({ guilds, mappings: parts.mappings, ownBots, scopes });

  async function standing(guildId: string): Promise<StoredGuild> {
    const guild = await settings.find(guildId);
    if (!guild || guild.removedAt) throw notFound();
    return guild;
  }

  /** What the row gets; the token is tried before it is stored. */
  async function prepare(guildId: string, actor: string, { botToken: token, ...patch }: GuildPatch) {
    checkSettings(guildId, patch);
    if (token === undefined) return { set: patch, bot: undefined };
    if (token === null) return { set: { ...patch, botToken: null, botUserId: null }, bot: null };
    parts.allowance.take({ accountId: actor, isOperator: false }, READS_OF_A_TOKEN);
    const { userId } = await ownBots.check(guildId, token);
    const botToken = await parts.seal(token, botTokenRow(guildId));
    return { set: { ...patch, botToken, botUserId: userId }, bot: { token, userId } };
  }

  /** What follows from a saved row: its own bot, the note of who did it, and a sync where it matters. */
  async function follow(
    { before, after }: { before: StoredGuild | null; after: StoredGuild },
    bot: Parameters<OwnBots['use']>[1] | undefined,
    { discordId: actor }: Pick<Author, 'discordId'>,
  ): Promise<GuildConfig> {
    const { guildId } = after;
    if (bot !== undefined) {
      ownBots.use(guildId, bot);
      await ownBots.refresh(guildId);
      parts.sync.mended(guildId);
    }
    const is = guildRecord(after);
    const of = { guildId, subject: 'guild', subjectId: guildId, actor, at: after.updatedAt } as const;
    const changed = before && difference(guildRecord(before), is);
    if (!before || before.removedAt) {
      await parts.configChanges.record({ ...of, action: 'create', before: null, after: is });
    } else if (changed) await parts.configChanges.record({ ...of, action: 'update', ...changed });
    if (!before || MATTERS.some((name) => before[name] !== after[name])) {
      parts.syncLater(guildId, { trigger: 'guild_event', actor });
    }
    return look(after);
  }

  return {
    find: async (guildId) => look(await standing(guildId)),

    async list(guildIds) {
      const stored = await Promise.all(guildIds.map((guildId) => settings.find(guildId)));
      return Promise.all(stored.flatMap((guild) => (guild && !guild.removedAt ? [look(guild)] : [])));
    },

    insist: async (guildId) => void (await standing(guildId)),

    async update(guildId, author, patch, { unchangedSince = null } = {}) {
      const { set, bot } = await prepare(guildId, author.discordId, patch);
      const saved = await settings.edit(guildId, set, parts.now(), unchangedSince);
      if (!saved) throw unchangedSince ? changedMeanwhile() : notFound();
      return follow(saved, bot, author);
    },

    async create(guildId, author, patch) {
      const guild = guilds.guild(guildId);
      if (!guild) throw new AppError('bot_not_in_guild', INVITE_FIRST);
      const stored = await settings.find(guildId);
      if (stored && !stored.removedAt && !stored.leftAt) throw new AppError('guild_exists', EXISTS);
      const { set, bot } = await prepare(guildId, author.discordId, patch);
      const created = await settings.create(guildId, guild.name, set, parts.now());
      if (!created) throw new AppError('guild_exists', EXISTS);
      return follow(created, bot, author);
    },

    async remove(guildId, author, { roles, isConfirmed = false, unchangedSince = null }) {
      const stored = await standing(guildId);
      if (unchangedSince && stored.updatedAt.getTime() !== unchangedSince.getTime()) throw changedMeanwhile();
      // Where the bot has left, nobody can be asked about roles, and none can be taken.
      if (stored.leftAt) await parts.mappingStore.removeOfGuild(guildId, roles);
      else await parts.mappings.removeAll(guildId, author, { roles, isConfirmed });
      await parts.removeGroups(guildId, author);
      const removed = await settings.remove(guildId, parts.now());
      if (!removed) throw notFound();
      ownBots.use(guildId, null);
      await parts.configChanges.record({
        guildId,
        subject: 'guild',
        subjectId: guildId,
        action: 'delete',
        actor: author.discordId,
        before: guildRecord(removed),
        after: null,
        at: parts.now(),
      });
    },

    async installUrl(guildId) {
      const stored = await settings.find(guildId);
      return installUrl(parts.discord, guildId, stored ?? DEFAULTS);
    },
  };
}

const DEFAULTS = { nicknameTemplate: '', autoJoin: false };

function notFound(): AppError {
  return new AppError('guild_not_found', 'Rolewright has no configuration of this server.');
}

function changedMeanwhile(): AppError {
  return new AppError(
    'changed_meanwhile',
    'Somebody else has changed this configuration meanwhile. Look at it again first.',
  );
}

const EXISTS = 'This server has a configuration already. Change that one instead.';
const INVITE_FIRST = 'Rolewright is not in this server. Invite it first.';

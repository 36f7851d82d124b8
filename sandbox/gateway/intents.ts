import { GatewayIntentBits as Intent, PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { objectOf } from '../json.ts';
import { channelPermissions, guildPermissions } from '../permissions.ts';
import type { Application, Guild } from '../records.ts';
import type { World, WorldEvent } from '../world.ts';

export const knownIntents = Object.values(Intent).reduce<number>((all, bit) => all | Number(bit), 0);

/** Which intent brings an event; those not named come without any. */
const intentOf: Record<string, number> = {
  GUILD_CREATE: Intent.Guilds,
  GUILD_UPDATE: Intent.Guilds,
  GUILD_DELETE: Intent.Guilds,
  GUILD_ROLE_CREATE: Intent.Guilds,
  GUILD_ROLE_UPDATE: Intent.Guilds,
  GUILD_ROLE_DELETE: Intent.Guilds,
  CHANNEL_CREATE: Intent.Guilds,
  CHANNEL_UPDATE: Intent.Guilds,
  CHANNEL_DELETE: Intent.Guilds,
  GUILD_MEMBER_ADD: Intent.GuildMembers,
  GUILD_MEMBER_UPDATE: Intent.GuildMembers,
  GUILD_MEMBER_REMOVE: Intent.GuildMembers,
  GUILD_AUDIT_LOG_ENTRY_CREATE: Intent.GuildModeration,
  GUILD_BAN_ADD: Intent.GuildModeration,
  GUILD_BAN_REMOVE: Intent.GuildModeration,
};

const messageEvents = new Set(['MESSAGE_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_DELETE']);

/** The privileged intents of a bit set that the portal does not grant. */
export function disallowedIntents(intents: number, { portalIntents }: Application): number {
  const { guildMembers, presences, messageContent } = portalIntents;
  const granted =
    (guildMembers ? Intent.GuildMembers : 0) |
    (presences ? Intent.GuildPresences : 0) |
    (messageContent ? Intent.MessageContent : 0);
  const privileged = Intent.GuildMembers | Intent.GuildPresences | Intent.MessageContent;
  return intents & privileged & ~granted;
}

export interface Hearer {
  readonly application: Application;
  readonly intents: number;
  readonly shard: readonly [number, number];
}

/** Whether an event goes to a session: by application, guild, shard, intent and permission. */
export function hears(world: World, hearer: Hearer, event: WorldEvent): boolean {
  const { application, intents, shard } = hearer;
  if (event.applicationId !== null && event.applicationId !== application.id) return false;
  if (shardOf(event.guildId, shard[1]) !== shard[0]) return false;
  if (!(intents & needed(event)) && needed(event) !== 0) return isOwnMemberUpdate(event, application);
  if (event.guildId === null || event.type === 'GUILD_DELETE') return isInGuild(world, event, application);
  const guild = world.guilds.get(event.guildId);
  if (!guild || guild.unavailable) return false;
  return guild.members.has(application.botId) && mayHear(world, guild, application, event);
}

export function shardOf(guildId: string | null, shards: number): number {
  return guildId === null ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(shards));
}

/** Without the intent a message of somebody else in a guild comes empty. */
export function withoutContent(hearer: Hearer, event: WorldEvent): object {
  const { data } = event;
  const isPlain = event.guildId === null || !messageEvents.has(event.type) || event.type === 'MESSAGE_DELETE';
  const isOwn = 'author' in data && objectOf(data.author)['id'] === hearer.application.botId;
  if (isPlain || isOwn || hearer.intents & Intent.MessageContent) return data;
  return { ...data, content: '', embeds: [], attachments: [], components: [] };
}

function needed({ type, guildId }: WorldEvent): number {
  if (messageEvents.has(type)) return guildId === null ? Intent.DirectMessages : Intent.GuildMessages;
  return intentOf[type] ?? 0;
}

function isOwnMemberUpdate({ type, data }: WorldEvent, { botId }: Application): boolean {
  return type === 'GUILD_MEMBER_UPDATE' && 'user' in data && objectOf(data.user)['id'] === botId;
}

/** GUILD_DELETE goes to those who are (or just were) in the guild; what has no guild was addressed already. */
function isInGuild(world: World, { applicationId, guildId }: WorldEvent, { botId }: Application): boolean {
  if (applicationId !== null || guildId === null) return applicationId !== null;
  return world.guilds.get(guildId)?.members.has(botId) ?? false;
}

function mayHear(world: World, guild: Guild, { botId }: Application, { type, channelId }: WorldEvent): boolean {
  const bot = guild.members.get(botId);
  if (!bot) return false;
  if (type === 'GUILD_AUDIT_LOG_ENTRY_CREATE') {
    return Boolean(guildPermissions(guild, bot, world.now()) & Bits.ViewAuditLog);
  }
  const channel = channelId === null ? undefined : guild.channels.get(channelId);
  return !channel || Boolean(channelPermissions(guild, bot, channel, world.now()) & Bits.ViewChannel);
}

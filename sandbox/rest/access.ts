import { PermissionFlagsBits } from 'discord-api-types/v10';
import { channelPermissions, guildPermissions } from '../permissions.ts';
import type { Application, Channel, Guild, Member, User } from '../records.ts';
import { botOf, type Call } from './call.ts';
import { refuse } from './errors.ts';

/** The bot in the guild that the path names. */
export interface Access {
  guild: Guild;
  bot: Member;
  application: Application;
}

/** 10004 (or what the settings say) for a guild that is not there, 50001 for one the bot is not in. */
export function enterGuild(call: Call): Access {
  const application = botOf(call);
  const guild = call.world.guilds.get(call.param('guild_id'));
  if (!guild) throw refuse(call.world.settings.goneGuildCode);
  if (guild.unavailable) throw refuse(10004);
  const bot = guild.members.get(application.botId);
  if (!bot) throw refuse(50001);
  return { guild, bot, application };
}

export function may(call: Call, { guild, bot }: Access, permission: bigint): boolean {
  return (guildPermissions(guild, bot, call.world.now()) & permission) === permission;
}

/** 50013 unless the bot has every one of these bits. Where the guild wants 2FA, the application's owner needs it to manage. */
export function demand(call: Call, access: Access, permission: bigint): void {
  if (!may(call, access, permission)) throw refuse(50013);
  const owner = call.world.users.get(access.application.ownerId);
  const needsTwoFactors = (permission & elevated) !== 0n && access.guild.mfaLevel === 1;
  if (needsTwoFactors && !owner?.mfaEnabled) throw refuse(60003);
}

const elevated =
  PermissionFlagsBits.ManageRoles |
  PermissionFlagsBits.KickMembers |
  PermissionFlagsBits.BanMembers |
  PermissionFlagsBits.ManageChannels |
  PermissionFlagsBits.ManageGuild |
  PermissionFlagsBits.ManageMessages;

/** The member that the path names. */
export function findMember({ world, param }: Call, { guild }: Access): { member: Member; user: User } {
  const id = param('user_id');
  const user = world.users.get(id);
  const member = guild.members.get(id);
  if (!user && !member) throw refuse(10013);
  if (!user || !member) throw refuse(10007);
  return { member, user };
}

/** The channel that the path names, and what the bot may do there. 10003, 50001. */
export function enterChannel(call: Call): { channel: Channel; bits: bigint; application: Application } {
  const application = botOf(call);
  const { world } = call;
  const channel = world.channel(call.param('channel_id'));
  if (!channel) throw refuse(10003);
  if (channel.guildId === null) {
    if (!channel.recipientIds.includes(application.botId)) throw refuse(50001);
    return { channel, bits: ~0n, application };
  }
  const guild = world.guilds.get(channel.guildId);
  const bot = guild?.members.get(application.botId);
  if (!guild || !bot) throw refuse(50001);
  const bits = channelPermissions(guild, bot, channel, world.now());
  if (!(bits & PermissionFlagsBits.ViewChannel)) throw refuse(50001);
  return { channel, bits, application };
}

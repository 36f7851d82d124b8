import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { Channel, Guild, Member, Role } from './records.ts';
import type { Settings } from './settings.ts';
import { compareSnowflakes } from './snowflakes.ts';

const allPermissions = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n);
/** What @everyone may do in a new guild. */
export const defaultPermissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands |
  PermissionFlagsBits.ChangeNickname |
  PermissionFlagsBits.CreateInstantInvite;
const whileTimedOut = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

type TieBreak = Pick<Settings, 'equalPositions'>;

/** Positive when `a` stands above `b`. */
export function compareRoles(a: Role, b: Role, { equalPositions }: TieBreak): number {
  if (a.position !== b.position) return a.position - b.position;
  const byId = compareSnowflakes(a.id, b.id);
  return equalPositions === 'lower_id_is_higher' ? -byId : byId;
}

/** The member's highest role; @everyone if he has none. */
function highestRole(guild: Guild, member: Member, tieBreak: TieBreak): Role {
  let highest = everyoneRole(guild);
  for (const id of member.roles) {
    const role = guild.roles.get(id);
    if (role && compareRoles(role, highest, tieBreak) > 0) highest = role;
  }
  return highest;
}

/** Whether `role` stands below everything `member` may touch; the owner may touch all. */
export function isAboveRole(guild: Guild, member: Member, role: Role, tieBreak: TieBreak): boolean {
  return guild.ownerId === member.userId || compareRoles(highestRole(guild, member, tieBreak), role, tieBreak) > 0;
}

/** Whether `member` may kick, ban or rename `target`. */
export function isAboveMember(guild: Guild, member: Member, target: Member, tieBreak: TieBreak): boolean {
  if (guild.ownerId === target.userId) return false;
  return isAboveRole(guild, member, highestRole(guild, target, tieBreak), tieBreak);
}

/** What a member may do in the guild, without channel overwrites. */
export function guildPermissions(guild: Guild, member: Member, now: number): bigint {
  if (guild.ownerId === member.userId) return allPermissions;
  let bits = everyoneRole(guild).permissions;
  for (const id of member.roles) bits |= guild.roles.get(id)?.permissions ?? 0n;
  if (bits & PermissionFlagsBits.Administrator) return allPermissions;
  return timeOut(bits, member, now);
}

/** What a member may do in one channel. */
export function channelPermissions(guild: Guild, member: Member, channel: Channel, now: number): bigint {
  const base = guildPermissions(guild, member, now);
  if (base === allPermissions) return base;
  const roleOverwrites = channel.overwrites.filter(({ type, id }) => type === 0 && member.roles.has(id));
  const layers = [
    channel.overwrites.filter(({ id }) => id === guild.id),
    [
      {
        allow: roleOverwrites.reduce((bits, { allow }) => bits | allow, 0n),
        deny: roleOverwrites.reduce((bits, { deny }) => bits | deny, 0n),
      },
    ],
    channel.overwrites.filter(({ type, id }) => type === 1 && id === member.userId),
  ];
  const bits = layers.flat().reduce((sum, { allow, deny }) => (sum & ~deny) | allow, base);
  return timeOut(bits, member, now);
}

function everyoneRole(guild: Guild): Role {
  const role = guild.roles.get(guild.id);
  if (!role) throw new Error(`guild ${guild.id} has no @everyone role`);
  return role;
}

function timeOut(bits: bigint, member: Member, now: number): bigint {
  return (member.communicationDisabledUntil ?? 0) > now ? bits & whileTimedOut : bits;
}

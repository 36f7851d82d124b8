import { PermissionFlagsBits } from 'discord-api-types/v10';
import { isAboveRole } from '../permissions.ts';
import type { Role } from '../records.ts';
import { demand, enterGuild, findMember, type Access } from './access.ts';
import { noContent, type Answer, type Call } from './call.ts';
import { refuse, type DiscordError } from './errors.ts';

/** `PUT .../members/{u}/roles/{r}`: one role, atomically. */
export function giveRole(call: Call): Answer {
  const { guildId, userId, roleId, actor } = checked(call);
  return noContent(() => call.world.giveRole(guildId, userId, roleId, actor));
}

/** `DELETE .../members/{u}/roles/{r}`. */
export function takeRole(call: Call): Answer {
  const { guildId, userId, roleId, actor } = checked(call);
  return noContent(() => call.world.takeRole(guildId, userId, roleId, actor));
}

/** Why the bot may not give or take a role; null if it may. Whom it goes to does not matter. */
export function roleRefusal({ world }: Call, { guild, bot }: Access, role: Role): DiscordError | null {
  const isLinked = role.tags?.guild_connections === null;
  if (role.managed || isLinked) return refuse(world.settings.managedRoleCode);
  return isAboveRole(guild, bot, role, world.settings) ? null : refuse(50013);
}

function checked(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ManageRoles);
  const { member } = findMember(call, access);
  const role = access.guild.roles.get(call.param('role_id'));
  if (!role || role.id === access.guild.id) throw refuse(10011);
  const refusal = roleRefusal(call, access, role);
  if (refusal) throw refusal;
  const actor = { by: access.bot.userId, reason: call.reason };
  return { guildId: access.guild.id, userId: member.userId, roleId: role.id, actor };
}

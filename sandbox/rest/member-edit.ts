import { numberOf, textOf, shown } from '../json.ts';
import { GuildMemberFlags, PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { memberPayload } from '../payloads.ts';
import { guildPermissions, isAboveMember } from '../permissions.ts';
import type { Member } from '../records.ts';
import type { MemberChange } from '../world/members.ts';
import { demand, enterGuild, findMember, may, type Access } from './access.ts';
import { json, type Answer, type Call } from './call.ts';
import { refuse, refuseUnknown } from './errors.ts';
import { createForm } from './form.ts';
import { roleRefusal } from './member-roles.ts';

const longestTimeoutMs = 28 * 86_400_000;

/** `PATCH .../members/{u}`: `roles` replaces the whole set; @everyone in it is ignored. */
export function editMember(call: Call): Answer {
  const access = enterGuild(call);
  const { member, user } = findMember(call, access);
  const { guild, bot } = access;
  const { world, body, reason } = call;
  refuseUnknown(body, ['channel_id']);
  const form = createForm();
  form.text('nick', body['nick'], { max: 32 });
  const roleIds = body['roles'] === undefined ? null : form.ids('roles', withoutNulls(body['roles']), 350);
  const change = { ...nickChange(call, access, member), ...timeoutChange(call, access, member) };
  form.finish();
  Object.assign(change, voiceChange(call, access), flagsChange(call, access, member));
  const roles = roleIds && checkedRoles(call, access, member, roleIds);
  const changed = { ...member, ...change, ...(roles && { roles }) };
  const actor = { by: bot.userId, reason };
  return {
    ...json(memberPayload(user, changed)),
    apply: () => void world.patchMember(guild.id, member.userId, { ...change, ...(roles && { roles }) }, actor),
  };
}

/** `PATCH .../members/@me`: the bot's own nick. */
export function editOwnMember(call: Call): Answer {
  const access = enterGuild(call);
  const { world, body, reason } = call;
  refuseUnknown(body, ['avatar', 'banner', 'bio']);
  const form = createForm();
  form.text('nick', body['nick'], { max: 32 });
  form.finish();
  const { guild, bot, application } = access;
  const user = world.users.get(application.botId);
  if (!user) throw refuse(10013);
  if (body['nick'] === undefined) return json(memberPayload(user, bot));
  demand(call, access, Bits.ChangeNickname);
  const change = { nick: textOf(body['nick'])?.trim() || null };
  return {
    ...json(memberPayload(user, { ...bot, ...change })),
    apply: () => void world.editMember(guild.id, bot.userId, change, { by: bot.userId, reason }),
  };
}

/** Every role that comes or goes must be the bot's to give; dropping a managed one is refused. */
function checkedRoles(call: Call, access: Access, member: Member, wantedIds: readonly string[]): Set<string> {
  demand(call, access, Bits.ManageRoles);
  const { guild } = access;
  const wanted = new Set(wantedIds.filter((id) => id !== guild.id));
  const changed = [...wanted, ...member.roles].filter((id) => wanted.has(id) !== member.roles.has(id));
  for (const id of changed) {
    const role = guild.roles.get(id);
    if (!role) throw refuse(10011);
    if (roleRefusal(call, access, role)) throw refuse(50013);
  }
  return wanted;
}

function nickChange(call: Call, access: Access, member: Member): MemberChange {
  const { nick } = call.body;
  if (nick === undefined) return {};
  const isSelf = member.userId === access.bot.userId;
  demand(call, access, isSelf ? Bits.ChangeNickname : Bits.ManageNicknames);
  if (!isSelf && !isAboveMember(access.guild, access.bot, member, call.world.settings)) throw refuse(50013);
  return { nick: textOf(nick)?.trim() || null };
}

function timeoutChange(call: Call, access: Access, member: Member): MemberChange {
  const until = call.body['communication_disabled_until'];
  if (until === undefined) return {};
  const { world } = call;
  demand(call, access, Bits.ModerateMembers);
  const targetBits = guildPermissions(access.guild, member, world.now());
  const isAbove = isAboveMember(access.guild, access.bot, member, world.settings);
  if (!isAbove || targetBits & Bits.Administrator) throw refuse(50013);
  const form = createForm();
  const at = until === null ? null : Date.parse(shown(until));
  if (at !== null && !(at <= world.now() + longestTimeoutMs)) {
    form.fail('communication_disabled_until', 'DATE_TIME_TYPE_PARSE', `Could not parse ${shown(until)}.`);
  }
  form.finish();
  return { communicationDisabledUntil: at };
}

/** `mute` and `deaf`, each with its permission. */
export function voiceChange(call: Call, access: Access): { mute?: boolean; deaf?: boolean } {
  const { mute, deaf } = call.body;
  if (typeof mute === 'boolean') demand(call, access, Bits.MuteMembers);
  if (typeof deaf === 'boolean') demand(call, access, Bits.DeafenMembers);
  return { ...(typeof mute === 'boolean' && { mute }), ...(typeof deaf === 'boolean' && { deaf }) };
}

/** 50013 for a bot that may not let members pass the screening. */
export function demandFlags(call: Call, access: Access): void {
  const moderator = Bits.ModerateMembers | Bits.KickMembers | Bits.BanMembers;
  const isAllowed = [Bits.ManageGuild, Bits.ManageRoles, moderator].some((bits) => may(call, access, bits));
  if (!isAllowed) throw refuse(50013);
}

function withoutNulls(roles: unknown): unknown {
  return Array.isArray(roles) ? roles.filter((id) => id !== null) : roles;
}

/** Only BYPASSES_VERIFICATION may be set; it ends `pending`. */
function flagsChange(call: Call, access: Access, member: Member): MemberChange {
  const flags = numberOf(call.body['flags']);
  if (flags === null) return {};
  demandFlags(call, access);
  const bypass = flags & GuildMemberFlags.BypassesVerification;
  const kept = member.flags & ~GuildMemberFlags.BypassesVerification;
  return { flags: kept | bypass, pending: member.pending && bypass === 0 };
}

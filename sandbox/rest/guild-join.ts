import { numberOf, textOf } from '../json.ts';
import { GuildMemberFlags, PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { memberPayload } from '../payloads.ts';
import type { User } from '../records.ts';
import { demand, enterGuild, type Access } from './access.ts';
import { json, noContent, type Answer, type Call } from './call.ts';
import { refuse } from './errors.ts';
import { createForm } from './form.ts';
import { demandFlags, voiceChange } from './member-edit.ts';
import { roleRefusal } from './member-roles.ts';

/** Guilds a user may be in. */
const guildsOfUser = 200;

/** `PUT .../members/{u}`: a user who gave the scope guilds.join comes in. 201, or 204 if he is in already. */
export function joinGuild(call: Call): Answer {
  const access = enterGuild(call);
  demand(call, access, Bits.CreateInstantInvite);
  const { world, body } = call;
  const form = createForm();
  form.text('access_token', body['access_token'], { max: 200, isRequired: true });
  form.text('nick', body['nick'], { max: 32 });
  const roles = form.ids('roles', body['roles'], 250).filter((id) => id !== access.guild.id);
  form.finish();
  const user = userOfToken(call, access);
  const { guild } = access;
  if (guild.bans.has(user.id)) throw refuse(40007, world.settings.bannedJoinStatus);
  if (guild.members.has(user.id)) return noContent();
  const joined = [...world.guilds.values()].filter(({ members }) => members.has(user.id)).length;
  if (joined >= guildsOfUser) throw refuse(30001);
  checkRoles(call, access, roles);
  const nick = textOf(body['nick'])?.trim() || null;
  if (nick !== null) demand(call, access, Bits.ManageNicknames);
  const flags = (numberOf(body['flags']) ?? 0) & GuildMemberFlags.BypassesVerification;
  if (flags !== 0) demandFlags(call, access);
  const voice = voiceChange(call, access);
  const pending = guild.features.includes('MEMBER_VERIFICATION_GATE_ENABLED');
  const member = world.join(guild.id, user.id, { pending, roles, nick, flags, ...voice });
  return json(memberPayload(user, member), 201);
}

/** The token must be alive, of this application, of this user, and carry guilds.join. */
function userOfToken({ world, body, param }: Call, { application }: Access): User {
  const user = world.users.get(param('user_id'));
  if (!user) throw refuse(10013);
  const token = world.accessToken(textOf(body['access_token']) ?? '');
  const isGood =
    token?.applicationId === application.id && token.userId === user.id && token.scopes.includes('guilds.join');
  if (!isGood) throw refuse(50025);
  return user;
}

function checkRoles(call: Call, access: Access, roleIds: readonly string[]): void {
  if (roleIds.length === 0) return;
  demand(call, access, Bits.ManageRoles);
  for (const id of roleIds) {
    const role = access.guild.roles.get(id);
    if (!role) throw refuse(10011);
    const refusal = roleRefusal(call, access, role);
    if (refusal) throw refusal;
  }
}

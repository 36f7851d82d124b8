import { PermissionFlagsBits } from 'discord-api-types/v10';
import { memberPayload } from '../payloads.ts';
import { isAboveMember } from '../permissions.ts';
import { indexAfter } from '../snowflakes.ts';
import { demand, enterGuild, findMember } from './access.ts';
import { json, limitOf, noContent, queryId, type Call, type Route } from './call.ts';
import { refuse } from './errors.ts';
import { createForm } from './form.ts';
import { joinGuild } from './guild-join.ts';
import { editMember, editOwnMember } from './member-edit.ts';
import { giveRole, takeRole } from './member-roles.ts';

const members = '/guilds/:guild_id/members';

export const memberRoutes: Route[] = [
  { method: 'GET', path: members, handle: listMembers },
  { method: 'GET', path: `${members}/search`, handle: searchMembers },
  { method: 'PATCH', path: `${members}/@me`, handle: editOwnMember },
  { method: 'GET', path: `${members}/:user_id`, handle: getMember },
  { method: 'PUT', path: `${members}/:user_id`, handle: joinGuild },
  { method: 'PATCH', path: `${members}/:user_id`, handle: editMember },
  { method: 'DELETE', path: `${members}/:user_id`, handle: kick },
  { method: 'PUT', path: `${members}/:user_id/roles/:role_id`, handle: giveRole },
  { method: 'DELETE', path: `${members}/:user_id/roles/:role_id`, handle: takeRole },
];

/** Needs the GUILD_MEMBERS intent of the portal, whatever the gateway session asked for. */
function listMembers(call: Call) {
  const { guild, application } = enterGuild(call);
  if (!application.portalIntents.guildMembers) throw refuse(50001);
  const ids = call.world.memberIdsInOrder(guild);
  const from = indexAfter(ids, queryId(call, 'after') ?? '0');
  return json(payloads(call, ids.slice(from, from + limitOf(call, 1, 1000))));
}

function searchMembers(call: Call) {
  const { guild } = enterGuild(call);
  const query = call.query.get('query');
  const form = createForm();
  form.text('query', query, { min: 1, max: 100, isRequired: true });
  form.finish();
  const prefix = (query ?? '').toLowerCase();
  const limit = limitOf(call, 1, 1000);
  const found: string[] = [];
  for (const { userId, nick } of guild.members.values()) {
    const username = call.world.users.get(userId)?.username.toLowerCase();
    if (username?.startsWith(prefix) || nick?.toLowerCase().startsWith(prefix)) found.push(userId);
    if (found.length === limit) break;
  }
  return json(payloads(call, found));
}

function getMember(call: Call) {
  const { member, user } = findMember(call, enterGuild(call));
  return json(memberPayload(user, member));
}

function kick(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.KickMembers);
  const { member } = findMember(call, access);
  const { world, reason } = call;
  if (!isAboveMember(access.guild, access.bot, member, world.settings)) throw refuse(50013);
  return noContent(() => world.kick(access.guild.id, member.userId, { by: access.bot.userId, reason }));
}

function payloads({ world, param }: Call, userIds: readonly string[]): object[] {
  const guild = world.guilds.get(param('guild_id'));
  return userIds.flatMap((id) => {
    const user = world.users.get(id);
    const member = guild?.members.get(id);
    return user && member ? [memberPayload(user, member)] : [];
  });
}

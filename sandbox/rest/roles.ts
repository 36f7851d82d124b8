import { numberOf, objectOf, textOf } from '../json.ts';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { rolePayload } from '../payloads.ts';
import { guildPermissions, isAboveRole } from '../permissions.ts';
import type { Role } from '../records.ts';
import { demand, enterGuild, type Access } from './access.ts';
import { json, noContent, type Call, type Route } from './call.ts';
import { refuse, refuseUnknown } from './errors.ts';
import { createForm } from './form.ts';

const roles = '/guilds/:guild_id/roles';

export const roleRoutes: Route[] = [
  { method: 'GET', path: roles, handle: listRoles },
  { method: 'POST', path: roles, handle: createRole },
  { method: 'PATCH', path: roles, handle: moveRoles },
  { method: 'GET', path: `${roles}/member-counts`, handle: countMembers },
  { method: 'GET', path: `${roles}/:role_id`, handle: getRole },
  { method: 'PATCH', path: `${roles}/:role_id`, handle: editRole },
  { method: 'DELETE', path: `${roles}/:role_id`, handle: deleteRole },
];

function listRoles(call: Call) {
  return json([...enterGuild(call).guild.roles.values()].map(rolePayload));
}

function getRole(call: Call) {
  return json(rolePayload(findRole(call, enterGuild(call))));
}

/** Holders of every role but @everyone. */
function countMembers(call: Call) {
  const { guild } = enterGuild(call);
  const counts: Record<string, number> = {};
  for (const id of guild.roles.keys()) if (id !== guild.id) counts[id] = 0;
  for (const member of guild.members.values()) for (const id of member.roles) counts[id] = (counts[id] ?? 0) + 1;
  return json(counts);
}

function createRole(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ManageRoles);
  const { guild, bot } = access;
  const change = roleChange(call, access);
  const limit = call.world.settings.everyoneCountsAsRole ? 250 : 251;
  if (guild.roles.size >= limit) throw refuse(30005);
  const role = call.world.addRole(
    guild.id,
    { permissions: guild.roles.get(guild.id)?.permissions ?? 0n, ...change },
    { by: bot.userId, reason: call.reason },
  );
  return json(rolePayload(role));
}

function editRole(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ManageRoles);
  const role = findRole(call, access);
  if (!isAboveRole(access.guild, access.bot, role, call.world.settings)) throw refuse(50013);
  const change = roleChange(call, access);
  const actor = { by: access.bot.userId, reason: call.reason };
  return json(rolePayload(call.world.editRole(access.guild.id, role.id, change, actor)));
}

function moveRoles(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ManageRoles);
  const { guild, bot } = access;
  const positions = new Map<string, number>();
  for (const item of Object.values(call.body).map(objectOf)) {
    const role = guild.roles.get(textOf(item['id']) ?? '');
    const position = numberOf(item['position']);
    if (!role || role.id === guild.id) throw refuse(10011);
    if (position === null) continue;
    const target = { ...role, position };
    const { settings } = call.world;
    if (!isAboveRole(guild, bot, role, settings) || !isAboveRole(guild, bot, target, settings)) throw refuse(50013);
    positions.set(role.id, position);
  }
  call.world.moveRoles(guild.id, positions);
  return json([...guild.roles.values()].map(rolePayload));
}

function deleteRole(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ManageRoles);
  const role = findRole(call, access);
  if (role.id === access.guild.id || role.managed) throw refuse(50028);
  if (!isAboveRole(access.guild, access.bot, role, call.world.settings)) throw refuse(50013);
  const actor = { by: access.bot.userId, reason: call.reason };
  return noContent(() => call.world.deleteRole(access.guild.id, role.id, actor));
}

/** The checked body of a create or edit. A bot gives a role only what it may do itself. */
function roleChange(call: Call, { guild, bot }: Access): Partial<Omit<Role, 'id' | 'position'>> {
  const { body } = call;
  const form = createForm();
  refuseUnknown(body, ['icon', 'unicode_emoji']);
  form.text('name', body['name'], { max: 100 });
  const colors = objectOf(body['colors']);
  refuseUnknown(colors, ['secondary_color', 'tertiary_color']);
  form.color('color', body['color']);
  form.color('colors.primary_color', colors['primary_color']);
  const permissions = form.bits('permissions', body['permissions']);
  form.finish();
  if (permissions !== null && permissions & ~guildPermissions(guild, bot, call.world.now())) throw refuse(50013);
  const color = numberOf(colors['primary_color']) ?? numberOf(body['color']);
  const name = textOf(body['name']);
  return {
    ...(name !== null && { name }),
    ...(permissions !== null && { permissions }),
    ...(color !== null && { color }),
    ...(typeof body['hoist'] === 'boolean' && { hoist: body['hoist'] }),
    ...(typeof body['mentionable'] === 'boolean' && { mentionable: body['mentionable'] }),
  };
}

function findRole({ param }: Call, { guild }: Access): Role {
  const role = guild.roles.get(param('role_id'));
  if (!role) throw refuse(10011);
  return role;
}

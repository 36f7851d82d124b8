import { PermissionFlagsBits } from 'discord-api-types/v10';
import { Router } from 'express';
import { z } from 'zod';
import { memberPayload } from '../payloads.ts';
import { guildPermissions, isAboveRole } from '../permissions.ts';
import type { World } from '../world.ts';
import { guildOf, memberOf, must, userOf } from '../world/state.ts';
import { bodyOf, ControlError, queryOf, snowflake, type Driven } from './driven.ts';

/** `by`: who does it, for the audit log; the owner unless told otherwise. */
const actor = { by: snowflake.optional() };

/** Who is in a guild, and which roles somebody gives or takes by hand. */
export function memberRoutes({ world }: Driven): Router {
  const router = Router();
  const place = '/guilds/:guild_id/members/:user_id';

  router.post('/guilds/:guild_id/members', (request, response) => {
    const { user_id, pending, nick } = bodyOf(request, {
      user_id: snowflake,
      pending: z.boolean().default(false),
      nick: z.string().max(32).nullable().default(null),
    });
    const guild = guildOf(world, request.params.guild_id);
    if (guild.bans.has(user_id)) throw new ControlError(409, `${nameOf(world, user_id)} is banned from this guild`);
    const member = world.join(guild.id, user_id, { pending, nick });
    response.status(201).json(memberPayload(userOf(world, user_id), member));
  });

  router.get(place, (request, response) => {
    const { guild_id, user_id } = request.params;
    response.json(memberPayload(userOf(world, user_id), memberOf(world, guild_id, user_id)));
  });

  /** Leaves, or with `by` is kicked. */
  router.delete(place, (request, response) => {
    const { by } = queryOf(request, actor);
    const { guild_id, user_id } = request.params;
    if (by === undefined) world.leave(guild_id, user_id);
    else world.kick(guild_id, user_id, { by });
    response.sendStatus(204);
  });

  router.put(`${place}/ban`, (request, response) => {
    const { guild_id, user_id } = request.params;
    world.ban(guild_id, userOf(world, user_id).id, { by: guildOf(world, guild_id).ownerId });
    response.sendStatus(204);
  });

  router.delete(`${place}/ban`, (request, response) => {
    const { guild_id, user_id } = request.params;
    world.unban(guild_id, user_id, { by: guildOf(world, guild_id).ownerId });
    response.sendStatus(204);
  });

  router.post(`${place}/screening`, (request, response) => {
    world.completeScreening(request.params.guild_id, request.params.user_id);
    response.sendStatus(204);
  });

  router.put(`${place}/roles/:role_id`, (request, response) => {
    const { guild_id, user_id, role_id } = request.params;
    world.giveRole(guild_id, user_id, role_id, { by: handOf(world, guild_id, role_id, queryOf(request, actor)) });
    response.sendStatus(204);
  });

  router.delete(`${place}/roles/:role_id`, (request, response) => {
    const { guild_id, user_id, role_id } = request.params;
    world.takeRole(guild_id, user_id, role_id, { by: handOf(world, guild_id, role_id, queryOf(request, actor)) });
    response.sendStatus(204);
  });
  return router;
}

function nameOf(world: World, userId: string): string {
  const { globalName, username } = userOf(world, userId);
  return globalName ?? username;
}

/** Whose hand it is. Somebody who is named must be able to do it, as in Discord's client; else it is the owner's. */
function handOf(world: World, guildId: string, roleId: string, { by }: { by?: string | undefined }): string {
  const guild = guildOf(world, guildId);
  if (by === undefined) return guild.ownerId;
  const role = must(guild.roles.get(roleId), `role ${roleId}`);
  const member = memberOf(world, guildId, by);
  const mayManage = (guildPermissions(guild, member, world.now()) & PermissionFlagsBits.ManageRoles) !== 0n;
  if (role.managed) throw new ControlError(409, `@${role.name} is managed: nobody gives or takes it by hand`);
  if (mayManage && isAboveRole(guild, member, role, world.settings)) return by;
  throw new ControlError(409, `${nameOf(world, by)} needs Manage Roles and a role above @${role.name} for this`);
}

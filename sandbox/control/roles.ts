import { Router } from 'express';
import { z } from 'zod';
import { rolePayload } from '../payloads.ts';
import { guildOf, must } from '../world/state.ts';
import { bits, bodyOf, ControlError, defined, type Driven } from './driven.ts';

const position = z.int().min(1).optional();
const look = {
  name: z.string().min(1).max(100),
  permissions: bits,
  color: z.int().min(0).max(0xff_ff_ff),
  managed: z.boolean(),
};

/** The owner's work in Server Settings > Roles. */
export function roleRoutes({ world }: Driven): Router {
  const router = Router();
  router.post('/guilds/:guild_id/roles', (request, response) => {
    const guild = guildOf(world, request.params.guild_id);
    const { position: at, ...given } = bodyOf(request, { ...z.object(look).partial().shape, position });
    const role = world.addRole(guild.id, { ...defined(given), ...(at && { position: at }) }, { by: guild.ownerId });
    response.status(201).json(rolePayload(role));
  });

  router.patch('/guilds/:guild_id/roles/:role_id', (request, response) => {
    const { guild_id, role_id } = request.params;
    const guild = guildOf(world, guild_id);
    const { position: at, ...change } = bodyOf(request, { ...z.object(look).partial().shape, position });
    must(guild.roles.get(role_id), `role ${role_id}`);
    if (Object.keys(defined(change)).length > 0)
      world.editRole(guild_id, role_id, defined(change), { by: guild.ownerId });
    if (at !== undefined) world.moveRole(guild_id, role_id, at);
    response.json(rolePayload(must(guild.roles.get(role_id), `role ${role_id}`)));
  });

  router.delete('/guilds/:guild_id/roles/:role_id', (request, response) => {
    const { guild_id, role_id } = request.params;
    if (role_id === guild_id) throw new ControlError(409, '@everyone cannot be deleted');
    world.deleteRole(guild_id, role_id, { by: guildOf(world, guild_id).ownerId });
    response.sendStatus(204);
  });
  return router;
}

import { Router } from 'express';
import { z } from 'zod';
import { must } from '../world/state.ts';
import { bodyOf, bits, snowflake, type Driven } from './driven.ts';

/** What Rolewright asks for when it is added: see Manage Roles and friends in its README. */
const usualPermissions = 268_455_040n;

/** Guilds, and bots coming and going. */
export function guildRoutes({ world }: Driven): Router {
  const router = Router();
  router.post('/guilds', (request, response) => {
    const { name, owner_id } = bodyOf(request, { name: z.string().min(2).max(100), owner_id: snowflake });
    const guild = world.addGuild({ name, ownerId: owner_id });
    world.join(guild.id, owner_id);
    const channel = world.addChannel(guild.id);
    response.status(201).json({ id: guild.id, channel_id: channel.id });
  });

  router.delete('/guilds/:guild_id', (request, response) => {
    world.deleteGuild(request.params.guild_id);
    response.sendStatus(204);
  });

  /** An outage of this guild alone. */
  router.put('/guilds/:guild_id/unavailable', (request, response) => {
    const { unavailable } = bodyOf(request, { unavailable: z.boolean() });
    world.setUnavailable(request.params.guild_id, unavailable);
    response.sendStatus(204);
  });

  router.post('/guilds/:guild_id/bots', (request, response) => {
    const { application_id, permissions, position } = bodyOf(request, {
      application_id: snowflake,
      permissions: bits.default(usualPermissions),
      position: z.int().min(1).optional(),
    });
    const application = must(world.applications.get(application_id), `application ${application_id}`);
    const { guild_id } = request.params;
    world.addBot(guild_id, application, permissions, position === undefined ? {} : { position });
    response.status(201).json({ role_id: world.botRole(guild_id, application_id)?.id });
  });

  router.patch('/guilds/:guild_id/bots/:application_id', (request, response) => {
    const { permissions } = bodyOf(request, { permissions: bits });
    world.setBotPermissions(request.params.guild_id, request.params.application_id, permissions);
    response.sendStatus(204);
  });

  router.delete('/guilds/:guild_id/bots/:application_id', (request, response) => {
    const { guild_id, application_id } = request.params;
    world.removeBot(guild_id, must(world.applications.get(application_id), `application ${application_id}`));
    response.sendStatus(204);
  });
  return router;
}

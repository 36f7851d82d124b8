import { Router } from 'express';
import { z } from 'zod';
import { commandPayload } from '../command-payload.ts';
import { messagePayload } from '../message-payload.ts';
import { channelPayload, memberPayload, rolePayload, userPayload } from '../payloads.ts';
import type { Channel, Guild } from '../records.ts';
import type { World } from '../world.ts';
import { guildOf } from '../world/state.ts';
import { queryOf, type Driven } from './driven.ts';

const listed = {
  members: z.coerce.number().int().min(0).default(200),
  messages: z.coerce.number().int().min(0).default(50),
};
type Listed = z.output<z.ZodObject<typeof listed>>;

/** What Discord holds now, in Discord's own shapes. `members` and `messages` bound the lists. */
export function stateRoutes({ world, apiUrl, authorizeUrl, faults }: Driven): Router {
  const router = Router();
  router.get('/state', (request, response) => {
    const bounds = queryOf(request, listed);
    response.json({
      api_url: apiUrl,
      authorize_url: authorizeUrl,
      profile: faults.profile(),
      applications: [...world.applications.values()].map(({ id, name, botId, commands }) => ({
        id,
        name,
        bot_id: botId,
        commands: [...commands.values()].map(commandPayload),
      })),
      users: [...world.users.values()].slice(0, bounds.members).map(userPayload),
      guilds: [...world.guilds.values()].map((guild) => guildState(world, guild, bounds)),
      dms: [...world.dms.values()].map((dm) => channelState(world, dm, bounds)),
    });
  });
  router.get('/guilds/:guild_id', (request, response) => {
    response.json(guildState(world, guildOf(world, request.params.guild_id), queryOf(request, listed)));
  });
  return router;
}

function guildState(world: World, guild: Guild, bounds: Listed): object {
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    application_ids: [...world.applications.values()]
      .filter(({ botId }) => guild.members.has(botId))
      .map(({ id }) => id),
    member_count: guild.members.size,
    roles: [...guild.roles.values()].sort((a, b) => b.position - a.position).map(rolePayload),
    members: [...guild.members.values()].slice(0, bounds.members).flatMap((member) => {
      const user = world.users.get(member.userId);
      return user ? [memberPayload(user, member)] : [];
    }),
    channels: [...guild.channels.values()].map((channel) => channelState(world, channel, bounds)),
  };
}

function channelState(world: World, channel: Channel, { messages }: Listed): object {
  const newest = messages === 0 ? [] : [...channel.messages.values()].slice(-messages);
  return {
    ...channelPayload(channel),
    recipient_ids: channel.recipientIds,
    messages: newest.map((message) => messagePayload(world, message)),
  };
}

import { Router } from 'express';
import { z } from 'zod';
import { messagePayload } from '../message-payload.ts';
import { channelPayload } from '../payloads.ts';
import { guildOf, must } from '../world/state.ts';
import { bodyOf, snowflake, type Driven } from './driven.ts';

/** Channels, and what people write in them. */
export function channelRoutes({ world }: Driven): Router {
  const router = Router();
  router.post('/guilds/:guild_id/channels', (request, response) => {
    const { name } = bodyOf(request, { name: z.string().min(1).max(100) });
    const guild = guildOf(world, request.params.guild_id);
    response.status(201).json(channelPayload(world.addChannel(guild.id, { name }, { by: guild.ownerId })));
  });

  router.delete('/channels/:channel_id', (request, response) => {
    world.deleteChannel(request.params.channel_id);
    response.sendStatus(204);
  });

  router.post('/channels/:channel_id/messages', (request, response) => {
    const { user_id, content } = bodyOf(request, { user_id: snowflake, content: z.string().min(1).max(2_000) });
    const message = world.addMessage(request.params.channel_id, { authorId: user_id, content });
    response.status(201).json(messagePayload(world, message));
  });

  /** A file somebody drops into a channel, to name in a command's attachment option. */
  router.post('/channels/:channel_id/attachments', (request, response) => {
    const { filename, content_type, content } = bodyOf(request, {
      filename: z.string().min(1).max(200),
      content_type: z.string().default('text/plain'),
      content: z.string(),
    });
    const { channel_id } = request.params;
    must(world.channel(channel_id), `channel ${channel_id}`);
    const file = { channelId: channel_id, filename, contentType: content_type, content: Buffer.from(content) };
    response.status(201).json({ id: world.addAttachment(file).id });
  });
  return router;
}

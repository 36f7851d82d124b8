import { Router, type Response } from 'express';
import { z } from 'zod';
import type { InteractionHandle } from '../interactions.ts';
import { readableText } from '../interactions/components.ts';
import type { InteractionRecord } from '../interactions/record.ts';
import { messagePayload } from '../message-payload.ts';
import type { Message } from '../records.ts';
import type { World } from '../world.ts';
import { must } from '../world/state.ts';
import { bodyOf, queryOf, snowflake, type Driven } from './driven.ts';

const place = {
  user_id: snowflake,
  /** Absent: in the direct messages with the bot. */
  guild_id: snowflake.optional(),
  channel_id: snowflake.optional(),
  application_id: snowflake.optional(),
};
const options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});
/** `wait`: answer when the bot's first response is there (default), when its message is, or at once. */
const patience = { wait: z.enum(['response', 'message', 'no']).default('response') };

type Wait = z.output<typeof patience.wait>;

/** What people do with the bot, and what it answers them, ephemeral messages too. */
export function interactionRoutes({ world, interactions }: Driven): Router {
  const router = Router();
  const handles = new Map<string, InteractionHandle>();

  async function answer(response: Response, handle: InteractionHandle, wait: Wait): Promise<void> {
    handles.set(handle.id, handle);
    if (wait === 'response') await handle.response().catch(() => null);
    if (wait === 'message') await handle.message().catch(() => null);
    response.status(201).json(interactionView(world, handle.record));
  }

  router.get('/interactions', (request, response) => {
    const shape = { user_id: snowflake.optional(), limit: z.coerce.number().int().min(1).default(50) };
    const { user_id, limit } = queryOf(request, shape);
    const found = interactions.all().filter(({ userId }) => user_id === undefined || userId === user_id);
    response.json({
      total: found.length,
      interactions: found.slice(-limit).map((each) => interactionView(world, each)),
    });
  });

  router.get('/interactions/:id', (request, response) => {
    const record = interactions.all().find(({ id }) => id === request.params.id);
    response.json(interactionView(world, must(record, `interaction ${request.params.id}`)));
  });

  /** `command` as it is typed: `why`, or `map add`. */
  router.post('/interactions/command', (request, response) => {
    const {
      wait,
      options: given,
      command,
      ...where
    } = bodyOf(request, {
      ...place,
      ...patience,
      command: z.string(),
      options,
    });
    return answer(response, interactions.slash({ ...sceneOf(where), command, options: given }), wait);
  });

  router.post('/interactions/user-menu', (request, response) => {
    const { wait, command, target_id, ...where } = bodyOf(request, {
      ...place,
      ...patience,
      command: z.string(),
      target_id: snowflake,
    });
    return answer(response, interactions.userMenu({ ...sceneOf(where), command, targetId: target_id }), wait);
  });

  router.post('/interactions/autocomplete', (request, response) => {
    const {
      command,
      options: given,
      focused,
      ...where
    } = bodyOf(request, {
      ...place,
      command: z.string(),
      options,
      focused: z.string(),
    });
    const asked = { ...sceneOf(where), command, options: given, focused };
    return interactions.autocomplete(asked).then((choices) => response.json({ choices }));
  });

  /** `component`: a custom id, or a button's label. With `values` it is a select. */
  router.post('/interactions/component', (request, response) => {
    const { wait, user_id, message_id, component, values } = bodyOf(request, {
      ...patience,
      user_id: snowflake,
      message_id: snowflake,
      component: z.string(),
      values: z.array(z.string()).optional(),
    });
    const message = must(findMessage(world, interactions.all(), message_id), `message ${message_id}`);
    const use = { userId: user_id, message, component };
    return answer(response, values ? interactions.select(use, values) : interactions.click(use), wait);
  });

  /** Fills the modal that interaction `id` was answered with. */
  router.post('/interactions/:id/modal', (request, response) => {
    const handle = must(handles.get(request.params.id), `interaction ${request.params.id} of the control port`);
    const { wait, values } = bodyOf(request, {
      ...patience,
      values: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    });
    return handle.submit(values).then((next) => answer(response, next, wait));
  });
  return router;
}

function sceneOf(where: z.output<z.ZodObject<typeof place>>) {
  const { user_id, guild_id, channel_id, application_id } = where;
  return {
    userId: user_id,
    ...(guild_id !== undefined && { guildId: guild_id }),
    ...(channel_id !== undefined && { channelId: channel_id }),
    ...(application_id !== undefined && { applicationId: application_id }),
  };
}

function findMessage(world: World, records: InteractionRecord[], id: string): Message | undefined {
  for (const { messages, original } of records) {
    const found = messages.find((message) => message.id === id) ?? (original?.id === id ? original : undefined);
    if (found) return found;
  }
  for (const { messages } of world.dms.values()) if (messages.has(id)) return messages.get(id);
  for (const { channels } of world.guilds.values()) {
    for (const { messages } of channels.values()) if (messages.has(id)) return messages.get(id);
  }
  return undefined;
}

function interactionView(world: World, record: InteractionRecord): object {
  const { response, original, messages, source } = record;
  const isUpdate = original !== null && !messages.includes(original);
  const shown = isUpdate ? [original, ...messages] : messages;
  return {
    id: record.id,
    type: record.type,
    name: record.name,
    user_id: record.userId,
    guild_id: record.guildId,
    channel_id: record.channelId,
    source_message_id: source?.id ?? null,
    created_at: new Date(record.createdAt).toISOString(),
    answered_at: record.answeredAt === null ? null : new Date(record.answeredAt).toISOString(),
    /** Nobody answered within 3 s. */
    is_dead: record.isDead,
    response,
    messages: shown.map((message) => Object.assign(messagePayload(world, message), { text: readableText(message) })),
  };
}

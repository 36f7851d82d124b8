import { numberOf } from '../json.ts';
import { MessageFlags } from 'discord-api-types/v10';
import { isLoading, type InteractionRecord } from '../interactions/record.ts';
import type { Interactions } from '../interactions.ts';
import { messagePayload } from '../message-payload.ts';
import type { Message } from '../records.ts';
import { json, noContent, isTrue, type Answer, type Call, type Route } from './call.ts';
import { refuse } from './errors.ts';
import { addInteractionMessage } from './interactions.ts';
import { messageChange, newMessage } from './message-write.ts';

const webhook = '/webhooks/:application_id/:interaction_token';

/** Edits and follow-ups of an interaction, for 15 minutes. `@original` is the first answer's message. */
export function webhookRoutes({ book }: Interactions): Route[] {
  function enter({ param }: Call): InteractionRecord {
    const record = book.find(param('interaction_token'));
    if (!record || record.application.id !== param('application_id')) throw refuse(10015);
    if (book.isExpired(record)) throw refuse(50027);
    if (!record.response) throw refuse(10015);
    return record;
  }

  function change(call: Call, record: InteractionRecord, message: Message): Answer {
    const { world, body, files } = call;
    const changed = messageChange(world, message, body, files);
    const flags = (changed.flags ?? message.flags) & ~MessageFlags.Loading;
    world.editMessage(message, { ...changed, flags });
    book.changed(record);
    return json(messagePayload(world, message));
  }

  function followUp(call: Call): Answer {
    const record = enter(call);
    const { world, body, files } = call;
    const { original } = record;
    // Deprecated but alive: the first follow-up after a deferred answer takes the loading message's place.
    if (original && isLoading(original)) return change(call, record, original);
    const written = newMessage(world, record.channelId, body, files);
    const ephemeral = (numberOf(body['flags']) ?? 0) & MessageFlags.Ephemeral;
    const message = addInteractionMessage(
      call,
      record,
      { ...written, flags: written.flags | ephemeral },
      original?.id ?? null,
    );
    book.changed(record);
    return isTrue(call.query.get('wait')) ? json(messagePayload(world, message)) : noContent();
  }

  function remove(call: Call): Answer {
    const record = enter(call);
    const message = find(call, record);
    const at = record.messages.indexOf(message);
    if (at >= 0) record.messages.splice(at, 1);
    if (record.original === message) record.original = null;
    call.world.deleteMessage(message.channelId, message.id);
    book.changed(record);
    return noContent();
  }

  return [
    { method: 'POST', path: webhook, auth: 'nobody', handle: followUp },
    {
      method: 'GET',
      path: `${webhook}/messages/:message_id`,
      auth: 'nobody',
      handle: (call) => json(messagePayload(call.world, find(call, enter(call)))),
    },
    {
      method: 'PATCH',
      path: `${webhook}/messages/:message_id`,
      auth: 'nobody',
      handle(call) {
        const record = enter(call);
        return change(call, record, find(call, record));
      },
    },
    { method: 'DELETE', path: `${webhook}/messages/:message_id`, auth: 'nobody', handle: remove },
  ];
}

function find({ param }: Call, record: InteractionRecord): Message {
  const wanted = param('message_id');
  const message = wanted === '@original' ? record.original : record.messages.find(({ id }) => id === wanted);
  if (!message) throw refuse(10008);
  return message;
}

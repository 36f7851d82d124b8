import { numberOf, objectOf, type Json } from '../json.ts';
import { MessageFlags } from 'discord-api-types/v10';
import type { InteractionRecord } from '../interactions/record.ts';
import type { Interactions } from '../interactions.ts';
import { messagePayload } from '../message-payload.ts';
import type { Message } from '../records.ts';
import { isTrue, json, noContent, type Call, type Route } from './call.ts';
import { checkModal } from './component-form.ts';
import { refuse } from './errors.ts';
import { createForm } from './form.ts';
import { messageChange, newMessage } from './message-write.ts';

/** Which first answers fit which interaction: 2 command, 3 component, 4 autocomplete, 5 modal. */
const fitting: Record<InteractionRecord['type'], readonly number[]> = {
  2: [4, 5, 9, 12],
  3: [4, 5, 6, 7, 9, 12],
  4: [8],
  5: [4, 5, 6, 7, 12],
};

/** The first answer to an interaction. Its token is all the authorization there is. */
export function interactionRoutes({ book }: Interactions): Route[] {
  return [
    {
      method: 'POST',
      path: '/interactions/:interaction_id/:interaction_token/callback',
      auth: 'nobody',
      handle(call) {
        const record = book.find(call.param('interaction_token'));
        if (!record || record.id !== call.param('interaction_id') || record.isDead) throw refuse(10062);
        if (record.response) throw refuse(40060);
        const type = checkedType(call, record);
        const data = objectOf(call.body['data']);
        act(call, record, type, data);
        record.response = { type, data };
        record.answeredAt = call.world.now();
        book.changed(record);
        return isTrue(call.query.get('with_response')) ? json(callbackPayload(call, record, type)) : noContent();
      },
    },
  ];
}

function checkedType({ body }: Call, record: InteractionRecord): number {
  const form = createForm();
  const hasSource = record.source !== null;
  const allowed = fitting[record.type].filter((type) => hasSource || (type !== 6 && type !== 7));
  form.choice('type', body['type'], allowed, true);
  form.finish();
  return numberOf(body['type']) ?? 0;
}

function act(call: Call, record: InteractionRecord, type: number, data: Json): void {
  const { world } = call;
  const ephemeral = (numberOf(data['flags']) ?? 0) & MessageFlags.Ephemeral;
  switch (type) {
    case 4: {
      const written = newMessage(world, record.channelId, data, call.files, 'data');
      addOriginal(call, record, { ...written, flags: written.flags | ephemeral });
      return;
    }
    case 5:
      addOriginal(call, record, { flags: MessageFlags.Loading | ephemeral });
      return;
    case 6:
      record.original = record.source;
      return;
    case 7:
      record.original = record.source;
      if (record.source)
        world.editMessage(record.source, messageChange(world, record.source, data, call.files, 'data'));
      return;
    case 8:
      checkChoices(data);
      return;
    case 9: {
      const form = createForm();
      checkModal(form, 'data', data);
      form.finish();
      return;
    }
  }
}

/** At most 25, each a name and a value of up to 100. */
function checkChoices(data: Json): void {
  const form = createForm();
  const choices = form.list('data.choices', data['choices'], { max: 25, isRequired: true }).map(objectOf);
  for (const [index, choice] of choices.entries()) {
    const path = `data.choices.${index}`;
    form.text(`${path}.name`, choice['name'], { min: 1, max: 100, isRequired: true });
    if (typeof choice['value'] !== 'number') {
      form.text(`${path}.value`, choice['value'], { min: 1, max: 100, isRequired: true });
    }
  }
  form.finish();
}

function addOriginal(call: Call, record: InteractionRecord, written: Partial<Message>): void {
  record.original = addInteractionMessage(call, record, written, null);
}

/** A message that an interaction brings; an ephemeral one never reaches the channel. */
export function addInteractionMessage(
  { world }: Call,
  record: InteractionRecord,
  written: Partial<Message>,
  referenceId: string | null,
): Message {
  const isHidden = Boolean((written.flags ?? 0) & MessageFlags.Ephemeral);
  const message = world.addMessage(
    record.channelId,
    {
      ...written,
      authorId: record.application.botId,
      applicationId: record.application.id,
      interaction: { id: record.id, type: record.type, userId: record.userId, name: record.name },
      referenceId,
    },
    isHidden,
  );
  record.messages.push(message);
  return message;
}

function callbackPayload({ world }: Call, record: InteractionRecord, type: number): object {
  const { id, original } = record;
  const isLoading = Boolean((original?.flags ?? 0) & MessageFlags.Loading);
  const isEphemeral = Boolean((original?.flags ?? 0) & MessageFlags.Ephemeral);
  const message = original && type !== 6 ? { message: messagePayload(world, original) } : {};
  return {
    interaction: {
      id,
      type: record.type,
      response_message_loading: isLoading,
      response_message_ephemeral: isEphemeral,
      ...(original && { response_message_id: original.id }),
      channel_id: record.channelId,
      ...(record.guildId !== null && { guild_id: record.guildId }),
    },
    resource: { type, ...message },
  };
}

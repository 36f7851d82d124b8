import { objectOf, textOf } from '../json.ts';
import { MessageFlags, PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { messagePayload } from '../message-payload.ts';
import { channelPayload } from '../payloads.ts';
import type { Channel, Message } from '../records.ts';
import { compareSnowflakes } from '../snowflakes.ts';
import { enterChannel } from './access.ts';
import { json, limitOf, noContent, queryId, type Call, type Route } from './call.ts';
import { refuse } from './errors.ts';
import { createForm } from './form.ts';
import { messageChange, newMessage } from './message-write.ts';

const messages = '/channels/:channel_id/messages';

export const channelRoutes: Route[] = [
  { method: 'GET', path: '/channels/:channel_id', handle: getChannel },
  { method: 'PATCH', path: '/channels/:channel_id', handle: editChannel },
  { method: 'DELETE', path: '/channels/:channel_id', handle: deleteChannel },
  { method: 'POST', path: '/channels/:channel_id/typing', handle: startTyping },
  { method: 'GET', path: messages, handle: listMessages },
  { method: 'POST', path: messages, handle: createMessage },
  { method: 'GET', path: `${messages}/:message_id`, handle: getMessage },
  { method: 'PATCH', path: `${messages}/:message_id`, handle: editMessage },
  { method: 'DELETE', path: `${messages}/:message_id`, handle: deleteMessage },
];

function getChannel(call: Call) {
  return json(channelPayload(enterChannel(call).channel));
}

function editChannel(call: Call) {
  const { channel, bits } = enterChannel(call);
  if (!(bits & Bits.ManageChannels)) throw refuse(50013);
  const { body, world } = call;
  const form = createForm();
  form.text('name', body['name'], { min: 1, max: 100 });
  form.text('topic', body['topic'], { max: 1024 });
  form.finish();
  const name = textOf(body['name']);
  const topic = body['topic'] === undefined ? channel.topic : textOf(body['topic']);
  world.editChannel(channel.id, { topic, ...(name !== null && { name }) });
  return json(channelPayload(channel));
}

function deleteChannel(call: Call) {
  const { channel, bits, application } = enterChannel(call);
  if (!(bits & Bits.ManageChannels)) throw refuse(50013);
  call.world.deleteChannel(channel.id, { by: application.botId, reason: call.reason });
  return json(channelPayload(channel));
}

function startTyping(call: Call) {
  demandToSend(call);
  return noContent();
}

function listMessages(call: Call) {
  const { channel, bits } = enterChannel(call);
  const limit = limitOf(call, 50, 100);
  if (!(bits & Bits.ReadMessageHistory)) return json([]);
  const { world } = call;
  const before = queryId(call, 'before');
  const after = queryId(call, 'after');
  const matching = [...channel.messages.values()].filter(
    ({ id }) =>
      (before === null || compareSnowflakes(id, before) < 0) && (after === null || compareSnowflakes(id, after) > 0),
  );
  const page = after === null ? matching.slice(-limit) : matching.slice(0, limit);
  return json(page.reverse().map((message) => messagePayload(world, message)));
}

function createMessage(call: Call) {
  const { channel, bits, application } = demandToSend(call);
  const { world, body, files } = call;
  const written = newMessage(world, channel.id, body, files);
  const isGuild = channel.guildId !== null;
  if (isGuild && written.embeds.length > 0 && !(bits & Bits.EmbedLinks)) throw refuse(50013);
  if (isGuild && written.attachments.length > 0 && !(bits & Bits.AttachFiles)) throw refuse(50013);
  const referenceId = textOf(objectOf(body['message_reference'])['message_id']);
  const message = world.addMessage(channel.id, {
    ...written,
    authorId: application.botId,
    applicationId: application.id,
    referenceId,
  });
  return json(messagePayload(world, message));
}

function getMessage(call: Call) {
  const { channel } = enterChannel(call);
  return json(messagePayload(call.world, findMessage(call, channel)));
}

function editMessage(call: Call) {
  const { channel, application } = enterChannel(call);
  const message = findMessage(call, channel);
  const { world, body, files } = call;
  if (message.authorId !== application.botId || message.flags & MessageFlags.Ephemeral) throw refuse(50005);
  return json(messagePayload(world, world.editMessage(message, messageChange(world, message, body, files))));
}

function deleteMessage(call: Call) {
  const { channel, bits, application } = enterChannel(call);
  const message = findMessage(call, channel);
  const isOwn = message.authorId === application.botId;
  if (!isOwn && (channel.guildId === null || !(bits & Bits.ManageMessages))) throw refuse(50013);
  return noContent(() => call.world.deleteMessage(channel.id, message.id));
}

/** 50013 without SEND_MESSAGES; 50007 for a user who shares no guild or takes no direct messages. */
function demandToSend(call: Call) {
  const entered = enterChannel(call);
  const { channel, bits, application } = entered;
  if (channel.guildId !== null) {
    if (!(bits & Bits.SendMessages)) throw refuse(50013);
    return entered;
  }
  const { world } = call;
  const recipient = world.users.get(channel.recipientIds.find((id) => id !== application.botId) ?? '');
  const sharesGuild = [...world.guilds.values()].some(
    ({ members }) => members.has(application.botId) && members.has(recipient?.id ?? ''),
  );
  if (!recipient?.acceptsDms || recipient.bot || !sharesGuild) throw refuse(50007);
  return entered;
}

function findMessage({ param }: Call, channel: Channel): Message {
  const message = channel.messages.get(param('message_id'));
  if (!message) throw refuse(10008);
  return message;
}

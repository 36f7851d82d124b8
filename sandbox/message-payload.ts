import type { APIEmbed } from 'discord-api-types/v10';
import { timestamp, timestampOf, userPayload } from './payloads.ts';
import type { Attachment, Message } from './records.ts';
import { userOf, type WorldState } from './world/state.ts';

/** A message as Discord writes it. */
export function messagePayload(state: WorldState, message: Message) {
  const author = userPayload(userOf(state, message.authorId));
  const { interaction } = message;
  return {
    id: message.id,
    channel_id: message.channelId,
    type: interaction && interaction.name !== null ? 20 : 0,
    content: message.content,
    author,
    timestamp: timestampOf(message.timestamp),
    edited_timestamp: timestamp(message.editedAt),
    tts: false,
    mention_everyone: false,
    mentions: mentionedIn(state, message.content),
    mention_roles: [...message.content.matchAll(/<@&(\d{17,19})>/g)].map(([, id]) => id),
    attachments: message.attachments.map((attachment) => attachmentPayload(state, attachment)),
    embeds: message.embeds.map(embedPayload),
    components: message.components,
    pinned: false,
    flags: message.flags,
    ...(message.guildId !== null && { guild_id: message.guildId }),
    ...(message.applicationId !== null && { application_id: message.applicationId }),
    ...(interaction && { webhook_id: message.applicationId, ...interactionFields(state, interaction, message) }),
    ...(message.referenceId !== null && {
      message_reference: { type: 0, channel_id: message.channelId, message_id: message.referenceId },
    }),
  };
}

function embedPayload(embed: APIEmbed): object {
  const fields = embed.fields?.map((field) => ({ inline: false, ...field }));
  return { type: 'rich', ...embed, ...(fields && { fields }) };
}

export function attachmentPayload(state: Pick<WorldState, 'baseUrl'>, attachment: Attachment) {
  const { id, channelId, filename, contentType, content } = attachment;
  const url = `${state.baseUrl}/attachments/${channelId}/${id}/${encodeURIComponent(filename)}`;
  return { id, filename, content_type: contentType, size: content.length, url, proxy_url: url };
}

function interactionFields(
  state: WorldState,
  { id, type, userId, name }: NonNullable<Message['interaction']>,
  message: Message,
) {
  const user = userPayload(userOf(state, userId));
  const owners = message.guildId === null ? { 1: userId } : { 0: message.guildId };
  return {
    interaction_metadata: { id, type, user, authorizing_integration_owners: owners, ...(name !== null && { name }) },
    ...(name !== null && { interaction: { id, type, name, user } }),
  };
}

function mentionedIn(state: WorldState, content: string): object[] {
  const ids = new Set([...content.matchAll(/<@!?(\d{17,19})>/g)].map(([, id]) => id ?? ''));
  return [...ids].flatMap((id) => {
    const user = state.users.get(id);
    return user ? [userPayload(user)] : [];
  });
}

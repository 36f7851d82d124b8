import { numberOf, objectOf, objectsOf, shown, textOf, type Json } from '../json.ts';
import { MessageFlags } from 'discord-api-types/v10';
import type { Attachment, Message } from '../records.ts';
import type { World } from '../world.ts';
import type { UploadedFile } from './body.ts';
import { refuse } from './errors.ts';
import { createForm } from './form.ts';
import { checkMessage, isEmptyMessage } from './message-form.ts';

const settableFlags = MessageFlags.SuppressEmbeds | MessageFlags.IsComponentsV2 | MessageFlags.SuppressNotifications;

type Written = Pick<Message, 'content' | 'embeds' | 'components' | 'attachments' | 'flags'>;

/** A new message from a checked body; 50035 for what is too long, 50006 for nothing at all. `at` as in checkMessage. */
export function newMessage(
  world: World,
  channelId: string,
  body: Json,
  files: readonly UploadedFile[],
  at = '',
): Written {
  const form = createForm();
  checkMessage(form, at, body);
  form.finish();
  if (isEmptyMessage(body, files)) throw refuse(50006);
  return {
    content: textOf(body['content']) ?? '',
    embeds: objectsOf(body['embeds']),
    components: numbered(body['components']),
    attachments: storeFiles(world, channelId, body, files),
    flags: (numberOf(body['flags']) ?? 0) & settableFlags,
  };
}

/** What an edit changes: only the fields that are there. */
export function messageChange(
  world: World,
  message: Message,
  body: Json,
  files: readonly UploadedFile[],
  at = '',
): Partial<Written> {
  const form = createForm();
  const flags = ((numberOf(body['flags']) ?? 0) & settableFlags) | (message.flags & MessageFlags.IsComponentsV2);
  checkMessage(form, at, { ...body, flags });
  form.finish();
  const kept = Array.isArray(body['attachments']) ? body['attachments'].map((item) => objectOf(item)['id']) : null;
  const attachments = kept ? message.attachments.filter(({ id }) => kept.includes(id)) : message.attachments;
  const change = {
    ...(body['content'] !== undefined && { content: textOf(body['content']) ?? '' }),
    ...(body['embeds'] !== undefined && { embeds: objectsOf(body['embeds']) }),
    ...(body['components'] !== undefined && { components: numbered(body['components']) }),
    ...(body['flags'] !== undefined && { flags: (message.flags & ~settableFlags) | flags }),
    attachments: [...attachments, ...storeFiles(world, message.channelId, body, files)],
  };
  const { content, embeds, components } = { ...message, ...change };
  const isEmpty = content === '' && embeds.length + components.length + change.attachments.length === 0;
  const isLoading = Boolean(message.flags & MessageFlags.Loading);
  if (isEmpty && (!isLoading || Object.keys(body).length > 0)) throw refuse(50006);
  return change;
}

/** Discord numbers the components that came without an id. */
function numbered(components: unknown): Json[] {
  let last = 0;
  const number = (component: Json): Json => {
    const id = numberOf(component['id']) ?? (last += 1);
    const inner = component['components'] ? objectsOf(component['components']).map(number) : null;
    return { ...component, id, ...(inner && { components: inner }) };
  };
  return objectsOf(components).map(number);
}

function storeFiles(world: World, channelId: string, body: Json, files: readonly UploadedFile[]): Attachment[] {
  const named = objectsOf(body['attachments']);
  return files.map(({ index, filename, contentType, content }) => {
    const given = named.find(({ id }) => shown(id) === String(index));
    return world.addAttachment({ channelId, filename: textOf(given?.['filename']) ?? filename, contentType, content });
  });
}

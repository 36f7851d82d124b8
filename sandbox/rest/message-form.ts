import { objectsOf, numberOf, objectOf, textOf, type Json } from '../json.ts';
import { MessageFlags } from 'discord-api-types/v10';
import { checkComponents, checkLayout } from './component-form.ts';
import type { Form } from './form.ts';

/** The limits of a message's text, embeds and components. `at` is where the message stands in the body (`data` or nothing). */
export function checkMessage(form: Form, at: string, message: Json): void {
  const path = (key: string) => (at === '' ? key : `${at}.${key}`);
  const isLayout = Boolean((numberOf(message['flags']) ?? 0) & MessageFlags.IsComponentsV2);
  form.text(path('content'), message['content'], { max: 2000 });
  const embeds = form.list(path('embeds'), message['embeds'], { max: 10 }).map(objectOf);
  for (const [index, embed] of embeds.entries()) checkEmbed(form, `${path('embeds')}.${index}`, embed);
  if (embeds.reduce((sum, embed) => sum + embedLength(embed), 0) > 6000) {
    form.fail(path('embeds'), 'MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000');
  }
  if (!isLayout) {
    checkComponents(form, path('components'), message['components']);
    return;
  }
  checkLayout(form, path('components'), message['components']);
  for (const key of ['content', 'embeds', 'poll', 'stickers']) {
    const value = message[key];
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    form.fail(
      path(key),
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      `The '${key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
    );
  }
}

/** Whether there is anything to show. */
export function isEmptyMessage(message: Json, files: readonly unknown[]): boolean {
  const hasText = (textOf(message['content']) ?? '').trim() !== '';
  return (
    !hasText &&
    files.length === 0 &&
    !['embeds', 'components', 'sticker_ids'].some((key) => objectsOf(message[key]).length > 0) &&
    !message['poll']
  );
}

function checkEmbed(form: Form, path: string, embed: Json): void {
  form.text(`${path}.title`, embed['title'], { max: 256 });
  form.text(`${path}.description`, embed['description'], { max: 4096 });
  form.text(`${path}.footer.text`, objectOf(embed['footer'])['text'], {
    max: 2048,
    isRequired: Boolean(embed['footer']),
  });
  form.text(`${path}.author.name`, objectOf(embed['author'])['name'], {
    max: 256,
    isRequired: Boolean(embed['author']),
  });
  const fields = form.list(`${path}.fields`, embed['fields'], { max: 25 }).map(objectOf);
  for (const [index, field] of fields.entries()) {
    form.text(`${path}.fields.${index}.name`, field['name'], { max: 256, isRequired: true });
    form.text(`${path}.fields.${index}.value`, field['value'], { max: 1024, isRequired: true });
  }
  const color = embed['color'];
  if (color !== undefined && color !== null && !(Number(color) >= 0 && Number(color) <= 0xffffff)) {
    form.fail(`${path}.color`, 'NUMBER_TYPE_MAX', 'int value should be less than or equal to 16777215.');
  }
}

function embedLength(embed: Json): number {
  const fields = Array.isArray(embed['fields']) ? embed['fields'].map(objectOf) : [];
  const texts = [
    embed['title'],
    embed['description'],
    objectOf(embed['footer'])['text'],
    objectOf(embed['author'])['name'],
    ...fields.flatMap((field) => [field['name'], field['value']]),
  ];
  return texts.reduce<number>((sum, text) => sum + (textOf(text) ?? '').length, 0);
}

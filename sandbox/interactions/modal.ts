import { objectOf, objectsOf, shown, textOf, type Json } from '../json.ts';
import { ComponentType } from 'discord-api-types/v10';
import { checkCount, checkKnown } from './components.ts';

export type ModalValues = Readonly<Record<string, string | readonly string[]>>;

/** `data` of a modal that is sent: the values by custom id; what is left out keeps its default. */
export function modalData(modal: Json, values: ModalValues): Json {
  const tops = objectsOf(modal['components']);
  const known = new Set<unknown>();
  const components = tops.map((top): Json => {
    if (top['type'] === ComponentType.Label) {
      return { type: top['type'], id: 1, component: filled(objectOf(top['component']), values, known) };
    }
    if (top['type'] !== ComponentType.ActionRow) return { type: top['type'], id: 1 };
    const inner = objectsOf(top['components']);
    return { type: top['type'], id: 1, components: inner.map((input) => filled(input, values, known)) };
  });
  for (const name of Object.keys(values)) if (!known.has(name)) throw new Error(`the modal has no input ${name}`);
  return { custom_id: modal['custom_id'], components };
}

function filled(input: Json, values: ModalValues, known: Set<unknown>): Json {
  const customId = shown(input['custom_id']);
  known.add(customId);
  const isText = input['type'] === ComponentType.TextInput;
  const value = values[customId] ?? (isText ? (textOf(input['value']) ?? '') : []);
  const sent = { type: input['type'], custom_id: customId, id: 1 };
  if (!isText) {
    const list = typeof value === 'string' ? [value] : [...value];
    if (input['required'] !== false || list.length > 0) checkCount(input, list);
    if (input['options']) checkKnown(input, list);
    return { ...sent, values: list };
  }
  const text = typeof value === 'string' ? value : value.join('\n');
  if (input['required'] !== false && text === '') throw new Error(`input ${customId} is required`);
  const isTooShort = text !== '' && text.length < Number(input['min_length'] ?? 0);
  if (isTooShort || text.length > Number(input['max_length'] ?? 4000))
    throw new Error(`input ${customId} has a wrong length`);
  return { ...sent, value: text };
}

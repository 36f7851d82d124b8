import { isJson, objectsOf, shown, textOf, type Json } from '../json.ts';
import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { Message } from '../records.ts';
import type { Resolvable, Resolver } from './resolved.ts';

const button: number = ComponentType.Button;
const stringSelect: number = ComponentType.StringSelect;
const picks: Partial<Record<number, Resolvable>> = {
  [ComponentType.UserSelect]: 'user',
  [ComponentType.RoleSelect]: 'role',
  [ComponentType.MentionableSelect]: 'mentionable',
  [ComponentType.ChannelSelect]: 'channel',
};

/** Every component of a message or modal, however nested. */
function componentsOf(components: readonly Json[]): Json[] {
  return components.flatMap((component) => {
    const inner = [...objectsOf(component['components']), component['component'], component['accessory']];
    return [component, ...componentsOf(inner.filter(isJson))];
  });
}

/** The component with this custom id, or a button with this label. */
export function findComponent(message: Message, wanted: string): Json {
  const all = componentsOf(message.components);
  const found =
    all.find((component) => component['custom_id'] === wanted) ??
    all.find((component) => component['type'] === button && component['label'] === wanted);
  if (found) return found;
  const known = all.map((component) => textOf(component['custom_id'] ?? component['label'])).filter(Boolean);
  throw new Error(`the message has no component ${wanted}; it has ${known.join(', ') || 'none'}`);
}

/** `data` of a press on a button. */
export function pressData(component: Json): Json {
  if (component['type'] !== button) throw new Error(`${shown(component['custom_id'])} is no button`);
  if (component['disabled'] === true) throw new Error(`button ${shown(component['label'])} is disabled`);
  const { custom_id: customId } = component;
  if (component['style'] === ButtonStyle.Link || customId === undefined) throw new Error('a link button sends nothing');
  return { component_type: button, custom_id: customId, id: component['id'] ?? 1 };
}

/** `data` of a choice in a select. */
export function selectData(component: Json, values: readonly string[], resolver: Resolver): Json {
  const type = Number(component['type']);
  const kind = picks[type];
  if (type !== stringSelect && !kind) throw new Error(`${shown(component['custom_id'])} is no select`);
  if (component['disabled'] === true) throw new Error('the select is disabled');
  checkCount(component, values);
  if (kind) for (const value of values) resolver.add(kind, value);
  else checkKnown(component, values);
  return {
    component_type: type,
    custom_id: component['custom_id'],
    id: component['id'] ?? 1,
    values: [...values],
    ...resolver.field(),
  };
}

export function checkCount(component: Json, values: readonly string[]): void {
  const least = Number(component['min_values'] ?? 1);
  const most = Number(component['max_values'] ?? 1);
  if (values.length < least || values.length > most) throw new Error(`pick between ${least} and ${most}`);
}

export function checkKnown(component: Json, values: readonly string[]): void {
  const options = objectsOf(component['options']);
  for (const value of values) {
    if (!options.some((option) => option['value'] === value)) throw new Error(`the select has no option ${value}`);
  }
}

/** Everything a person reads in a message: text, embeds, text of layouts, labels of buttons and options. */
export function readableText(message: Message): string {
  const embeds = message.embeds.flatMap(({ title, description, fields, footer, author }) => [
    author?.name,
    title,
    description,
    ...(fields ?? []).flatMap(({ name, value }) => [name, value]),
    footer?.text,
  ]);
  const components = componentsOf(message.components).flatMap((component) => [
    textOf(component['content']),
    textOf(component['label']),
    textOf(component['placeholder']),
  ]);
  return [message.content, ...embeds, ...components].filter(Boolean).join('\n');
}

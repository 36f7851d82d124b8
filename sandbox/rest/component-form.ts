import { objectsOf, numberOf, objectOf, type Json } from '../json.ts';
import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import { type Form } from './form.ts';

const selects: number[] = [
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
];

/** At most 5 rows, each of up to 5 buttons or one select; no custom id twice. */
export function checkComponents(form: Form, at: string, value: unknown): void {
  const rows = form.list(at, value, { max: 5 }).map(objectOf);
  const customIds = new Set<string>();
  for (const [index, row] of rows.entries()) checkRow(form, `${at}.${index}`, row, customIds);
}

/** Components V2: any of the layout components, at most 40 in all. */
export function checkLayout(form: Form, at: string, value: unknown): void {
  const roots = form.list(at, value, { max: 40 }).map(objectOf);
  const customIds = new Set<string>();
  let count = 0;
  function visit(path: string, component: Json): void {
    count += 1;
    if (component['type'] === ComponentType.ActionRow) {
      checkRow(form, path, component, customIds);
      count += objectsOf(component['components']).length;
      return;
    }
    if (component['type'] === ComponentType.TextDisplay) {
      form.text(`${path}.content`, component['content'], { min: 1, max: 4000, isRequired: true });
    }
    if (component['type'] === ComponentType.Button) checkButton(form, path, component, customIds);
    const inner = objectsOf(component['components']);
    for (const [index, child] of inner.entries()) visit(`${path}.components.${index}`, child);
    if (component['accessory']) visit(`${path}.accessory`, objectOf(component['accessory']));
  }
  for (const [index, root] of roots.entries()) visit(`${at}.${index}`, root);
  if (count > 40) form.fail(at, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 40 in length.');
}

/** A modal: title, custom id, 1 to 5 rows or labels. */
export function checkModal(form: Form, at: string, modal: Json): void {
  form.text(`${at}.title`, modal['title'], { min: 1, max: 45, isRequired: true });
  form.text(`${at}.custom_id`, modal['custom_id'], { min: 1, max: 100, isRequired: true });
  const tops = form.list(`${at}.components`, modal['components'], { min: 1, max: 5, isRequired: true }).map(objectOf);
  const customIds = new Set<string>();
  for (const [index, top] of tops.entries()) {
    const path = `${at}.components.${index}`;
    form.choice(
      `${path}.type`,
      top['type'],
      [ComponentType.ActionRow, ComponentType.Label, ComponentType.TextDisplay],
      true,
    );
    if (top['type'] === ComponentType.TextDisplay) continue;
    const isLabel = top['type'] === ComponentType.Label;
    if (isLabel) {
      form.text(`${path}.label`, top['label'], { min: 1, max: 45, isRequired: true });
      form.text(`${path}.description`, top['description'], { max: 100 });
    }
    const inner = isLabel ? top['component'] : objectsOf(top['components'])[0];
    checkInput(form, isLabel ? `${path}.component` : `${path}.components.0`, objectOf(inner), customIds, isLabel);
  }
}

function checkInput(form: Form, path: string, input: Json, customIds: Set<string>, isLabelled: boolean): void {
  checkCustomId(form, path, input, customIds);
  if (selects.includes(numberOf(input['type']) ?? 0)) {
    checkSelect(form, path, input);
    return;
  }
  if (input['type'] !== ComponentType.TextInput) return;
  if (!isLabelled) form.text(`${path}.label`, input['label'], { min: 1, max: 45, isRequired: true });
  form.choice(`${path}.style`, input['style'], [1, 2], true);
  form.text(`${path}.placeholder`, input['placeholder'], { max: 100 });
  form.text(`${path}.value`, input['value'], { max: 4000 });
}

function checkRow(form: Form, path: string, row: Json, customIds: Set<string>): void {
  form.choice(`${path}.type`, row['type'], [ComponentType.ActionRow], true);
  const items = form.list(`${path}.components`, row['components'], { min: 1, max: 5, isRequired: true }).map(objectOf);
  for (const [index, item] of items.entries()) {
    const place = `${path}.components.${index}`;
    form.choice(`${place}.type`, item['type'], [ComponentType.Button, ...selects], true);
    if (item['type'] === ComponentType.Button) {
      checkButton(form, place, item, customIds);
      continue;
    }
    checkCustomId(form, place, item, customIds);
    checkSelect(form, place, item);
    if (items.length > 1)
      form.fail(place, 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'The specified component exceeds the maximum width');
  }
}

function checkButton(form: Form, path: string, button: Json, customIds: Set<string>): void {
  form.choice(`${path}.style`, button['style'], [1, 2, 3, 4, 5, 6], true);
  form.text(`${path}.label`, button['label'], { max: 80 });
  if (button['style'] === ButtonStyle.Link) {
    form.text(`${path}.url`, button['url'], { min: 1, max: 512, isRequired: true });
    form.pattern(`${path}.url`, button['url'], /^(https?|discord):\/\//);
    if (button['custom_id'])
      form.fail(
        `${path}.custom_id`,
        'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
        'A custom id and url cannot both be specified',
      );
    return;
  }
  if (button['style'] !== ButtonStyle.Premium) checkCustomId(form, path, button, customIds);
  if (!button['label'] && !button['emoji'])
    form.fail(path, 'BUTTON_COMPONENT_INVALID', 'A button must have a label or emoji');
}

function checkSelect(form: Form, path: string, select: Json): void {
  form.text(`${path}.placeholder`, select['placeholder'], { max: 150 });
  if (select['type'] !== ComponentType.StringSelect) return;
  const options = form.list(`${path}.options`, select['options'], { min: 1, max: 25, isRequired: true }).map(objectOf);
  const values = new Set<unknown>();
  for (const [index, option] of options.entries()) {
    const place = `${path}.options.${index}`;
    form.text(`${place}.label`, option['label'], { min: 1, max: 100, isRequired: true });
    form.text(`${place}.value`, option['value'], { min: 1, max: 100, isRequired: true });
    form.text(`${place}.description`, option['description'], { max: 100 });
    if (values.has(option['value']))
      form.fail(
        `${place}.value`,
        'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
        'The specified option value is already used',
      );
    values.add(option['value']);
  }
}

function checkCustomId(form: Form, path: string, component: Json, customIds: Set<string>): void {
  const id = component['custom_id'];
  form.text(`${path}.custom_id`, id, { min: 1, max: 100, isRequired: true });
  if (typeof id !== 'string') return;
  if (customIds.has(id))
    form.fail(`${path}.custom_id`, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  customIds.add(id);
}

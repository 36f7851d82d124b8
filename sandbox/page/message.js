import { make } from './dom.js';
import { parseMarkdown } from './markdown.js';
import { mentionOf, momentOf, nameOf } from './names.js';

const ephemeral = 64;
const loading = 128;

/** A message as people see it. `use(component, values?)` presses a button or picks in a select. */
export function messageView(message, state, guild, use) {
  const names = (mention) => mentionOf(mention, state, guild);
  const text = (value) => rendered(parseMarkdown(value ?? ''), names);
  return make(
    'article',
    { class: 'message' },
    make(
      'p',
      { class: 'quiet' },
      nameOf(message.author),
      message.flags & ephemeral ? ' · only you see this' : '',
      message.edited_timestamp ? ' · edited' : '',
    ),
    message.flags & loading ? make('p', { class: 'quiet' }, 'is thinking…') : null,
    message.content ? make('div', { class: 'text' }, ...text(message.content)) : null,
    ...message.embeds.map((embed) => embedView(embed, text)),
    ...message.attachments.map(({ filename, url }) => make('p', {}, link(url, filename))),
    ...message.components.map((component) => componentView(component, text, use)),
  );
}

function embedView(embed, text) {
  const box = make(
    'div',
    { class: 'embed' },
    embed.title ? make('strong', {}, ...text(embed.title)) : null,
    embed.description ? make('div', { class: 'text' }, ...text(embed.description)) : null,
    ...(embed.fields ?? []).map(({ name, value }) =>
      make('div', { class: 'text' }, make('strong', {}, ...text(name)), '\n', ...text(value)),
    ),
    embed.footer ? make('p', { class: 'quiet' }, embed.footer.text) : null,
  );
  if (embed.color) box.style.borderColor = `#${embed.color.toString(16).padStart(6, '0')}`;
  return box;
}

function componentView(component, text, use) {
  switch (component.type) {
    case 2:
      return buttonView(component, use);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return selectView(component, use);
    case 10:
      return make('div', { class: 'text' }, ...text(component.content));
    case 14:
      return make('hr');
    default: {
      const inner = [...(component.components ?? []), component.accessory].filter(Boolean);
      const children = inner.map((child) => componentView(child, text, use));
      return make('div', { class: component.type === 1 ? 'buttons' : 'embed' }, ...children);
    }
  }
}

function buttonView({ style, url, label, emoji, custom_id, disabled }, use) {
  const face = [emoji?.name, label].filter(Boolean).join(' ');
  if (style === 5) return link(url, `${face} ↗`, 'button');
  const look = { 1: 'main', 3: 'good', 4: 'bad' }[style] ?? '';
  return make('button', { class: look, disabled: disabled ?? false, onclick: () => use(custom_id) }, face);
}

function selectView({ type, custom_id, placeholder, options, disabled, min_values, max_values }, use) {
  if (type !== 3) {
    const ask = () => use(custom_id, (prompt('Ids, separated by spaces') ?? '').split(' ').filter(Boolean));
    return make('button', { onclick: ask }, placeholder ?? 'Choose…');
  }
  const isMany = (max_values ?? 1) > 1;
  const select = make(
    'select',
    { disabled: disabled ?? false, multiple: isMany, 'aria-label': placeholder ?? 'Choose' },
    isMany ? null : make('option', { value: '' }, placeholder ?? 'Choose…'),
    ...options.map(({ value, label }) => make('option', { value }, label)),
  );
  const send = () => use(custom_id, [...select.selectedOptions].map(({ value }) => value).filter(Boolean));
  if (!isMany) select.addEventListener('change', send);
  return make(
    'div',
    {},
    select,
    isMany ? make('button', { onclick: send }, `Choose ${min_values ?? 1} or more`) : null,
  );
}

/** Only addresses of the web become links. */
function link(url, label, look) {
  const isWeb = /^https?:\/\//.test(url ?? '');
  return isWeb ? make('a', { class: look, href: url, target: '_blank', rel: 'noreferrer' }, label) : label;
}

const tags = { strong: 'strong', emphasis: 'em', underline: 'u', struck: 's', quote: 'blockquote', small: 'span' };

/** The parts of a text as elements. Only `names` tells who is mentioned. */
function rendered(parts, names) {
  return parts.map((part) => {
    if (typeof part === 'string') return part;
    switch (part.kind) {
      case 'code':
        return make('code', {}, part.text);
      case 'block':
        return make('pre', {}, part.text);
      case 'link':
        return link(part.url, part.text);
      case 'time':
        return make('time', { title: momentOf({ ...part, style: 'F' }) }, momentOf(part, Date.now()));
      case 'command':
        return make('strong', {}, part.text);
      case 'user':
      case 'role':
      case 'channel':
        return make('span', { class: 'mention' }, names(part));
      default:
        return make(
          tags[part.kind],
          part.kind === 'small' ? { class: 'quiet' } : {},
          ...rendered(part.children, names),
        );
    }
  });
}

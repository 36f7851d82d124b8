import { ask, attempt } from './api.js';
import { find, make, show } from './dom.js';
import { messageView } from './message.js';
import { nameOf, timeOf } from './names.js';

/** What a person did with the bot and what it answered, newest first. */
export function showAnswers(interactions, { state, guild, actorId, refresh }) {
  const mine = interactions.filter((each) => each.user_id === actorId && hasOwnAnswer(each)).reverse();
  const user = state.users.find(({ id }) => id === actorId);
  const cards = mine.map((interaction) => {
    const title = interaction.name === null ? 'used a button, a select or a form' : `ran /${interaction.name}`;
    return make(
      'article',
      { class: 'card' },
      make('p', { class: 'quiet' }, `${nameOf(user)} ${title} · ${timeOf(interaction.created_at)}`),
      ...interaction.messages.map((message) =>
        messageView(message, state, guild, (component, values) =>
          useComponent(message, component, values, { actorId, refresh }),
        ),
      ),
      interaction.is_dead ? make('p', { class: 'problem' }, 'The application did not respond.') : null,
    );
  });
  show(find('answers'), ...cards);
}

/** A press that only changed the message it stands on shows there; autocomplete shows in its field. */
function hasOwnAnswer({ type, is_dead, messages, source_message_id }) {
  return type === 2 || (type !== 4 && (is_dead || messages.some(({ id }) => id !== source_message_id)));
}

/** Presses a button or picks in a select, in any message. */
export async function useComponent(message, component, values, { actorId, refresh }) {
  const body = { user_id: actorId, message_id: message.id, component, ...(values && { values }) };
  const answer = await attempt(() => ask('POST', '/interactions/component', body));
  if (answer) openModal(answer, refresh);
  await refresh();
}

/** Shows the form that an interaction was answered with, if it was one. */
export function openModal({ id, response }, refresh) {
  if (response?.type !== 9) return;
  const dialog = find('modal');
  const inputs = response.data.components.flatMap((top) =>
    (top.components ?? [top.component]).filter(Boolean).map((input) => Object.assign({ label: top.label }, input)),
  );
  const send = async () => {
    const fields = [...dialog.querySelectorAll('[name]')];
    const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const answer = await attempt(() => ask('POST', `/interactions/${id}/modal`, { values }));
    if (answer) dialog.close();
    await refresh();
  };
  dialog.replaceChildren(
    make(
      'form',
      {
        onsubmit: (event) => {
          event.preventDefault();
          void send();
        },
      },
      make('h2', {}, response.data.title),
      ...inputs.map((input) => make('label', {}, input.label ?? '', inputView(input))),
      make(
        'div',
        { class: 'buttons' },
        make('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
        make('button', { class: 'main' }, 'Submit'),
      ),
    ),
  );
  dialog.showModal();
}

function inputView({ custom_id, style, value, placeholder, required, options }) {
  const attributes = { name: custom_id, placeholder, required: required ?? true };
  if (options)
    return make('select', attributes, ...options.map((each) => make('option', { value: each.value }, each.label)));
  const field = make(style === 2 ? 'textarea' : 'input', attributes);
  field.value = value ?? '';
  return field;
}

import { ask, attempt } from './api.js';
import { slashCommands } from './command-list.js';
import { fillSelect, find, make } from './dom.js';
import { nameOf } from './names.js';

const kinds = { integer: 4, boolean: 5, user: 6, channel: 7, role: 8, number: 10 };

/** The registered slash commands, each with its options as fields. `where()` says who runs it, and in which guild. */
export function commandForm({ where, current, ran }) {
  const form = find('command');
  const select = find('command-name');
  let commands = new Map();

  select.addEventListener('change', () => showOptions());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });

  async function run() {
    const body = { ...chosen(), options: given() };
    const answer = await attempt(() => ask('POST', '/interactions/command', body));
    if (answer) ran(answer);
  }

  /** Who runs what: the same name may belong to two applications. */
  function chosen() {
    const { application_id, name } = commands.get(select.value) ?? {};
    return { ...where(), application_id, command: name };
  }

  function fields() {
    return [...form.querySelectorAll('[name]')];
  }

  function given() {
    const filled = fields().filter((field) => field.value !== '');
    return Object.fromEntries(filled.map((field) => [field.name, valueOf(field)]));
  }

  /** The fields of the chosen command, empty: what was typed for another one does not stay. */
  function showOptions() {
    const { guild } = current();
    const { options = [] } = commands.get(select.value) ?? {};
    find('options').replaceChildren(...options.map((option) => fieldFor(option, guild)));
  }

  function fieldFor(option, guild) {
    const { name, type, description, required, choices, autocomplete } = option;
    const attributes = { name, required: required ?? false, 'data-type': String(type), title: description };
    const fixed = choices?.map((choice) => [choice.value, choice.name]) ?? choicesFor(type, guild);
    const label = required ? `${name} *` : name;
    if (fixed) {
      const options = [['', ''], ...fixed].map(([value, text]) => make('option', { value: String(value) }, text));
      return make('label', {}, label, make('select', attributes, ...options));
    }
    const input = make('input', { ...attributes, autocomplete: 'off', placeholder: description });
    if (!autocomplete) return make('label', {}, label, input);
    const list = make('datalist', { id: `choices-${name}` });
    input.setAttribute('list', list.id);
    const suggest = () => suggestFor(input, list);
    for (const event of ['input', 'focus']) input.addEventListener(event, suggest);
    return make('label', {}, label, input, list);
  }

  async function suggestFor(input, list) {
    if ([...list.children].some(({ value }) => value === input.value)) return;
    const options = { ...given(), [input.name]: input.value };
    const body = { ...chosen(), options, focused: input.name };
    const answer = await attempt(() => ask('POST', '/interactions/autocomplete', body));
    // The datalist shows the label; what is sent is the value, kept beside it.
    const choices = (answer?.choices ?? []).map(({ name, value }) =>
      make('option', { value: name, 'data-value': String(value) }),
    );
    list.replaceChildren(...choices);
  }

  return {
    /** Takes over the commands and the guild as they are now; what is being filled in stays. */
    update() {
      const { state, guild } = current();
      const listed = slashCommands(state, guild);
      commands = new Map(listed.map((command) => [command.key, command]));
      const before = select.value;
      fillSelect(
        select,
        listed.map(({ key, label }) => [key, label]),
      );
      const isUntouched = fields().every(({ value }) => value === '') && !form.contains(document.activeElement);
      if (select.value !== before || isUntouched) showOptions();
    },
  };
}

function choicesFor(type, guild) {
  if (type === kinds.boolean)
    return [
      ['true', 'yes'],
      ['false', 'no'],
    ];
  if (type === kinds.user) return guild.members.map(({ user }) => [user.id, nameOf(user)]);
  if (type === kinds.role) return guild.roles.map(({ id, name }) => [id, name]);
  if (type === kinds.channel) return guild.channels.map(({ id, name }) => [id, `#${name}`]);
  return null;
}

function valueOf(field) {
  const chosen = [...(field.list?.options ?? [])].find(({ value }) => value === field.value);
  const text = chosen?.dataset.value ?? field.value;
  const type = Number(field.dataset.type);
  if (type === kinds.boolean) return text === 'true';
  return type === kinds.integer || type === kinds.number ? Number(text) : text;
}

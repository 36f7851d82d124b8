import { ask, attempt } from './api.js';
import { fillSelect, find, make, show } from './dom.js';
import { nameOf } from './names.js';

const kinds = { subcommand: 1, group: 2, text: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, number: 10 };

/** The registered slash commands, each with its options as fields. `where()` says who runs it, and in which guild. */
export function commandForm({ where, current, ran }) {
  const form = find('command');
  const select = find('command-name');
  let commands = new Map();

  select.addEventListener('change', showOptions);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });

  async function run() {
    const body = { ...where(), command: select.value, options: given() };
    const answer = await attempt(() => ask('POST', '/interactions/command', body));
    if (answer) ran(answer);
  }

  function fields() {
    return [...form.querySelectorAll('[name]')];
  }

  function given() {
    const filled = fields().filter((field) => field.value !== '');
    return Object.fromEntries(filled.map((field) => [field.name, valueOf(field)]));
  }

  function showOptions() {
    const { guild } = current();
    show(find('options'), ...(commands.get(select.value) ?? []).map((option) => fieldFor(option, guild)));
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
    const body = { ...where(), command: select.value, options, focused: input.name };
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
      const { state } = current();
      commands = new Map(state.applications.flatMap(({ commands: all }) => all.filter(isSlash).flatMap(leavesOf)));
      const before = select.value;
      fillSelect(
        select,
        [...commands.keys()].sort((a, b) => a.localeCompare(b)).map((name) => [name, `/${name}`]),
      );
      const isUntouched = fields().every(({ value }) => value === '') && !form.contains(document.activeElement);
      if (select.value !== before || isUntouched) showOptions();
    },
  };
}

function isSlash({ type }) {
  return type === 1;
}

/** `group`, `add` -> ['group add', options]. */
function leavesOf({ name, options = [] }) {
  const nested = options.filter(({ type }) => type === kinds.subcommand || type === kinds.group);
  if (nested.length === 0) return [[name, options]];
  return nested.flatMap(leavesOf).map(([rest, leaf]) => [`${name} ${rest}`, leaf]);
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

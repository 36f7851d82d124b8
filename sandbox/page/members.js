import { ask, attempt } from './api.js';
import { userMenus } from './command-list.js';
import { make, show, find } from './dom.js';
import { nameOf, roleColor } from './names.js';

/** The members with their roles, to be given and taken by hand, and those who could come in. */
export function showMembers(state, guild, actorId, refresh) {
  const act = (method, path, body) => attempt(() => ask(method, path, body)).then(refresh);
  const place = `/guilds/${guild.id}/members`;
  const menus = userMenus(state, guild);
  const people = guild.members.toSorted((a, b) => Number(a.user.bot ?? false) - Number(b.user.bot ?? false));
  const more = guild.member_count - guild.members.length;
  show(
    find('members'),
    ...people.map((member) => memberCard(guild, member, { place, act, actorId, menus })),
    more > 0 ? make('p', { class: 'quiet' }, `and ${more} more`) : null,
  );

  const inside = new Set(guild.members.map(({ user }) => user.id));
  const outside = state.users.filter(({ id, bot }) => !bot && !inside.has(id));
  show(
    find('outside'),
    ...outside.map((user) =>
      make(
        'p',
        { class: 'row', 'data-id': `${place}/${user.id}` },
        nameOf(user),
        make('button', { onclick: () => act('POST', place, { user_id: user.id }) }, 'Join'),
      ),
    ),
    outside.length === 0 ? make('p', { class: 'quiet' }, 'Everybody is in.') : null,
  );
}

function memberCard(guild, member, { place, act, actorId, menus }) {
  const { user, roles, pending, nick } = member;
  const path = `${place}/${user.id}`;
  const has = new Set(roles);
  const held = guild.roles.filter(({ id }) => has.has(id));
  const free = guild.roles.filter(({ id, managed }) => !has.has(id) && !managed && id !== guild.id);
  const runMenu = (wanted) => {
    const { application_id, name: command } = menus.find(({ key }) => key === wanted);
    const where = { user_id: actorId, guild_id: guild.id, application_id };
    return act('POST', '/interactions/user-menu', { ...where, command, target_id: user.id });
  };
  const toggle = (method, roleId) => act(method, `${path}/roles/${roleId}?by=${actorId}`);
  return make(
    'article',
    { class: user.id === actorId ? 'card me' : 'card', 'data-id': path },
    make(
      'p',
      { class: 'row' },
      make('strong', {}, nick ?? nameOf(user)),
      user.bot ? make('span', { class: 'tag' }, 'bot') : null,
      user.id === guild.owner_id ? make('span', { class: 'tag' }, 'owner') : null,
      pending ? make('button', { onclick: () => act('POST', `${path}/screening`) }, 'Accept rules') : null,
      user.bot || user.id === guild.owner_id
        ? null
        : make('button', { class: 'plain', onclick: () => act('DELETE', path) }, 'Leave'),
    ),
    make(
      'p',
      { class: 'roles' },
      ...held.map((role) => rolePill(role, () => toggle('DELETE', role.id))),
      user.bot || free.length === 0
        ? null
        : chooser(
            '+ role',
            `Give a role to ${nameOf(user)}`,
            free.map(({ id, name }) => [id, name]),
            (roleId) => toggle('PUT', roleId),
          ),
      menus.length === 0
        ? null
        : chooser(
            'apps',
            `Apps on ${nameOf(user)}`,
            menus.map(({ key, label }) => [key, label]),
            runMenu,
          ),
    ),
  );
}

function rolePill(role, take) {
  const dot = make('i', { class: 'dot' });
  dot.style.background = roleColor(role);
  if (role.managed) return make('span', { class: 'pill' }, dot, role.name);
  return make(
    'button',
    { class: 'pill', title: `Take ${role.name} away by hand`, onclick: take },
    dot,
    role.name,
    ' ×',
  );
}

function chooser(face, label, choices, choose) {
  const options = choices.map(([value, text]) => make('option', { value }, text));
  return make(
    'select',
    { class: 'pill', 'aria-label': label, onchange: (event) => choose(event.target.value) },
    make('option', { value: '' }, face),
    ...options,
  );
}

import { make, show, find } from './dom.js';
import { nameOf, timeOf } from './names.js';

/** What the bot asked Discord to change: who, what, how it ended. */
export function showWire({ requests }, state, guild) {
  const lines = requests
    .toReversed()
    .map((request) =>
      make(
        'li',
        {},
        make('span', { class: 'quiet' }, timeOf(request.at)),
        make('strong', {}, ` ${words(request, state, guild)} `),
        make(
          'span',
          { class: request.status >= 400 || request.status === 0 ? 'tag bad' : 'tag' },
          String(request.status ?? '…'),
        ),
        make('div', { class: 'quiet wire', title: request.path }, `${request.method} ${shortened(request.path)}`),
        request.reason ? make('div', { class: 'quiet' }, request.reason) : null,
      ),
    );
  show(find('wire'), ...lines, lines.length === 0 ? make('p', { class: 'quiet' }, 'Nothing yet.') : null);
}

function words({ method, path }, state, guild) {
  const [, userId, roleId] = /\/members\/(\d+)(?:\/roles\/(\d+))?$/.exec(path) ?? [];
  if (userId === undefined) return `${method} ${path.split('/').at(-1)}`;
  const user = state.users.find(({ id }) => id === userId);
  const who = user ? nameOf(user) : userId;
  if (roleId === undefined) return `Sets several roles of ${who}`;
  const role = guild.roles.find(({ id }) => id === roleId)?.name ?? 'a deleted role';
  return method === 'PUT' ? `Gives ${role} to ${who}` : `Takes ${role} from ${who}`;
}

/** Ids by their last digits; the whole path is the tooltip. */
function shortened(path) {
  return path.replace(/\d{13,15}(?=\d{4})/g, '…');
}

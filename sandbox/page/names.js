/** What a person is called. */
export function nameOf(user) {
  return user.global_name ?? user.username;
}

export function roleColor({ color }) {
  return color === 0 ? '#9aa0ad' : `#${color.toString(16).padStart(6, '0')}`;
}

/** A mention (a user, role or channel of the markdown) as a name. */
export function mentionOf({ kind, id }, state, guild) {
  if (kind === 'role') return `@${guild?.roles.find((role) => role.id === id)?.name ?? 'deleted-role'}`;
  if (kind === 'channel') return `#${guild?.channels.find((channel) => channel.id === id)?.name ?? id}`;
  const member = guild?.members.find(({ user }) => user.id === id);
  const user = member?.user ?? state.users.find((each) => each.id === id);
  return `@${member?.nick ?? (user ? nameOf(user) : id)}`;
}

export function timeOf(when) {
  return new Date(when).toLocaleTimeString([], { hour12: false });
}

const formats = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
};

/** `<t:...:style>` in words: R stands relative to `now`, as in Discord. */
export function momentOf({ at, style }, now, locale) {
  if (style === 'R') return relative(at - now, locale);
  return new Intl.DateTimeFormat(locale, formats[style] ?? formats.f).format(at);
}

const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

function relative(ms, locale) {
  const [unit, length] = units.find(([, each]) => Math.abs(ms) >= each) ?? units.at(-1);
  return new Intl.RelativeTimeFormat(locale).format(Math.round(ms / length), unit);
}

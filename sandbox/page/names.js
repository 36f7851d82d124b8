/** What a person is called. */
export function nameOf(user) {
  return user.global_name ?? user.username;
}

export function roleColor({ color }) {
  return color === 0 ? '#9aa0ad' : `#${color.toString(16).padStart(6, '0')}`;
}

/** Text with `<@id>`, `<@&id>` and `<#id>` as names. */
export function readable(text, state, guild) {
  return text
    .replace(/<@!?(\d+)>/g, (_, id) => `@${nameOf(state.users.find((user) => user.id === id) ?? { username: id })}`)
    .replace(/<@&(\d+)>/g, (_, id) => `@${guild?.roles.find((role) => role.id === id)?.name ?? 'deleted-role'}`)
    .replace(/<#(\d+)>/g, (_, id) => `#${guild?.channels.find((channel) => channel.id === id)?.name ?? id}`)
    .replace(/<t:(\d+)(?::\w)?>/g, (_, seconds) => new Date(Number(seconds) * 1000).toLocaleString());
}

export function timeOf(when) {
  return new Date(when).toLocaleTimeString([], { hour12: false });
}

const slash = 1;
const userMenu = 2;
const nested = new Set([1, 2]);

/** The slash commands of the bots in a guild: `{ key, label, application_id, name, options }`, by name. */
export function slashCommands(state, guild) {
  return commandsIn(state, guild, slash)
    .flatMap(({ owner, command }) =>
      leavesOf(command).map(([name, options]) => entry(owner, { name, options, face: `/${name}` })),
    )
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** The entries of the menu on a user, of the bots in a guild. */
export function userMenus(state, guild) {
  return commandsIn(state, guild, userMenu).map(({ owner, command: { name } }) => entry(owner, { name, face: name }));
}

/** A guild's own command hides the global one of the same name. */
function commandsIn(state, guild, wanted) {
  const present = state.applications.filter(({ id }) => guild.application_ids.includes(id));
  const isAlone = present.length === 1;
  return present.flatMap(({ id, name, commands }) => {
    const visible = commands.filter(
      ({ type, guild_id }) => type === wanted && (guild_id === undefined || guild_id === guild.id),
    );
    const own = new Set(visible.filter(({ guild_id }) => guild_id !== undefined).map((command) => command.name));
    return visible
      .filter((command) => command.guild_id !== undefined || !own.has(command.name))
      .map((command) => ({ owner: { id, name: isAlone ? null : name }, command }));
  });
}

function entry(owner, { name, options, face }) {
  const label = owner.name === null ? face : `${face} · ${owner.name}`;
  return { key: `${owner.id} ${name}`, application_id: owner.id, label, name, options };
}

/** `group`, `add` -> ['group add', options]. */
function leavesOf({ name, options = [] }) {
  const deeper = options.filter(({ type }) => nested.has(type));
  if (deeper.length === 0) return [[name, options]];
  return deeper.flatMap(leavesOf).map(([rest, leaf]) => [`${name} ${rest}`, leaf]);
}

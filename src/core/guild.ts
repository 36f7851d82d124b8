/** A guild's role as far as deciding needs it. */
export interface Role {
  id: string;
  name: string;
  position: number;
  permissions: bigint;
  /** Kept by an integration (bot, booster, subscription): nobody can give it. */
  isManaged: boolean;
  /** Discord's linked role (`tags.guild_connections`): nobody can give it. */
  isLinked: boolean;
}

/** A guild as the bot sees it. The @everyone role has the guild's own id. */
export interface Guild {
  id: string;
  name: string;
  ownerId: string;
  roles: ReadonlyMap<string, Role>;
  /** The bot's own member: the union of its roles' permissions, and its roles. */
  bot: { permissions: bigint; roleIds: readonly string[] };
}

/** A member as Discord shows him; `roleIds` without @everyone. */
export interface Member {
  discordId: string;
  roleIds: ReadonlySet<string>;
  isBot: boolean;
  isPending: boolean;
  /** null: Discord did not say. */
  joinedAt: Date | null;
  /** His name in this guild; null: none of its own. */
  nick: string | null;
  /** His name on Discord: the display name, else the user name. */
  name: string;
}

/** Who stands higher: positive when `a` is above `b`. At equal position the lower id is the higher role, as in discord.js. */
export function compareRoles(a: Pick<Role, 'id' | 'position'>, b: Pick<Role, 'id' | 'position'>): number {
  if (a.position !== b.position) return a.position - b.position;
  if (a.id === b.id) return 0;
  return BigInt(a.id) < BigInt(b.id) ? 1 : -1;
}

/** The highest of a member's roles; @everyone when he has no other (null only when the guild's roles are not known). */
export function highestRole(guild: Pick<Guild, 'id' | 'roles'>, roleIds: Iterable<string>): Role | null {
  let highest = guild.roles.get(guild.id) ?? null;
  for (const id of roleIds) {
    const role = guild.roles.get(id);
    if (role && (!highest || compareRoles(role, highest) > 0)) highest = role;
  }
  return highest;
}

/** Whether the role stands strictly below the highest of `roleIds`: only such roles can be given and taken. */
export function standsBelow(guild: Pick<Guild, 'id' | 'roles'>, role: Role, roleIds: Iterable<string>): boolean {
  const highest = highestRole(guild, roleIds);
  return highest !== null && compareRoles(role, highest) < 0;
}

import { PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import type { Guild, Role, User } from '../records.ts';
import { botPermissions } from '../seed.ts';
import type { World } from '../world.ts';

export type StoryGuild = ReturnType<typeof buildGuild>;

/** A flying club: its board and one more role stand above the bot; somebody boosts it; somebody has yet to accept the rules. */
export function buildGuild(world: World, redirectUri: string) {
  const person = (username: string, globalName: string) => world.addUser({ username, globalName });
  const olga = person('olga.brandt', 'Olga Brandt');
  const application = world.addApplication({ ownerId: olga.id, redirectUris: [redirectUri] });
  const guild = world.addGuild({
    name: 'Northwind Flying Club',
    ownerId: olga.id,
    features: ['COMMUNITY', 'MEMBER_VERIFICATION_GATE_ENABLED'],
  });
  const role = (name: string, color: number, given: Partial<Role> = {}) =>
    world.addRole(guild.id, { name, color, ...given, position: guild.roles.size });

  const newsletter = role('Newsletter', 0x8a94a6);
  const booster = role('Server Booster', 0xf47fff, { managed: true, tags: { premium_subscriber: null } });
  const pilot = role('Pilot', 0x2f80ed, { hoist: true });
  const instructor = role('Instructor', 0x27ae60, { hoist: true });
  const moderator = role('Moderator', 0xe2a03f, { permissions: Bits.ManageRoles | Bits.KickMembers });
  world.addBot(guild.id, application, botPermissions, { position: guild.roles.size });
  const honorary = role('Honorary Member', 0xb58900);
  const board = role('Board', 0xc0392b, { permissions: Bits.Administrator, hoist: true });

  const member = (user: User, roles: Role[] = [], pending = false) => {
    world.join(guild.id, user.id, { roles: roles.map(({ id }) => id), pending });
    return user;
  };
  const people = {
    olga: member(olga, [board]),
    mira: member(person('mira.holm', 'Mira Holm'), [board]),
    tom: member(person('tom.reyes', 'Tom Reyes'), [moderator]),
    ada: member(person('ada.lindt', 'Ada Lindt'), [newsletter]),
    ben: member(person('ben.okoye', 'Ben Okoye')),
    cleo: member(person('cleo.marsh', 'Cleo Marsh'), [booster, newsletter]),
    pia: member(person('pia.novak', 'Pia Novak'), [], true),
    /** Not in the guild: somebody to let in by hand. */
    finn: person('finn.aas', 'Finn Aas'),
  };
  const channel = world.addChannel(guild.id, { name: 'general' });
  world.addChannel(guild.id, { name: 'hangar' });
  world.addMessage(channel.id, { authorId: olga.id, content: 'Welcome to the club! Type /link to get your roles.' });
  return { application, guild, people, roles: { board, honorary, moderator, instructor, pilot, newsletter } };
}

/** The names of a member's roles, from the top; "no role" where there is none, null where there is no member. */
export function roleNames(guild: Guild, userId: string): string | null {
  const member = guild.members.get(userId);
  if (!member) return null;
  const held = [...guild.roles.values()].filter(({ id }) => member.roles.has(id));
  const names = held.sort((a, b) => b.position - a.position).map(({ name }) => `@${name}`);
  return names.join(', ') || 'no role';
}

import { PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { createWorld, type World } from '../../sandbox/world.ts';
import type { Application } from '../../sandbox/records.ts';
import type { Clock } from './clock.ts';
import type { History, RoleMove, Write } from './history.ts';

/** Roles of the guild by the letters that the trace calls them by. */
export const MAPPED = ['A', 'B', 'C', 'D'] as const;
/** Nobody maps these: what others do with them stands. */
export const OTHERS = ['X', 'Y'] as const;
/** Z: managed by an integration. H: above the bot until it is moved up. P: whoever has it is left alone, if a setting says so. */
export const SPECIAL = ['Z', 'H', 'P'] as const;
export type RoleName = (typeof MAPPED)[number] | (typeof OTHERS)[number] | (typeof SPECIAL)[number];

/** The local Discord of one schedule: one guild, its people and its roles. */
export interface Scene {
  world: World;
  application: Application;
  guildId: string;
  ownerId: string;
  /** Everybody who may come and go. */
  people: readonly string[];
  role(name: RoleName): string;
  /** The name by which the trace calls a user or role. */
  nameOf(id: string): string;
  rolesOf(discordId: string): ReadonlySet<string> | null;
  isMember(discordId: string): boolean;
  /** What he had before his last change, and until when. */
  formerOf(discordId: string): { roles: ReadonlySet<string>; until: number } | undefined;
  /** Does something to the world and notes what it did to whose roles. */
  act(by: 'bot' | 'other', what: () => void, write?: Write): void;
}

export function createScene(clock: Clock, history: History, peopleCount: number): Scene {
  const world = createWorld({ now: clock.now });
  const names = new Map<string, string>();
  const owner = world.addUser({ username: 'owner' });
  const application = world.addApplication({ ownerId: owner.id, botToken: 'token', clientSecret: 'secret' });
  const guild = world.addGuild({ ownerId: owner.id, name: 'Guild' });
  world.join(guild.id, owner.id);
  const roles = new Map<string, string>();
  const order: RoleName[] = ['X', 'A', 'B', 'C', 'D', 'Y', 'P', 'H'];
  for (const [index, name] of order.entries()) {
    const { id } = world.addRole(guild.id, { name, position: index + 1 });
    roles.set(name, id);
    names.set(id, name);
  }
  world.addBot(guild.id, application, Bits.ManageRoles | Bits.ViewAuditLog, { position: order.indexOf('H') + 1 });
  const managed = world.addRole(guild.id, {
    name: 'Z',
    managed: true,
    tags: { premium_subscriber: null },
    position: 1,
  });
  roles.set('Z', managed.id);
  names.set(managed.id, 'Z');
  const people = Array.from({ length: peopleCount }, (_, index) => {
    const { id } = world.addUser({ username: `u${index}` });
    names.set(id, `u${index}`);
    return id;
  });
  names.set(owner.id, 'owner');
  names.set(application.botId, 'bot');

  const former = new Map<string, { roles: ReadonlySet<string>; until: number }>();
  const rolesNow = (): Map<string, ReadonlySet<string>> =>
    new Map([...guild.members.values()].map(({ userId, roles: held }) => [userId, held]));

  return {
    world,
    application,
    guildId: guild.id,
    ownerId: owner.id,
    people,
    role(name) {
      const id = roles.get(name);
      if (id === undefined) throw new Error(`no role ${name}`);
      return id;
    },
    nameOf: (id) => names.get(id) ?? id,
    rolesOf: (discordId) => guild.members.get(discordId)?.roles ?? null,
    isMember: (discordId) => guild.members.has(discordId),
    formerOf: (discordId) => former.get(discordId),
    act(by, what, write) {
      const before = rolesNow();
      what();
      const at = clock.now();
      for (const discordId of new Set([...before.keys(), ...guild.members.keys()])) {
        const had = before.get(discordId);
        const has = guild.members.get(discordId)?.roles;
        if (had === has) continue;
        if (had) former.set(discordId, { roles: had, until: at });
        else history.joinedAt.set(discordId, at);
        const added = [...(has ?? [])].filter((id) => !had?.has(id));
        const removed = [...(had ?? [])].filter((id) => !has?.has(id));
        const moveOf =
          (action: 'add' | 'remove') =>
          (roleId: string): RoleMove => ({ at, discordId, roleId, action, by, write: write ?? null });
        const moves = [...added.map(moveOf('add')), ...removed.map(moveOf('remove'))];
        history.moves.push(...moves);
        write?.moves.push(...moves);
      }
    },
  };
}

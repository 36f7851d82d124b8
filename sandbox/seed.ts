import { PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import type { Application, Channel, Guild, Role, User } from './records.ts';
import { createRandom } from './random.ts';
import { snowflakeAt } from './snowflakes.ts';
import type { World } from './world.ts';

/** What the bot's invite asks for: View Audit Log, Manage Roles, Send Messages, Embed Links, View Channel, and nicknames. */
export const botPermissions =
  Bits.ViewAuditLog |
  Bits.ManageRoles |
  Bits.ManageNicknames |
  Bits.ViewChannel |
  Bits.SendMessages |
  Bits.EmbedLinks |
  Bits.AttachFiles |
  Bits.CreateInstantInvite;

export interface SeededGuild {
  application: Application;
  guild: Guild;
  owner: User;
  /** Highest first: the bot's own, then those it can give, by name. */
  botRole: Role;
  roles: Role[];
  members: User[];
  channel: Channel;
}

export interface GuildPlan {
  name?: string;
  /** Below the bot's role, highest first. */
  roleNames?: readonly string[];
  memberNames?: readonly string[];
  /** Another guild for an application that is there already. */
  application?: Application;
  permissions?: bigint;
}

/** A guild with its owner, a text channel, the bot above the given roles, and a few members without any. */
export function seedGuild(world: World, plan: GuildPlan = {}): SeededGuild {
  const { roleNames = ['Captain', 'Pilot', 'Recruit'], memberNames = ['ada', 'ben', 'cleo'] } = plan;
  const application = plan.application ?? world.addApplication();
  const owner = world.addUser({ username: 'owner', globalName: 'Owner' });
  const guild = world.addGuild({ ownerId: owner.id, name: plan.name ?? 'Sandbox Guild' });
  world.join(guild.id, owner.id);
  const channel = world.addChannel(guild.id, { name: 'general' });
  const roles = roleNames.toReversed().map((name, index) => world.addRole(guild.id, { name, position: index + 1 }));
  world.addBot(guild.id, application, plan.permissions ?? botPermissions, { position: roles.length + 1 });
  const botRole = world.botRole(guild.id, application.id);
  if (!botRole) throw new Error('the bot has no role');
  const members = memberNames.map((username) => world.addUser({ username }));
  for (const { id } of members) world.join(guild.id, id);
  return { application, guild, owner, botRole, roles: roles.reverse(), members, channel };
}

/** Adds `count` members with ids of 17 to 19 digits, in no order; each carries up to three of `roleIds`. Quick for 100,000. */
export function seedMembers(
  world: World,
  guildId: string,
  count: number,
  roleIds: readonly string[] = [],
  seed = 1,
): string[] {
  const random = createRandom(seed);
  const earliest = Date.UTC(2015, 1, 1);
  const span = Date.UTC(2026, 0, 1) - earliest;
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = snowflakeAt(earliest + Math.floor(random() * span), index % 4096);
    if (world.users.has(id)) continue;
    world.addUser({ id, username: `member${index}` });
    const roles =
      roleIds.length === 0
        ? []
        : Array.from({ length: Math.floor(random() * 4) }, () => roleIds[Math.floor(random() * roleIds.length)] ?? '');
    world.join(guildId, id, { roles });
    ids.push(id);
  }
  return ids;
}

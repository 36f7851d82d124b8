import { startDiscord, type DiscordOptions, type LocalDiscord } from '../sandbox/discord.ts';
import { seedGuild } from '../sandbox/seed.ts';
import { snowflakeAt } from '../sandbox/snowflakes.ts';
import { serve } from './child-process.ts';
import { fillDatabase } from './fill-database.ts';
import { rolesOf, type Population } from './population.ts';

/** One REST request, as little of it as the bench needs. */
export interface SeenRequest {
  /** When it arrived, ms since 1970. */
  at: number;
  method: string;
  path: string;
  status: number | null;
}

/** The oldest member's date of registration, and how far they are apart. */
const EARLIEST = Date.UTC(2015, 1, 1);
const APART_MS = 3_000_000;

interface Running {
  discord: LocalDiscord;
  guildId: string;
  memberIds: readonly string[];
  outsiderIds: readonly string[];
}

let running: Running | null = null;

function here() {
  if (!running) throw new Error('the local Discord has not been started');
  return { ...running, world: running.discord.world };
}

/** The local Discord of the bench, in a process of its own so that its work does not count as the bot's. */
const actions = {
  /**
   * A guild in which everybody carries what he should, and the database of the bot that brought it there. `outsiders`
   * are linked users who are not in it.
   */
  async start(options: DiscordOptions, population: Population, outsiders: number, databaseUrl: string) {
    const discord = await startDiscord(options);
    const { world } = discord;
    const roleNames = Array.from({ length: population.mappings }, (_, index) => `Role ${index}`);
    const { application, guild, owner, roles } = seedGuild(world, { roleNames, memberNames: [] });
    const userIds = Array.from({ length: population.members - 2 + outsiders }, (_, place) => {
      const id = snowflakeAt(EARLIEST + place * APART_MS, place % 4096);
      return world.addUser({ id, username: `member${place}` }).id;
    });
    const memberIds = userIds.slice(0, population.members - 2);
    for (const [place, id] of memberIds.entries()) {
      world.join(guild.id, id, { roles: rolesOf(place, population).flatMap((index) => roles[index]?.id ?? []) });
    }
    const outsiderIds = userIds.slice(memberIds.length);
    const roleIds = roles.map(({ id }) => id);
    fillDatabase(databaseUrl, { guildId: guild.id, roleIds, memberIds, outsiderIds }, population);
    running = { discord, guildId: guild.id, memberIds, outsiderIds };
    return {
      apiUrl: discord.apiUrl,
      authorizeUrl: discord.authorizeUrl,
      clientId: application.id,
      clientSecret: application.clientSecret,
      botToken: application.botToken ?? '',
      guildId: guild.id,
      ownerId: owner.id,
      roleIds,
    };
  },

  /** Discord users but the owner and the bot, by their places. */
  members: (): readonly string[] => here().memberIds,
  outsiders: (): readonly string[] => here().outsiderIds,

  /** A user comes in; when, in ms since 1970. */
  join(userId: string): number {
    const { world, guildId } = here();
    const at = Date.now();
    world.join(guildId, userId);
    return at;
  },

  requests: (): SeenRequest[] =>
    here().discord.requests.all.map(({ at, method, path, status }) => ({ at, method, path, status })),

  forgetRequests: (): void => here().discord.requests.clear(),

  /** Who carries which roles, by user. */
  roles(userIds: readonly string[]): string[][] {
    const { world, guildId } = here();
    const members = world.guilds.get(guildId)?.members;
    return userIds.map((id) => [...(members?.get(id)?.roles ?? [])]);
  },

  /** When gateway sessions were asked for, and so answered with READY: ms since 1970. */
  identified: (): number[] =>
    here()
      .discord.gateway.received.filter(({ op }) => op === 2)
      .map(({ at }) => at),
};

export type DiscordActions = typeof actions;
export type StartedDiscord = Awaited<ReturnType<DiscordActions['start']>>;

serve(actions);

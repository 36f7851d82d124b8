import type { Guild, Member } from '../core/guild.ts';
import { guildPermissions, isGuildAdmin } from '../core/permissions.ts';
import { mostPrivileged } from '../core/privilege.ts';
import { AppError } from '../errors.ts';
import type { Author } from '../sync/mapping-checks.ts';
import type { GuildReader } from '../sync/ports.ts';
import type { ReadAllowance } from '../sync/read-allowance.ts';
import type { Caller } from './callers.ts';
import { createFreshMemory } from './fresh-memory.ts';

/** A guild of a Discord user, as Discord's OAuth2 list tells it. */
export interface OAuthGuild {
  id: string;
  name: string;
  isOwner: boolean;
  permissions: bigint;
}

/** A guild that somebody administers. */
interface AdminGuild {
  id: string;
  name: string;
  isBotInstalled: boolean;
}

/** Who may do what. Nothing that a client claims counts: Discord is asked, as often as the caller's share allows. */
export interface Access {
  /**
   * The caller's Discord user who administers the guild (the highest of several). AppError forbidden,
   * discord_unavailable, rate_limited.
   */
  guildAdmin(caller: Caller, guildId: string): Promise<Author>;
  /** The same; null: he does not. */
  findGuildAdmin(caller: Caller, guildId: string): Promise<Author | null>;
  /** The guilds that he administers, by name. */
  adminGuilds(caller: Caller): Promise<AdminGuild[]>;
  /** AppError forbidden. */
  operator(caller: Caller): void;
}

/** Who loses Manage Server loses his access within 5 s where the bot is. */
const ADMIN_MS = 3000;
/** Who becomes one need not have it at once: whoever is none can ask all day. */
const NO_ADMIN_MS = 20_000;
const OAUTH_LIST_MS = 5 * 60_000;
/** Guilds in which one is looked for, one question to Discord each. */
const MOST_LOOKS = 100;

export function createAccess(options: {
  guilds: Pick<GuildReader, 'guild' | 'guildIds' | 'fetchMember'>;
  /** Whether the bot is in the guild, though Discord may keep it unavailable. */
  isBotIn(guildId: string): Promise<boolean>;
  /** All guilds of a Discord user by his stored token; null: there is none that works. */
  oauthGuildsOf(discordId: string): Promise<OAuthGuild[] | null>;
  allowance: ReadAllowance;
  now: () => Date;
}): Access {
  const { guilds, allowance, now } = options;
  const members = createFreshMemory({
    maxAgeMs: NO_ADMIN_MS,
    now,
    load: (key) => {
      const [guildId = '', discordId = ''] = key.split(':');
      return guilds.fetchMember(guildId, discordId);
    },
  });
  const lists = createFreshMemory({ maxAgeMs: OAUTH_LIST_MS, now, load: (id) => options.oauthGuildsOf(id) });

  async function adminHere(caller: Caller, guild: Guild, discordId: string): Promise<Author | null> {
    if (discordId === guild.ownerId) return { discordId, roleIds: [] };
    const isAdmin = (member: Member) => !member.isBot && isGuildAdmin(guildPermissions(guild, member));
    const ageMs = (member: Member | null | undefined) =>
      member === undefined || (member && isAdmin(member)) ? ADMIN_MS : NO_ADMIN_MS;
    const key = `${guild.id}:${discordId}`;
    // Whoever was an admin a moment ago is looked for without end: that costs no more than the guilds that he has.
    const was = members.last(key);
    if (!(was && isAdmin(was)) && !members.knows(key, ageMs)) allowance.take(caller);
    const member = await members.of(key, ageMs);
    return member && isAdmin(member) ? { discordId, roleIds: [...member.roleIds] } : null;
  }

  async function listOf(caller: Caller, discordId: string): Promise<OAuthGuild[] | null> {
    if (!lists.knows(discordId)) allowance.take(caller);
    return lists.of(discordId);
  }

  async function adminElsewhere(caller: Caller, guildId: string, discordId: string): Promise<Author | null> {
    const found = (await listOf(caller, discordId))?.find(({ id }) => id === guildId);
    return found && (found.isOwner || isGuildAdmin(found.permissions)) ? { discordId, roleIds: [] } : null;
  }

  async function look(caller: Caller, guildId: string): Promise<Author | null> {
    const guild = guilds.guild(guildId);
    const found = await Promise.all(
      caller.discordIds.map((discordId) =>
        guild ? adminHere(caller, guild, discordId) : adminElsewhere(caller, guildId, discordId),
      ),
    );
    const authors = found.filter((author) => author !== null);
    return guild ? mostPrivileged(guild, authors) : (authors[0] ?? null);
  }

  /** What his own list says may be minutes old: where the bot is, it lets nobody in. */
  async function isHidden(guildId: string): Promise<boolean> {
    return guilds.guild(guildId) === null && options.isBotIn(guildId);
  }

  async function findGuildAdmin(caller: Caller, guildId: string): Promise<Author | null> {
    if (await isHidden(guildId)) throw new AppError('discord_unavailable', UNAVAILABLE);
    return look(caller, guildId);
  }

  return {
    findGuildAdmin,

    async guildAdmin(caller, guildId) {
      const author = await findGuildAdmin(caller, guildId);
      if (!author) throw new AppError('forbidden', NOT_ADMIN);
      return author;
    },

    async adminGuilds(caller) {
      const told = await Promise.all(caller.discordIds.map((discordId) => listOf(caller, discordId)));
      const names = new Map(told.flatMap((list) => list ?? []).map(({ id, name }) => [id, name]));
      // Whose list Discord does not tell is still looked for where the bot is.
      const here = told.includes(null) ? guilds.guildIds().slice(0, MOST_LOOKS) : [];
      for (const id of here) names.set(id, guilds.guild(id)?.name ?? id);
      const found: AdminGuild[] = [];
      for (const [id, name] of names) {
        const isBotInstalled = guilds.guild(id) !== null;
        if (!(await isHidden(id)) && (await look(caller, id))) found.push({ id, name, isBotInstalled });
      }
      return found.toSorted((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
    },

    operator({ isOperator }) {
      if (!isOperator) throw new AppError('forbidden', 'Only operators of this Rolewright may do this.');
    },
  };
}

const UNAVAILABLE = 'Rolewright cannot see this server right now. Try again in a minute.';
const NOT_ADMIN =
  'You do not administer this server. You need Manage Server there, and the Discord user who has it linked to your account.';

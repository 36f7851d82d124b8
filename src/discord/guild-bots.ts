import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Member } from '../core/guild.ts';
import { AppError } from '../errors.ts';
import type { Retry } from '../sync/converge.ts';
import type { OwnBots } from '../sync/ports.ts';
import { readMember } from './member.ts';
import { isPassing, readWithRetry, type DiscordRest } from './rest.ts';

/** The bots of their own that guilds have, and what they ask of Discord. */
export interface GuildBots extends OwnBots {
  /** Discord's REST API, for each guild as the bot that works in it. */
  rest: DiscordRest;
  /** The own bot's member; null: the operator's bot works there, or it was not seen yet. */
  memberOf(guildId: string): { discordId: string; roleIds: readonly string[] } | null;
  /** A member as the gateway shows him; whether he is the guild's own bot. */
  saw(guildId: string, member: Pick<Member, 'discordId' | 'roleIds'>): boolean;
}

interface OwnBot {
  userId: string;
  rest: DiscordRest;
  /** null: nobody has looked yet. Empty when it is not in the guild. */
  roleIds: readonly string[] | null;
}

/**
 * Each own bot has a REST client of its own: what Discord refuses it, and how long it makes it wait, is nobody else's
 * affair.
 */
export function createGuildBots({
  main,
  restOf,
  log,
  retry,
  signal,
}: {
  /** As the operator's bot. */
  main: DiscordRest;
  restOf(token: string): DiscordRest;
  log: Pick<Logger, 'warn'>;
  retry: Retry;
  signal: AbortSignal;
}): GuildBots {
  const bots = new Map<string, OwnBot>();

  /**
   * Only what concerns a guild goes as its own bot, and of that not who is brought in: Discord wants the application that
   * he agreed to. Messages stay with the operator's bot as well, for what is pressed in them comes to whoever posted it.
   */
  function restFor(method: string, path: string): DiscordRest {
    const [, guildId = '', rest = ''] = /^\/guilds\/(\d+)(.*)$/.exec(path) ?? [];
    const isJoin = method === 'PUT' && /^\/members\/\d+$/.test(rest);
    return (isJoin ? undefined : bots.get(guildId)?.rest) ?? main;
  }

  async function ownUserId(): Promise<string> {
    const ours = readWithRetry(() => main.get(Routes.user()), { ...retry, retries: 1 }, signal);
    return user.parse(await ours.catch(faltered)).id;
  }

  return {
    rest: {
      get: (path, options) => restFor('GET', path).get(path, options),
      post: (path, options) => restFor('POST', path).post(path, options),
      put: (path, options) => restFor('PUT', path).put(path, options),
      patch: (path, options) => restFor('PATCH', path).patch(path, options),
      delete: (path, options) => restFor('DELETE', path).delete(path, options),
      problem: () => main.problem(),
      buckets: {
        state: (guildId, bucket) => (bots.get(guildId)?.rest ?? main).buckets.state(guildId, bucket),
      },
      end() {
        for (const { rest } of bots.values()) rest.end();
        main.end();
      },
    },

    async check(guildId, token) {
      // Anything else would not even be a header.
      if (!/^[\w.-]{20,200}$/.test(token)) throw refused(NO_TOKEN);
      const rest = restOf(token);
      const read = (path: `/${string}`, query?: URLSearchParams) =>
        readWithRetry(() => rest.get(path, query && { query }), { ...retry, retries: 1 }, signal);
      try {
        const me = user.parse(await read(Routes.user()).catch(inWords(NO_TOKEN)));
        if (!me.bot) throw refused(NO_TOKEN);
        // Two clients of one bot would not know of each other's rate limits.
        if (me.id === (await ownUserId())) throw refused(OURS);
        await read(Routes.guildMember(guildId, me.id)).catch(inWords(NOT_THERE));
        // Asks for the intent that syncs of the whole guild need.
        const one = new URLSearchParams({ limit: '1' });
        await read(Routes.guildMembers(guildId), one).catch(inWords(NO_INTENT));
        return { userId: me.id };
      } finally {
        rest.end();
      }
    },

    use(guildId, bot) {
      bots.get(guildId)?.rest.end();
      if (bot) bots.set(guildId, { userId: bot.userId, rest: restOf(bot.token), roleIds: null });
      else bots.delete(guildId);
    },

    async refresh(guildId) {
      const bot = bots.get(guildId);
      if (!bot) return;
      try {
        const path = Routes.guildMember(guildId, bot.userId);
        const member = readMember(await readWithRetry(() => bot.rest.get(path), retry, signal));
        bot.roleIds = [...member.roleIds];
      } catch (err) {
        if (err instanceof DiscordAPIError && ABSENT.has(err.code)) bot.roleIds = [];
        else if (!signal.aborted) log.warn({ err, guildId }, "the guild's own bot could not be looked at");
      }
    },

    memberOf(guildId) {
      const bot = bots.get(guildId);
      return bot?.roleIds ? { discordId: bot.userId, roleIds: bot.roleIds } : null;
    },

    saw(guildId, { discordId, roleIds }) {
      const bot = bots.get(guildId);
      if (bot?.userId !== discordId) return false;
      bot.roleIds = [...roleIds];
      return true;
    },

    userIdOf: (guildId) => bots.get(guildId)?.userId ?? null,
    isRefused: (guildId) => (bots.get(guildId)?.rest.problem() ?? null) !== null,
  };
}

const user = z.object({ id: z.string(), bot: z.boolean().nullish() });

const ABSENT: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.UnknownMember,
  RESTJSONErrorCodes.UnknownUser,
  RESTJSONErrorCodes.UnknownGuild,
  RESTJSONErrorCodes.MissingAccess,
]);

/** What Discord's refusal means; that it faltered is something else. The error itself holds the request, so it stays here. */
function inWords(words: string) {
  return (error: unknown): never => {
    if (error instanceof DiscordAPIError && !isPassing(error)) throw refused(words);
    return faltered(error);
  };
}

function faltered(error: unknown): never {
  if (!isPassing(error)) throw error;
  throw new AppError('discord_unavailable', 'Discord does not answer right now. Nothing was changed. Try again.');
}

function refused(words: string): AppError {
  return new AppError('bot_token_refused', words);
}

const NO_TOKEN =
  'Discord does not know this as the token of a bot. Copy it from the developer portal (Bot > Reset Token).';
const OURS =
  'This is the token of Rolewright itself, which works in this server without it. Set the token of another bot, or none.';
const NOT_THERE = 'The bot of this token is not in this server. Invite it first, then set its token.';
const NO_INTENT =
  'The bot of this token may not list the members. Turn on the Server Members intent in the developer portal (Bot > Privileged Gateway Intents).';

import type { Client } from 'discord.js';
import { createAttachments } from '../discord/attachments.ts';
import { createGuildBots } from '../discord/guild-bots.ts';
import { createGuildReader } from '../discord/guild-reader.ts';
import { BAD_GUILD_TOKEN, createRest, steadyNow } from '../discord/rest.ts';
import { createSession } from '../discord/session.ts';
import type { Base } from './base.ts';

/** The ways to Discord: the gateway, REST with the bot's token and with those of guilds that bring their own bot. */
export function createDiscord({ config, globalLimit, metrics, retry, signal, log }: Base, createClient: () => Client) {
  const limits = { globalLimit, steady: steadyNow, observer: metrics };
  const rest = createRest(config.discord, limits);
  const session = createSession({ token: config.discord.botToken, createClient, log: log('gateway') });
  const guildBots = createGuildBots({
    main: rest,
    restOf: (botToken) => createRest({ ...config.discord, botToken }, { ...limits, badToken: BAD_GUILD_TOKEN }),
    log: log('guild bots'),
    retry,
    signal,
  });
  const gateway = { client: session.client, retry, signal };
  return {
    rest,
    session,
    guildBots,
    /** With each guild's own bot, where it has one. */
    guilds: createGuildReader({ ...gateway, rest: guildBots.rest, ownBotOf: guildBots.memberOf }),
    /** With the operator's bot alone. */
    guildsByMainBot: createGuildReader({ ...gateway, rest }),
    attachments: createAttachments({ ...config.discord, isProduction: config.environment === 'production' }),

    gatewayNow(): { isUp: boolean; pingMs: number | null } {
      const pingMs = session.client()?.ws.ping ?? -1;
      return { isUp: session.problem() === null, pingMs: pingMs < 0 ? null : pingMs };
    },
  };
}

export type Discord = ReturnType<typeof createDiscord>;

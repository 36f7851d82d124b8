import { Client, GatewayIntentBits, Options } from 'discord.js';
import type { Config } from '../config.ts';

/**
 * A client that keeps guilds, roles and the bot's own member, and no other member or user: members are read when they
 * are needed, so a guild of 100,000 costs no memory.
 */
export function createClient({ apiUrl }: Pick<Config['discord'], 'apiUrl'>): Client {
  const client: Client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers, GatewayIntentBits.GuildModeration],
    rest: { api: apiUrl },
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      PresenceManager: 0,
      ReactionManager: 0,
      VoiceStateManager: 0,
      UserManager: { maxSize: 0, keepOverLimit: (user) => user.id === client.user?.id },
      GuildMemberManager: { maxSize: 0, keepOverLimit: (member) => member.id === client.user?.id },
    }),
  });
  return client;
}

import { AppError } from '../../src/errors.ts';
import type { OwnBots } from '../../src/sync/ports.ts';

/** The guilds' own bots, behind their port: tokens that are good are in `good`, with whose they are. */
export interface FakeOwnBots extends OwnBots {
  good: Map<string, string>;
  working: Map<string, { token: string; userId: string }>;
  refused: Set<string>;
  isDiscordDown: boolean;
}

export function createFakeOwnBots(): FakeOwnBots {
  const bots: FakeOwnBots = {
    good: new Map(),
    working: new Map(),
    refused: new Set(),
    isDiscordDown: false,
    async check(_, token) {
      if (bots.isDiscordDown) throw new AppError('discord_unavailable', 'Discord does not answer right now.');
      const userId = bots.good.get(token);
      if (userId === undefined) throw new AppError('bot_token_refused', 'Discord does not know this token.');
      return { userId };
    },
    use(guildId, bot) {
      if (bot) bots.working.set(guildId, bot);
      else bots.working.delete(guildId);
    },
    refresh: async () => undefined,
    userIdOf: (guildId) => bots.working.get(guildId)?.userId ?? null,
    isRefused: (guildId) => bots.refused.has(guildId),
  };
  return bots;
}

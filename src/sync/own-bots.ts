import type { Logger } from 'pino';
import type { GuildStore } from '../db/guild-store.ts';
import { botTokenRow } from './guild-configs.ts';
import type { OwnBots } from './ports.ts';

/** Sets the guilds' own bots to work again at start. One whose token cannot be read leaves its guild to the operator's. */
export async function wakeOwnBots(parts: {
  settings: Pick<GuildStore, 'botTokens'>;
  /** Opens what was sealed for a row. */
  open(jwe: string, rowId: string): Promise<string>;
  ownBots: Pick<OwnBots, 'use'>;
  log: Pick<Logger, 'error'>;
}): Promise<void> {
  for (const { guildId, botToken, botUserId } of await parts.settings.botTokens()) {
    try {
      const token = await parts.open(botToken, botTokenRow(guildId));
      if (botUserId !== null) parts.ownBots.use(guildId, { token, userId: botUserId });
    } catch (err) {
      parts.log.error({ err, guildId }, "the token of a guild's own bot cannot be read");
    }
  }
}

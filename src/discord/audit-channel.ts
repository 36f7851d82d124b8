import { randomBytes } from 'node:crypto';
import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import type { GuildStore } from '../db/guild-store.ts';
import type { Retry } from '../sync/converge.ts';
import type { AuditChannel, Notice } from '../sync/notices.ts';
import type { GuildReader } from '../sync/ports.ts';
import { noticeMessage } from './notice-words.ts';
import { readWithRetry, type DiscordRest } from './rest.ts';

export interface AuditChannelParts {
  rest: Pick<DiscordRest, 'post'>;
  settings: Pick<GuildStore, 'find'>;
  guilds: Pick<GuildReader, 'guild'>;
  log: Pick<Logger, 'warn'>;
  retry?: Retry;
  /** Ends the retries; give the signal of the shutdown. */
  signal?: AbortSignal;
}

/** Posts notices to the channel that a guild's admins chose, as the bot; `tell` settles when Discord has taken it, or will not. */
export function createAuditChannel({
  rest,
  settings,
  guilds,
  log,
  retry = { retries: 3, baseMs: 2000 },
  signal = new AbortController().signal,
}: AuditChannelParts): AuditChannel {
  /** By guild the channel that could not be written to: it is logged once, until it works or another one is chosen. */
  const closed = new Map<string, string>();

  async function post(guildId: string, channelId: string, notice: Notice): Promise<void> {
    const route = Routes.channelMessages(channelId);
    // With the nonce Discord takes a message once, though it be sent again after an answer that was lost.
    const nonce = randomBytes(12).toString('base64url');
    const body = { ...noticeMessage(notice), allowed_mentions: { parse: [] }, nonce, enforce_nonce: true };
    try {
      await readWithRetry(() => rest.post(route, { body }), retry, signal);
      closed.delete(guildId);
    } catch (err) {
      if (isClosed(err)) {
        if (closed.get(guildId) === channelId) return;
        closed.set(guildId, channelId);
      }
      log.warn({ err, guildId, channelId, notice: notice.kind }, 'the audit channel could not be told');
    }
  }

  return {
    async tell(guildId, notice) {
      try {
        const channelId = (await settings.find(guildId))?.auditChannelId;
        if (!channelId || !guilds.guild(guildId)) return;
        await post(guildId, channelId, notice);
      } catch (err) {
        log.warn({ err, guildId, notice: notice.kind }, 'the audit channel could not be told');
      }
    },
  };
}

/** The channel is gone, or the bot may not write there. */
function isClosed(error: unknown): boolean {
  const codes: unknown[] = [
    RESTJSONErrorCodes.UnknownChannel,
    RESTJSONErrorCodes.UnknownGuild,
    RESTJSONErrorCodes.MissingAccess,
    RESTJSONErrorCodes.MissingPermissions,
  ];
  return error instanceof DiscordAPIError && codes.includes(error.code);
}

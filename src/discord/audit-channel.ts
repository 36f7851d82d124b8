import { randomBytes } from 'node:crypto';
import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { GuildStore } from '../db/guild-store.ts';
import type { Retry } from '../sync/converge.ts';
import type { AuditChannel, Notice } from '../sync/notices.ts';
import type { GuildReader } from '../sync/ports.ts';
import { createBatches, type Patience } from './batches.ts';
import { driftMessage, noticeMessage, type NoticeMessage } from './notice-words.ts';
import { readWithRetry, type DiscordRest } from './rest.ts';

export interface AuditChannelParts {
  rest: Pick<DiscordRest, 'post' | 'patch'>;
  settings: Pick<GuildStore, 'find'>;
  guilds: Pick<GuildReader, 'guild'>;
  log: Pick<Logger, 'warn'>;
  retry?: Retry;
  /** How long notices of drift wait for others, to be one message. */
  together?: Patience;
  /** Ends retries and waiting; give the signal of the shutdown. */
  signal?: AbortSignal;
}

type Held = Extract<Notice, { kind: 'held' }>;
type Drift = Extract<Notice, { kind: 'drift' }>;

/** Where a message of that kind goes. */
interface Address {
  guildId: string;
  channelId: string;
  kind: Notice['kind'];
}

/** The message about a held run, which follows what joins it. */
interface HeldMessage {
  runId: string;
  channelId: string;
  /** null: not posted yet. */
  id: string | null;
  latest: Held;
  sending: Promise<void> | null;
}

const posted = z.object({ id: z.string() });

/**
 * Posts notices to the channel that a guild's admins chose, as the bot; `tell` settles when Discord has taken it, or
 * will not. Notices of drift that come shortly after one another are one message.
 */
export function createAuditChannel({
  rest,
  settings,
  guilds,
  log,
  retry = { retries: 3, baseMs: 2000 },
  together = { quietMs: 2000, longestMs: 10_000 },
  signal = new AbortController().signal,
}: AuditChannelParts): AuditChannel {
  /** By guild the channel that could not be written to: it is logged once, until it works or another one is chosen. */
  const closed = new Map<string, string>();
  const heldMessages = new Map<string, HeldMessage>();

  /** Writes a new message, or that one anew; its id, or null where Discord did not take it. */
  async function write(
    { guildId, channelId, kind }: Address,
    message: NoticeMessage,
    id: string | null,
  ): Promise<string | null> {
    const said = { content: '', ...message, allowed_mentions: { parse: [] } };
    // With the nonce Discord takes a message once, though it be sent again after an answer that was lost.
    const once = { nonce: randomBytes(12).toString('base64url'), enforce_nonce: true };
    const send = () =>
      id === null
        ? rest.post(Routes.channelMessages(channelId), { body: { ...said, ...once } })
        : rest.patch(Routes.channelMessage(channelId, id), { body: said });
    try {
      // While Rolewright stops there is time for one try.
      const answer = posted.parse(await (signal.aborted ? send() : readWithRetry(send, retry, signal)));
      closed.delete(guildId);
      return answer.id;
    } catch (err) {
      if (id !== null && hasCode(err, [RESTJSONErrorCodes.UnknownMessage])) {
        return write({ guildId, channelId, kind }, message, null);
      }
      if (hasCode(err, CLOSED)) {
        if (closed.get(guildId) === channelId) return null;
        closed.set(guildId, channelId);
      }
      log.warn({ err, guildId, channelId, notice: kind }, 'the audit channel could not be told');
      return null;
    }
  }

  /** One message a held run: what joins the run while it is being written is shown by the next edit. */
  async function showHeld(guildId: string, channelId: string, notice: Held): Promise<void> {
    const before = heldMessages.get(guildId);
    const isSame = before?.runId === notice.runId && before.channelId === channelId;
    const message = isSame ? before : { runId: notice.runId, channelId, id: null, latest: notice, sending: null };
    heldMessages.set(guildId, message);
    message.latest = notice;
    message.sending ??= keepUp(guildId, message).finally(() => {
      message.sending = null;
    });
    await message.sending;
  }

  async function keepUp(guildId: string, message: HeldMessage): Promise<void> {
    let shown: Held | null = null;
    while (shown !== message.latest) {
      shown = message.latest;
      const address = { guildId, channelId: message.channelId, kind: shown.kind };
      message.id = await write(address, noticeMessage(shown), message.id);
    }
  }

  /** Does it in the guild's channel, if there is one. Whatever goes wrong is logged. */
  async function inChannel(
    guildId: string,
    kind: Notice['kind'],
    post: (address: Address) => Promise<unknown>,
  ): Promise<void> {
    try {
      const channelId = (await settings.find(guildId))?.auditChannelId;
      if (channelId && guilds.guild(guildId)) await post({ guildId, channelId, kind });
    } catch (err) {
      log.warn({ err, guildId, notice: kind }, 'the audit channel could not be told');
    }
  }

  const tellDrift = createBatches<Drift>(together, signal, (guildId, notices) =>
    inChannel(guildId, 'drift', (address) => write(address, driftMessage(notices), null)),
  );

  return {
    async tell(guildId, notice) {
      const { kind } = notice;
      if (kind === 'drift') return tellDrift(guildId, notice);
      if (kind === 'held') return inChannel(guildId, kind, ({ channelId }) => showHeld(guildId, channelId, notice));
      await inChannel(guildId, kind, (address) => write(address, noticeMessage(notice), null));
    },
  };
}

/** The channel is gone, or the bot may not write there. */
const CLOSED = [
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.UnknownGuild,
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
];

function hasCode(error: unknown, codes: readonly unknown[]): boolean {
  return error instanceof DiscordAPIError && codes.includes(error.code);
}

import { randomBytes } from 'node:crypto';
import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { GuildStore, StoredGuild } from '../db/guild-store.ts';
import type { Run, RunStore } from '../db/run-store.ts';
import type { Retry } from '../sync/converge.ts';
import type { AuditChannel, Notice } from '../sync/notices.ts';
import type { GuildReader } from '../sync/ports.ts';
import { createBatches, type Patience } from './batches.ts';
import { createHeldMessages } from './held-messages.ts';
import { driftMessage, noticeMessage, type NoticeMessage } from './notice-words.ts';
import { readWithRetry, type DiscordRest } from './rest.ts';
import { createRunLog } from './run-log.ts';

export interface AuditChannelParts {
  rest: Pick<DiscordRest, 'post' | 'patch'>;
  settings: Pick<GuildStore, 'find'>;
  guilds: Pick<GuildReader, 'guild'>;
  /** Tells what runs changed. */
  runs: Pick<RunStore, 'changesOf'>;
  log: Pick<Logger, 'warn'>;
  retry?: Retry;
  /** How long notices of drift, and of single members' syncs, wait for others, to be one message. */
  together?: Patience;
  /** Ends retries and waiting; give the signal of the shutdown. */
  signal?: AbortSignal;
}

type Drift = Extract<Notice, { kind: 'drift' }>;

/** Where a message of that kind goes. */
export interface Address {
  guildId: string;
  channelId: string;
  /** What the guild chose it as. */
  as: 'audit' | 'notification';
  kind: Notice['kind'];
}

const posted = z.object({ id: z.string() });

/** Writes a new message, or that one anew; its id, or null where Discord did not take it. */
export type Write = (address: Address, message: NoticeMessage, id: string | null) => Promise<string | null>;

/**
 * Posts notices to the channels that a guild's admins chose, as the bot; `tell` settles when Discord has taken it, or
 * will not. Notices of drift, and of single members' syncs, that come shortly after one another are one message.
 */
export function createAuditChannel({
  rest,
  settings,
  guilds,
  runs,
  log,
  retry = { retries: 3, baseMs: 2000 },
  together = { quietMs: 2000, longestMs: 10_000 },
  signal = new AbortController().signal,
}: AuditChannelParts): AuditChannel {
  /** By guild and what it was chosen as the channel that could not be written to: it is logged once, until it works or another one is chosen. */
  const closed = new Map<string, string>();

  const write: Write = async (address, message, id) => {
    const { guildId, channelId, as, kind } = address;
    const place = `${guildId}:${as}`;
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
      closed.delete(place);
      return answer.id;
    } catch (err) {
      if (id !== null && hasCode(err, [RESTJSONErrorCodes.UnknownMessage])) {
        return write(address, message, null);
      }
      if (hasCode(err, CLOSED)) {
        if (closed.get(place) === channelId) return null;
        closed.set(place, channelId);
      }
      log.warn({ err, guildId, channelId, notice: kind }, 'the audit channel could not be told');
      return null;
    }
  };

  /** Does it in the first of the guild's channels that takes it, if there is one. Whatever goes wrong is logged. */
  async function inChannel(
    guildId: string,
    kind: Notice['kind'],
    post: (address: Address) => Promise<string | null>,
  ): Promise<void> {
    try {
      const chosen = await settings.find(guildId);
      if (!chosen || !guilds.guild(guildId)) return;
      for (const place of channelsFor(kind, chosen)) if ((await post({ guildId, kind, ...place })) !== null) return;
    } catch (err) {
      log.warn({ err, guildId, notice: kind }, 'the audit channel could not be told');
    }
  }

  const tellDrift = createBatches<Drift>(together, signal, (guildId, notices) =>
    inChannel(guildId, 'drift', (address) => write(address, driftMessage(notices), null)),
  );
  const heldMessages = createHeldMessages(write);
  const runLog = createRunLog({ runs, write });
  const tellRuns = createBatches<Run>(together, signal, (guildId, ended) =>
    inChannel(guildId, 'run', (address) => runLog.tell(address, ended)),
  );

  return {
    async tell(guildId, notice) {
      const { kind } = notice;
      if (kind === 'drift') return tellDrift(guildId, notice);
      if (kind === 'held') return inChannel(guildId, kind, (address) => heldMessages.show(address, notice));
      if (kind === 'decided') return inChannel(guildId, kind, () => heldMessages.settle(notice));
      if (kind !== 'run') return inChannel(guildId, kind, (address) => write(address, noticeMessage(notice), null));
      if (notice.run.type === 'user') return tellRuns(guildId, notice.run);
      await inChannel(guildId, kind, (address) => runLog.tell(address, [notice.run]));
    },
  };
}

/** What admins must act on, and that it is over. */
function isProblem(kind: Notice['kind']): boolean {
  return kind === 'held' || kind === 'paused' || kind === 'resumed' || kind === 'doctor';
}

/** The channels that may hear of it, the better one first. */
function channelsFor(
  kind: Notice['kind'],
  { notificationChannelId, auditChannelId }: Pick<StoredGuild, 'notificationChannelId' | 'auditChannelId'>,
): Pick<Address, 'channelId' | 'as'>[] {
  const forProblems = isProblem(kind) && notificationChannelId !== auditChannelId ? notificationChannelId : null;
  return [
    ...(forProblems === null ? [] : [{ channelId: forProblems, as: 'notification' } as const]),
    ...(auditChannelId === null ? [] : [{ channelId: auditChannelId, as: 'audit' } as const]),
  ];
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

import { decisionEmbed } from '../decision-sentences.ts';
import type { Notice } from '../sync/notices.ts';
import type { Address, Write } from './audit-channel.ts';
import { noticeMessage, type NoticeMessage } from './notice-words.ts';

type Held = Extract<Notice, { kind: 'held' }>;
type Decided = Extract<Notice, { kind: 'decided' }>;

/** The message about a held run, which follows what joins it, and what is decided. */
interface HeldMessage {
  address: Address;
  /** null: not posted yet. */
  id: string | null;
  held: Held;
  latest: Held | Decided;
  sending: Promise<void> | null;
}

/** One message a held run: what joins the run while it is being written is shown by the next edit. */
export function createHeldMessages(write: Write) {
  /** By guild and channel. */
  const messages = new Map<string, HeldMessage>();

  async function keepUp(message: HeldMessage): Promise<void> {
    let shown: Held | Decided | null = null;
    while (shown !== message.latest) {
      shown = message.latest;
      // Where nobody was asked, nobody need hear the answer.
      if (shown.kind === 'held' || message.id !== null) {
        message.id = await write(message.address, wordsOf(shown, message.held), message.id);
      }
    }
  }

  async function send(message: HeldMessage): Promise<void> {
    message.sending ??= keepUp(message).finally(() => {
      message.sending = null;
    });
    await message.sending;
  }

  return {
    /** The id of the message; null where Discord did not take it. */
    async show(address: Address, held: Held): Promise<string | null> {
      const key = `${address.guildId}:${address.channelId}`;
      const before = messages.get(key);
      const isSame = before?.held.runId === held.runId;
      const message = isSame ? before : { address, id: null, held, latest: held, sending: null };
      messages.set(key, message);
      Object.assign(message, { held, latest: held });
      await send(message);
      return message.id;
    },

    /** Shows in the run's message what was decided and what comes of it; its id, or null where it is not known. */
    async settle(decided: Decided): Promise<string | null> {
      for (const [key, message] of messages) {
        if (message.held.runId !== decided.run.id) continue;
        message.latest = decided;
        await send(message);
        // An approval that is on its way has more to tell.
        if (decided.run.status !== 'running' && messages.get(key) === message) messages.delete(key);
        return message.id;
      }
      return null;
    },
  };
}

function wordsOf(notice: Held | Decided, { changes }: Held): NoticeMessage {
  return notice.kind === 'held'
    ? noticeMessage(notice)
    : { embeds: [decisionEmbed(notice.run, changes)], components: [] };
}

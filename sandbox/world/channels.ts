import { AuditLogEvent, ChannelType } from 'discord-api-types/v10';
import { messagePayload } from '../message-payload.ts';
import { channelPayload } from '../payloads.ts';
import type { Attachment, Channel, Message } from '../records.ts';
import { recordAudit } from './audit-log.ts';
import { guildOf, must, userOf, type Actor, type WorldState } from './state.ts';

export type NewMessage = Pick<Message, 'authorId'> & Partial<Message>;

/** Channels, DMs and what is written in them. */
export function channelActions(state: WorldState) {
  function channel(channelId: string): Channel | undefined {
    const dm = state.dms.get(channelId);
    if (dm) return dm;
    for (const guild of state.guilds.values()) {
      const found = guild.channels.get(channelId);
      if (found) return found;
    }
    return undefined;
  }

  /** Where a channel's events go: its guild, or the bots among a DM's recipients. */
  function tell(type: string, place: Channel, data: () => object): void {
    if (place.guildId !== null) {
      state.publish(type, { guildId: place.guildId, channelId: place.id }, data);
      return;
    }
    for (const { id, botId } of state.applications.values()) {
      if (place.recipientIds.includes(botId)) state.publish(type, { applicationId: id, channelId: place.id }, data);
    }
  }

  return {
    channel,

    addChannel(guildId: string, given: Partial<Channel> = {}, actor: Actor = {}): Channel {
      const guild = guildOf(state, guildId);
      const added: Channel = {
        type: ChannelType.GuildText,
        name: 'general',
        topic: null,
        position: guild.channels.size,
        parentId: null,
        overwrites: [],
        recipientIds: [],
        messages: new Map(),
        ...given,
        id: given.id ?? state.newId(),
        guildId,
      };
      guild.channels.set(added.id, added);
      tell('CHANNEL_CREATE', added, () => channelPayload(added));
      recordAudit(state, guild, actor, { targetId: added.id, actionType: AuditLogEvent.ChannelCreate, changes: [] });
      return added;
    },

    editChannel(channelId: string, change: Partial<Pick<Channel, 'name' | 'topic' | 'overwrites' | 'position'>>): void {
      const changed = Object.assign(must(channel(channelId), `channel ${channelId}`), change);
      tell('CHANNEL_UPDATE', changed, () => channelPayload(changed));
    },

    deleteChannel(channelId: string, actor: Actor = {}): void {
      const gone = must(channel(channelId), `channel ${channelId}`);
      state.dms.delete(channelId);
      if (gone.guildId === null) return;
      const guild = guildOf(state, gone.guildId);
      guild.channels.delete(channelId);
      tell('CHANNEL_DELETE', gone, () => channelPayload(gone));
      recordAudit(state, guild, actor, { targetId: channelId, actionType: AuditLogEvent.ChannelDelete, changes: [] });
    },

    /** The DM channel between two users, made at first need. */
    openDm(userId: string, otherId: string): Channel {
      const open = [...state.dms.values()].find(
        ({ recipientIds }) => recipientIds.includes(userId) && recipientIds.includes(otherId),
      );
      if (open) return open;
      const dm: Channel = {
        id: state.newId(),
        type: ChannelType.DM,
        guildId: null,
        name: null,
        topic: null,
        position: 0,
        parentId: null,
        overwrites: [],
        recipientIds: [userId, otherId],
        messages: new Map(),
      };
      state.dms.set(dm.id, dm);
      return dm;
    },

    /** Writes a message. `isHidden` makes one that the channel never shows (ephemeral). */
    addMessage(channelId: string, given: NewMessage, isHidden = false): Message {
      const place = must(channel(channelId), `channel ${channelId}`);
      const message: Message = {
        applicationId: null,
        content: '',
        embeds: [],
        components: [],
        attachments: [],
        flags: 0,
        editedAt: null,
        interaction: null,
        referenceId: null,
        ...given,
        id: given.id ?? state.newId(),
        channelId,
        guildId: place.guildId,
        timestamp: state.now(),
      };
      userOf(state, message.authorId);
      if (isHidden) return message;
      place.messages.set(message.id, message);
      tell('MESSAGE_CREATE', place, () => messagePayload(state, message));
      return message;
    },

    editMessage(message: Message, change: Partial<Message>): Message {
      Object.assign(message, change, { editedAt: state.now() });
      const place = channel(message.channelId);
      if (place?.messages.has(message.id)) tell('MESSAGE_UPDATE', place, () => messagePayload(state, message));
      return message;
    },

    deleteMessage(channelId: string, messageId: string): void {
      const place = must(channel(channelId), `channel ${channelId}`);
      if (!place.messages.delete(messageId)) return;
      tell('MESSAGE_DELETE', place, () => ({
        id: messageId,
        channel_id: channelId,
        ...(place.guildId !== null && { guild_id: place.guildId }),
      }));
    },

    /** A file somebody uploaded; it is served under /attachments of the Discord port. */
    addAttachment(given: Omit<Attachment, 'id'>): Attachment {
      const attachment = { ...given, id: state.newId() };
      state.attachments.set(attachment.id, attachment);
      return attachment;
    },
  };
}

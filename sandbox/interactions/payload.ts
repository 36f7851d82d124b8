import type { Json } from '../json.ts';
import { messagePayload } from '../message-payload.ts';
import { channelPayload, memberPayload, resolvedChannelPayload, userPayload } from '../payloads.ts';
import { channelPermissions, guildPermissions } from '../permissions.ts';
import type { Channel, Guild, Member } from '../records.ts';
import type { World } from '../world.ts';
import type { InteractionRecord } from './record.ts';
import { must } from '../world/state.ts';

/** Where an interaction happens and who does it. */
export interface Scene {
  readonly guild: Guild | null;
  readonly member: Member | null;
  readonly channel: Channel;
}

/** INTERACTION_CREATE with all the fields discord.js reads. */
export function interactionPayload(world: World, record: InteractionRecord, scene: Scene, data: Json): object {
  const { guild, member, channel } = scene;
  const user = must(world.users.get(record.userId), `user ${record.userId}`);
  const base = {
    id: record.id,
    application_id: record.application.id,
    type: record.type,
    token: record.token,
    version: 1,
    data,
    channel_id: channel.id,
    locale: user.locale,
    entitlements: [],
    entitlement_sku_ids: [],
    attachment_size_limit: 10_485_760,
    ...(record.source && { message: messagePayload(world, record.source) }),
  };
  if (!guild || !member) {
    const recipients = channel.recipientIds.flatMap((id) => world.users.get(id) ?? []).map(userPayload);
    return {
      ...base,
      user: userPayload(user),
      channel: { ...channelPayload(channel), recipients },
      app_permissions: (~0n & ((1n << 50n) - 1n)).toString(),
      authorizing_integration_owners: { 0: '0' },
      context: 1,
    };
  }
  const bot = guild.members.get(record.application.botId);
  const now = world.now();
  return {
    ...base,
    guild_id: guild.id,
    guild: { id: guild.id, locale: 'en-US', features: guild.features },
    guild_locale: 'en-US',
    channel: resolvedChannelPayload(guild, member, channel, now),
    member: { ...memberPayload(user, member), permissions: permissionsIn(guild, member, channel, now) },
    app_permissions: bot ? permissionsIn(guild, bot, channel, now) : '0',
    authorizing_integration_owners: { 0: guild.id },
    context: 0,
  };
}

function permissionsIn(guild: Guild, member: Member, channel: Channel, now: number): string {
  return (guildPermissions(guild, member, now) | channelPermissions(guild, member, channel, now)).toString();
}

import { channelPermissions, guildPermissions } from './permissions.ts';
import type { AuditEntry, Channel, Guild, Member, Role, User } from './records.ts';

/** World objects as Discord writes them, with every field the documentation calls required. */
export function userPayload(user: User) {
  return {
    id: user.id,
    username: user.username,
    avatar: user.avatar,
    discriminator: '0',
    public_flags: 0,
    flags: 0,
    banner: null,
    accent_color: null,
    global_name: user.globalName,
    avatar_decoration_data: null,
    collectibles: null,
    primary_guild: null,
    ...(user.bot && { bot: true }),
  };
}

/** `GET /users/@me`: what a user (or bot) may see of itself. */
export function ownUserPayload(user: User, withEmail: boolean) {
  return {
    ...userPayload(user),
    mfa_enabled: user.mfaEnabled,
    locale: user.locale,
    premium_type: 0,
    ...(withEmail && { email: user.email, verified: true }),
  };
}

export function rolePayload(role: Role) {
  return {
    id: role.id,
    name: role.name,
    description: null,
    permissions: role.permissions.toString(),
    position: role.position,
    color: role.color,
    colors: { primary_color: role.color, secondary_color: null, tertiary_color: null },
    hoist: role.hoist,
    managed: role.managed,
    mentionable: role.mentionable,
    icon: null,
    unicode_emoji: null,
    flags: role.flags,
    ...(role.tags && { tags: role.tags }),
  };
}

/** A member with his user; `roles` never holds @everyone. */
export function memberPayload(user: User, member: Member) {
  return { ...bareMemberPayload(member), user: userPayload(user) };
}

export function bareMemberPayload(member: Member) {
  return {
    avatar: member.avatar,
    banner: null,
    communication_disabled_until: timestamp(member.communicationDisabledUntil),
    flags: member.flags,
    joined_at: timestamp(member.joinedAt),
    nick: member.nick,
    pending: member.pending,
    premium_since: timestamp(member.premiumSince),
    roles: [...member.roles],
    mute: member.mute,
    deaf: member.deaf,
  };
}

export function channelPayload(channel: Channel) {
  const base = {
    id: channel.id,
    type: channel.type,
    flags: 0,
    last_message_id: [...channel.messages.keys()].at(-1) ?? null,
  };
  if (channel.guildId === null) return base;
  return {
    ...base,
    guild_id: channel.guildId,
    name: channel.name,
    topic: channel.topic,
    position: channel.position,
    parent_id: channel.parentId,
    nsfw: false,
    rate_limit_per_user: 0,
    permission_overwrites: channel.overwrites.map(({ id, type, allow, deny }) => ({
      id,
      type,
      allow: allow.toString(),
      deny: deny.toString(),
    })),
  };
}

/** A channel inside an interaction: with what the invoking member may do there. */
export function resolvedChannelPayload(guild: Guild, member: Member, channel: Channel, now: number): object {
  const permissions = channelPermissions(guild, member, channel, now).toString();
  return { ...channelPayload(channel), permissions };
}

/** `GET /guilds/{id}`. */
export function guildPayload(guild: Guild, withCounts = false) {
  return {
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    description: null,
    home_header: null,
    splash: null,
    discovery_splash: null,
    features: guild.features,
    banner: null,
    owner_id: guild.ownerId,
    application_id: null,
    region: 'deprecated',
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    system_channel_flags: 0,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: 0,
    roles: [...guild.roles.values()].map(rolePayload),
    default_message_notifications: 0,
    mfa_level: guild.mfaLevel,
    explicit_content_filter: 0,
    max_presences: null,
    max_members: 500_000,
    max_stage_video_channel_users: 50,
    max_video_channel_users: 25,
    vanity_url_code: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    preferred_locale: 'en-US',
    rules_channel_id: null,
    safety_alerts_channel_id: null,
    public_updates_channel_id: null,
    hub_type: null,
    premium_progress_bar_enabled: false,
    premium_progress_bar_enabled_user_updated_at: null,
    latest_onboarding_question_id: null,
    nsfw: false,
    nsfw_level: 0,
    emojis: [],
    stickers: [],
    incidents_data: null,
    inventory_settings: null,
    embed_enabled: false,
    embed_channel_id: null,
    ...(withCounts && { approximate_member_count: guild.members.size, approximate_presence_count: guild.members.size }),
  };
}

/** The dispatch a bot gets for a guild; without presences it holds only the bot itself. */
export function guildCreatePayload(guild: Guild, bot: Member, members: object[]) {
  return {
    ...guildPayload(guild),
    joined_at: timestamp(bot.joinedAt),
    large: guild.members.size > 50,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members,
    channels: [...guild.channels.values()].map(channelPayload),
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

/** One entry of `GET /users/@me/guilds`. */
export function ownGuildPayload(guild: Guild, member: Member, now: number, withCounts: boolean): object {
  return {
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    banner: null,
    owner: guild.ownerId === member.userId,
    permissions: guildPermissions(guild, member, now).toString(),
    features: guild.features,
    ...(withCounts && { approximate_member_count: guild.members.size, approximate_presence_count: guild.members.size }),
  };
}

export function auditEntryPayload(entry: AuditEntry) {
  return {
    id: entry.id,
    user_id: entry.userId,
    target_id: entry.targetId,
    action_type: entry.actionType,
    ...(entry.changes.length > 0 && { changes: entry.changes }),
    ...(entry.options && { options: entry.options }),
    ...(entry.reason !== null && { reason: entry.reason }),
  };
}

/** ISO 8601 with microseconds and offset, as Discord writes times. */
export function timestampOf(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000+00:00');
}

export function timestamp(ms: number | null): string | null {
  return ms === null ? null : timestampOf(ms);
}

import { AuditLogEvent, GuildMemberFlags } from 'discord-api-types/v10';
import { memberPayload, timestamp, userPayload } from '../payloads.ts';
import type { Guild, Member, User } from '../records.ts';
import { compareSnowflakes, indexAfter } from '../snowflakes.ts';
import { changesBetween, recordAudit } from './audit-log.ts';
import { publishGuildCreate } from './guilds.ts';
import { guildOf, memberOf, must, userOf, type Actor, type WorldState } from './state.ts';

export interface JoinOptions {
  pending?: boolean;
  roles?: Iterable<string>;
  nick?: string | null;
  /** DID_REJOIN comes by itself; with IS_GUEST there is no date of joining. */
  flags?: number;
  mute?: boolean;
  deaf?: boolean;
}

export type MemberChange = Partial<Omit<Member, 'userId' | 'joinedAt'>>;

/** Who is in a guild, and in what state. */
export function memberActions(state: WorldState) {
  function takeOut(guild: Guild, userId: string): void {
    const user = userOf(state, userId);
    const application = [...state.applications.values()].find(({ botId }) => botId === userId);
    if (application) {
      state.publish('GUILD_DELETE', { guildId: guild.id, applicationId: application.id }, () => ({ id: guild.id }));
    }
    guild.members.delete(userId);
    guild.formerMemberIds.add(userId);
    forgetOrder(guild, userId);
    state.publish('GUILD_MEMBER_REMOVE', { guildId: guild.id }, () => ({
      guild_id: guild.id,
      user: userPayload(user),
    }));
  }

  return {
    /** A user comes in. `pending`: Membership Screening is still before him. A banned user cannot. */
    join(guildId: string, userId: string, options: JoinOptions = {}): Member {
      const guild = guildOf(state, guildId);
      const user = userOf(state, userId);
      const present = guild.members.get(userId);
      if (present) return present;
      if (guild.bans.has(userId)) throw new Error(`user ${userId} is banned from guild ${guildId}`);
      const member = newMember(state.now(), guild, user, options);
      guild.members.set(userId, member);
      insertInOrder(guild, userId);
      state.publish('GUILD_MEMBER_ADD', { guildId }, () => ({ ...memberPayload(user, member), guild_id: guildId }));
      return member;
    },

    /** The owner adds the bot: it joins with its managed role (lowest, above @everyone, as Discord puts it). */
    completeJoinOfBot(guildId: string, applicationId: string, roleId: string, { by }: Actor = {}): Member {
      const guild = guildOf(state, guildId);
      const { botId } = must(state.applications.get(applicationId), `application ${applicationId}`);
      const member = newMember(state.now(), guild, userOf(state, botId), { roles: [roleId] });
      guild.members.set(botId, member);
      insertInOrder(guild, botId);
      publishGuildCreate(state, guild, applicationId);
      const action = { targetId: botId, actionType: AuditLogEvent.BotAdd, changes: [] };
      recordAudit(state, guild, { by: by ?? guild.ownerId }, action);
      return member;
    },

    /** Screening done: `pending` becomes false, and stays so. */
    completeScreening(guildId: string, userId: string): void {
      changeMember(state, guildOf(state, guildId), memberOf(state, guildId, userId), { pending: false });
    },

    leave(guildId: string, userId: string): void {
      takeOut(guildOf(state, guildId), memberOf(state, guildId, userId).userId);
    },

    kick(guildId: string, userId: string, actor: Actor = {}): void {
      const guild = guildOf(state, guildId);
      takeOut(guild, memberOf(state, guildId, userId).userId);
      recordAudit(state, guild, actor, { targetId: userId, actionType: AuditLogEvent.MemberKick, changes: [] });
    },

    ban(guildId: string, userId: string, actor: Actor = {}): void {
      const guild = guildOf(state, guildId);
      guild.bans.set(userId, actor.reason ?? null);
      if (guild.members.has(userId)) takeOut(guild, userId);
      const user = userOf(state, userId);
      state.publish('GUILD_BAN_ADD', { guildId }, () => ({ guild_id: guildId, user: userPayload(user) }));
      recordAudit(state, guild, actor, { targetId: userId, actionType: AuditLogEvent.MemberBanAdd, changes: [] });
    },

    unban(guildId: string, userId: string, actor: Actor = {}): void {
      const guild = guildOf(state, guildId);
      guild.bans.delete(userId);
      const user = userOf(state, userId);
      state.publish('GUILD_BAN_REMOVE', { guildId }, () => ({ guild_id: guildId, user: userPayload(user) }));
      recordAudit(state, guild, actor, { targetId: userId, actionType: AuditLogEvent.MemberBanRemove, changes: [] });
    },

    /** Any change of a member but his roles: nick, timeout, flags, boost. Logged when somebody did it. */
    editMember(guildId: string, userId: string, change: Omit<MemberChange, 'roles'>, actor: Actor = {}): Member {
      const guild = guildOf(state, guildId);
      const before = memberOf(state, guildId, userId);
      const after = changeMember(state, guild, before, change);
      recordMemberUpdate(state, guild, [before, after], actor);
      return after;
    },

    /** Changes the user object; every guild he is in reports a member update, as Discord's do. */
    editUser(userId: string, change: Partial<Pick<User, 'username' | 'globalName' | 'avatar' | 'acceptsDms'>>): void {
      Object.assign(userOf(state, userId), change);
      for (const guild of state.guilds.values()) {
        const member = guild.members.get(userId);
        if (member) publishMember(state, guild, member);
      }
    },

    /** The guild's member ids in ascending order; computed once, then kept up to date. */
    memberIdsInOrder(guild: Guild): readonly string[] {
      guild.sortedMemberIds ??= [...guild.members.keys()].sort(compareSnowflakes);
      return guild.sortedMemberIds;
    },
  };
}

/** Replaces a member's record (never changed in place, so that a snapshot stays one) and tells the gateway. */
export function changeMember(state: WorldState, guild: Guild, member: Member, change: MemberChange): Member {
  const changed = { ...member, ...change };
  guild.members.set(member.userId, changed);
  publishMember(state, guild, changed);
  return changed;
}

/** The audit entry of a changed nick, mute or timeout, if one changed. */
export function recordMemberUpdate(
  state: WorldState,
  guild: Guild,
  [before, after]: readonly [Member, Member],
  actor: Actor,
): void {
  const changes = changesBetween(audited(before), audited(after));
  if (changes.length === 0) return;
  recordAudit(state, guild, actor, { targetId: after.userId, actionType: AuditLogEvent.MemberUpdate, changes });
}

function audited({ nick, mute, deaf, communicationDisabledUntil }: Member) {
  return { nick, mute, deaf, communication_disabled_until: timestamp(communicationDisabledUntil) };
}

function publishMember(state: WorldState, guild: Guild, member: Member): void {
  state.publish('GUILD_MEMBER_UPDATE', { guildId: guild.id }, () => ({
    ...memberPayload(userOf(state, member.userId), member),
    guild_id: guild.id,
  }));
}

function newMember(now: number, guild: Guild, user: User, options: JoinOptions): Member {
  const { pending, roles, nick, mute = false, deaf = false } = options;
  const rejoined = guild.formerMemberIds.has(user.id) ? GuildMemberFlags.DidRejoin : 0;
  const flags = (options.flags ?? 0) | rejoined;
  const bypasses = Boolean(flags & GuildMemberFlags.BypassesVerification);
  return {
    userId: user.id,
    nick: nick ?? null,
    avatar: null,
    roles: new Set(roles),
    joinedAt: flags & GuildMemberFlags.IsGuest ? null : now,
    premiumSince: null,
    pending: (pending ?? false) && !user.bot && !bypasses,
    mute,
    deaf,
    communicationDisabledUntil: null,
    flags,
  };
}

function insertInOrder(guild: Guild, userId: string): void {
  const sorted = guild.sortedMemberIds;
  sorted?.splice(indexAfter(sorted, userId), 0, userId);
}

function forgetOrder(guild: Guild, userId: string): void {
  const sorted = guild.sortedMemberIds;
  sorted?.splice(indexAfter(sorted, userId) - 1, 1);
}

import { guildCreatePayload, guildPayload, memberPayload } from '../payloads.ts';
import { defaultPermissions } from '../permissions.ts';
import type { Guild, Role } from '../records.ts';
import { guildOf, must, userOf, type WorldState } from './state.ts';

export interface NewGuild {
  id?: string;
  name?: string;
  ownerId: string;
  features?: string[];
  mfaLevel?: 0 | 1;
  everyonePermissions?: bigint;
}

/** Guilds as such: making, changing, losing them. */
export function guildActions(state: WorldState) {
  return {
    /** A guild with its @everyone role; the owner is its first member. */
    addGuild(given: NewGuild): Guild {
      const id = given.id ?? state.newId();
      const everyone: Role = {
        id,
        name: '@everyone',
        permissions: given.everyonePermissions ?? defaultPermissions,
        position: 0,
        color: 0,
        hoist: false,
        managed: false,
        mentionable: false,
        tags: null,
        flags: 0,
      };
      const guild: Guild = {
        id,
        name: given.name ?? `guild ${id}`,
        icon: null,
        ownerId: userOf(state, given.ownerId).id,
        features: given.features ?? [],
        mfaLevel: given.mfaLevel ?? 0,
        unavailable: false,
        roles: new Map([[id, everyone]]),
        members: new Map(),
        formerMemberIds: new Set(),
        channels: new Map(),
        bans: new Map(),
        auditLog: [],
        sortedMemberIds: null,
      };
      state.guilds.set(id, guild);
      return guild;
    },

    editGuild(guildId: string, change: Partial<Pick<Guild, 'name' | 'ownerId' | 'mfaLevel' | 'features'>>): void {
      const guild = Object.assign(guildOf(state, guildId), change);
      state.publish('GUILD_UPDATE', { guildId }, () => guildPayload(guild));
    },

    /** An outage of one guild: bots see GUILD_DELETE with `unavailable`, later a GUILD_CREATE. */
    setUnavailable(guildId: string, unavailable: boolean): void {
      const guild = guildOf(state, guildId);
      guild.unavailable = unavailable;
      if (unavailable) {
        state.publish('GUILD_DELETE', { guildId }, () => ({ id: guildId, unavailable: true }));
        return;
      }
      for (const { id, botId } of state.applications.values()) {
        if (guild.members.has(botId)) publishGuildCreate(state, guild, id);
      }
    },

    /** The owner deletes the guild. */
    deleteGuild(guildId: string): void {
      state.publish('GUILD_DELETE', { guildId }, () => ({ id: guildId }));
      state.guilds.delete(guildId);
    },
  };
}

/** Tells one application of a guild it has just come into (or that came back). */
export function publishGuildCreate(state: WorldState, guild: Guild, applicationId: string): void {
  const application = must(state.applications.get(applicationId), `application ${applicationId}`);
  const bot = must(guild.members.get(application.botId), `bot ${application.botId} in guild ${guild.id}`);
  state.publish('GUILD_CREATE', { guildId: guild.id, applicationId }, () =>
    guildCreatePayload(guild, bot, [memberPayload(userOf(state, bot.userId), bot)]),
  );
}

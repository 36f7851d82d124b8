import type { Logger } from 'pino';
import { blocksOf, type RoleBlock } from '../core/doctor.ts';
import type { Member } from '../core/guild.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { GuildReader } from './ports.ts';
import type { Sync } from './sync.ts';

/** What happens in a guild. Events only say whom to look at again: a lost or doubled one costs nothing. */
export interface GuildEvents {
  /** The bot sees the guild: at start, after each new session, and when it is invited. */
  guildSeen(guildId: string, name: string): Promise<void>;
  /** A new session: these are all the guilds that the bot is in. */
  sessionReady(guildIds: readonly string[]): Promise<void>;
  /** The bot was removed from the guild. */
  guildLost(guildId: string): Promise<void>;
  /** Roles, their order, or the bot's own member changed: what was blocked may work now. */
  guildChanged(guildId: string): Promise<void>;
  roleDeleted(guildId: string, roleId: string): Promise<void>;
  memberJoined(guildId: string, member: Member): Promise<void>;
  memberChanged(guildId: string, member: Member): Promise<void>;
  memberLeft(guildId: string, discordId: string): Promise<void>;
}

export interface GuildEventsParts {
  sync: Pick<Sync, 'member' | 'guild' | 'left'>;
  guilds: Pick<GuildReader, 'guild'>;
  settings: GuildStore;
  mappings: Pick<MappingStore, 'ofGuild'>;
  grants: GrantStore;
  now: () => Date;
  log: Logger;
}

export function createGuildEvents(parts: GuildEventsParts): GuildEvents {
  /** Roles that the bot could not write when it last looked, by guild. */
  const blocked = new Map<string, ReadonlyMap<string, RoleBlock>>();

  /** Members who came back and are still pending: what they get back waits until they are not. */
  const rejoining = new Set<string>();

  function lookAtRoles(guildId: string): ReadonlyMap<string, RoleBlock> {
    const guild = parts.guilds.guild(guildId);
    const blocks = guild ? blocksOf(guild, guild.roles.keys()) : new Map<string, RoleBlock>();
    blocked.set(guildId, blocks);
    return blocks;
  }

  async function syncGuild(guildId: string, trigger: 'startup' | 'guild_event'): Promise<void> {
    const { status, errors } = await parts.sync.guild(guildId, { trigger, actor: null });
    parts.log.debug({ guildId, trigger, status, errors }, 'guild looked at');
  }

  return {
    async guildSeen(guildId, name) {
      await parts.settings.joined(guildId, name, parts.now());
      lookAtRoles(guildId);
      await syncGuild(guildId, 'startup');
    },

    async sessionReady(guildIds) {
      const here = new Set(guildIds);
      for (const { guildId, leftAt } of await parts.settings.all()) {
        if (leftAt === null && !here.has(guildId)) await parts.settings.left(guildId, parts.now());
      }
    },

    async guildLost(guildId) {
      blocked.delete(guildId);
      await parts.settings.left(guildId, parts.now());
    },

    async guildChanged(guildId) {
      const before = blocked.get(guildId);
      const after = lookAtRoles(guildId);
      const freed = new Set([...(before?.keys() ?? [])].filter((roleId) => !after.has(roleId)));
      if (freed.size === 0) return;
      const mappings = await parts.mappings.ofGuild(guildId);
      if (mappings.some(({ roleId, isActive }) => isActive && freed.has(roleId)))
        await syncGuild(guildId, 'guild_event');
    },

    async roleDeleted(guildId, roleId) {
      await parts.grants.forgetRole(guildId, roleId);
    },

    async memberJoined(guildId, member) {
      const settings = await parts.settings.find(guildId);
      if (!settings) return;
      const grants = await parts.grants.ofMember(guildId, member.discordId);
      const isRejoin = !settings.removeRolesOnLeave && grants.size > 0;
      if (!settings.syncOnJoin && !isRejoin) return;
      const cause = { trigger: 'join', actor: null } as const;
      if (isRejoin && member.isPending) rejoining.add(`${guildId}:${member.discordId}`);
      await parts.sync.member(guildId, member.discordId, cause, { sighting: { member, seenIn: 'join' }, isRejoin });
    },

    async memberChanged(guildId, member) {
      const cause = { trigger: 'drift', actor: null } as const;
      const sighting = { member, seenIn: 'event' } as const;
      const key = `${guildId}:${member.discordId}`;
      const isRejoin = rejoining.has(key);
      if (!member.isPending) rejoining.delete(key);
      await parts.sync.member(guildId, member.discordId, cause, { sighting, isRejoin });
    },

    async memberLeft(guildId, discordId) {
      rejoining.delete(`${guildId}:${discordId}`);
      await parts.sync.left(guildId, discordId);
    },
  };
}

import type { Logger } from 'pino';
import { blocksOf, mendOf, type RoleBlock } from '../core/doctor.ts';
import type { Member } from '../core/guild.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { Attributions, RoleEdit } from './attributions.ts';
import type { AuditChannel } from './notices.ts';
import type { GuildReader } from './ports.ts';
import type { Sync } from './sync.ts';
import type { Witness } from './witness.ts';

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
  /** From time to time: an event may have been missed. */
  guildChecked(guildId: string): Promise<void>;
  roleDeleted(guildId: string, roleId: string): Promise<void>;
  memberJoined(guildId: string, member: Member): Promise<void>;
  memberChanged(guildId: string, member: Member): Promise<void>;
  memberLeft(guildId: string, discordId: string): Promise<void>;
  /** Who changed whose roles, from Discord's audit log. */
  rolesEdited(guildId: string, edit: RoleEdit): Promise<void>;
  /** The same of what the bot itself did. */
  rolesWritten(guildId: string, edit: Omit<RoleEdit, 'by'>): Promise<void>;
}

export interface GuildEventsParts {
  sync: Pick<Sync, 'member' | 'guild' | 'left' | 'resume' | 'mended' | 'noteHealth'>;
  witness: Pick<Witness, 'saw' | 'edited' | 'wrote'>;
  attributions: Pick<Attributions, 'note'>;
  audit: AuditChannel;
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

  /** Compares with the last look: admins hear of mapped roles that can no longer be written; those that now can are synced. */
  async function examine(guildId: string): Promise<void> {
    if (!parts.guilds.guild(guildId)) return;
    const before = blocked.get(guildId);
    const after = lookAtRoles(guildId);
    if (!before) return;
    const isFreed = (roleId: string) => before.has(roleId) && !after.has(roleId);
    const lost = [...after].filter(([roleId]) => !before.has(roleId));
    if (lost.length === 0 && ![...before.keys()].some(isFreed)) return;
    const mappings = (await parts.mappings.ofGuild(guildId)).filter(({ isActive }) => isActive);
    const roles = parts.guilds.guild(guildId)?.roles;
    const problems = lost.flatMap(([roleId, block]) => {
      const label = mappings.find((mapping) => mapping.roleId === roleId)?.roleName;
      return label === undefined ? [] : [{ roleId, mend: mendOf(block, roles?.get(roleId)?.name ?? label) }];
    });
    if (problems.length > 0) await parts.audit.tell(guildId, { kind: 'doctor', problems });
    if (mappings.some(({ roleId }) => isFreed(roleId))) await syncGuild(guildId, 'guild_event');
  }

  async function syncGuild(guildId: string, trigger: 'startup' | 'guild_event'): Promise<void> {
    const { status, errors } = await parts.sync.guild(guildId, { trigger, actor: null });
    parts.log.debug({ guildId, trigger, status, errors }, 'guild looked at');
  }

  return {
    async guildSeen(guildId, name) {
      await parts.settings.joined(guildId, name, parts.now());
      lookAtRoles(guildId);
      if (!(await parts.sync.resume(guildId))) await syncGuild(guildId, 'startup');
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
      parts.sync.mended(guildId);
      await examine(guildId);
    },

    async guildChecked(guildId) {
      await parts.sync.noteHealth(guildId);
      await examine(guildId);
    },

    async roleDeleted(guildId, roleId) {
      const name = (await parts.mappings.ofGuild(guildId)).find(
        (one) => one.roleId === roleId && one.isActive,
      )?.roleName;
      await parts.grants.forgetRole(guildId, roleId);
      if (name === undefined) return;
      const problems = [{ roleId, mend: mendOf('role_deleted', name) }];
      await parts.audit.tell(guildId, { kind: 'doctor', problems });
    },

    async memberJoined(guildId, member) {
      parts.witness.saw(guildId, member);
      const settings = await parts.settings.find(guildId);
      if (!settings) return;
      const grants = await parts.grants.ofMember(guildId, member.discordId);
      const isRejoin = !settings.removeRolesOnLeave && grants.size > 0;
      if (!settings.syncOnJoin && !isRejoin) return;
      const cause = { trigger: 'join', actor: null } as const;
      if (isRejoin && member.isPending) rejoining.add(`${guildId}:${member.discordId}`);
      await parts.sync.member(guildId, member.discordId, cause, {
        sighting: { member, seenIn: 'join', at: parts.now() },
        isRejoin,
      });
    },

    async memberChanged(guildId, member) {
      parts.witness.saw(guildId, member);
      const cause = { trigger: 'drift', actor: null } as const;
      const sighting = { member, seenIn: 'event', at: parts.now() } as const;
      const key = `${guildId}:${member.discordId}`;
      const isRejoin = rejoining.has(key);
      if (!member.isPending) rejoining.delete(key);
      await parts.sync.member(guildId, member.discordId, cause, { sighting, isRejoin });
    },

    async memberLeft(guildId, discordId) {
      rejoining.delete(`${guildId}:${discordId}`);
      await parts.sync.left(guildId, discordId);
    },

    async rolesWritten(guildId, { discordId, ...edit }) {
      const removed = parts.witness.wrote(guildId, discordId, edit);
      if (removed.length > 0) parts.attributions.note(guildId, { discordId, by: null, added: [], removed });
      parts.witness.edited(guildId, discordId);
    },

    async rolesEdited(guildId, edit) {
      parts.attributions.note(guildId, edit);
      parts.witness.edited(guildId, edit.discordId);
    },
  };
}

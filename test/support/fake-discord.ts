import type { Guild, Member, Role } from '../../src/core/guild.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import type { Buckets, GuildReader, RoleWriter, WriteAnswer } from '../../src/sync/ports.ts';
import { aMember } from './core-worlds.ts';

export const GUILD_ID = '300000000000000000';
const BOT_ROLE = '300000000000000009';

/** A Discord of one guild, behind the ports of the sync: it holds state, keeps a list of the writes, and can be told to fail. */
export interface FakeDiscord extends GuildReader, RoleWriter, Buckets {
  members: Map<string, Member>;
  roles: Map<string, Role>;
  /** One line a write that reached Discord: `put 1 a`, `delete 1 a`, `patch 1 a,b`, `patch 1 nick=Bob`. */
  writes: string[];
  /** Reads of single members. */
  looks: number;
  reasons: string[];
  /** Answers the next writes get instead of being done. */
  refusals: WriteAnswer[];
  /** Called before each write is done, so that something else can happen first. */
  beforeWrite: () => void | Promise<void>;
  /** So many of the next writes are answered like a success and change nothing. */
  losses: number;
  /** Hears of each member that a write changed, as from the gateway. */
  onMemberUpdate: (member: Member) => void;
  failReads: boolean;
  isAvailable: boolean;
  addRole(guildId: string, discordId: string, roleId: string, reason: string): Promise<WriteAnswer>;
  withRole(id: string, role?: Partial<Role>): void;
  withMember(discordId: string, roleIds?: readonly string[], member?: Partial<Omit<Member, 'roleIds'>>): void;
  rolesOf(discordId: string): string[];
}

export function createFakeDiscord(): FakeDiscord {
  const roles = new Map<string, Role>();
  const members = new Map<string, Member>();
  roles.set(GUILD_ID, plainRole(GUILD_ID, 0));
  roles.set(BOT_ROLE, { ...plainRole(BOT_ROLE, 100), isManaged: true, permissions: PERMISSIONS.manageRoles });

  async function write(
    line: string,
    reason: string,
    discordId: string,
    change: (roleIds: ReadonlySet<string>) => Iterable<string>,
    nick?: string | null,
  ): Promise<WriteAnswer> {
    await discord.beforeWrite();
    discord.writes.push(line);
    discord.reasons.push(reason);
    const refusal = discord.refusals.shift();
    if (refusal) return refusal;
    const member = members.get(discordId);
    if (!member) return { outcome: 'member_left', detail: 'Unknown Member' };
    if (discord.losses > 0) {
      discord.losses -= 1;
      return { outcome: 'applied' };
    }
    const renamed = nick === undefined ? member.nick : nick;
    const changed = { ...member, nick: renamed, roleIds: new Set(change(member.roleIds)) };
    members.set(discordId, changed);
    discord.onMemberUpdate(changed);
    return { outcome: 'applied' };
  }

  function check(): void {
    if (discord.failReads) throw new Error('Discord does not answer');
  }

  const discord: FakeDiscord = {
    members,
    roles,
    writes: [],
    looks: 0,
    reasons: [],
    refusals: [],
    beforeWrite: () => undefined,
    losses: 0,
    onMemberUpdate: () => undefined,
    failReads: false,
    isAvailable: true,

    withRole(id, role = {}) {
      roles.set(id, { ...plainRole(id, roles.size), ...role });
    },
    withMember(discordId, roleIds = [], member = {}) {
      members.set(discordId, aMember(roleIds, { discordId, ...member }));
    },
    rolesOf: (discordId) => [...(members.get(discordId)?.roleIds ?? [])].sort(),

    guild(guildId): Guild | null {
      if (guildId !== GUILD_ID || !discord.isAvailable) return null;
      const bot = { permissions: PERMISSIONS.manageRoles, roleIds: [BOT_ROLE] };
      return { id: GUILD_ID, name: 'Guild', ownerId: '1', roles: new Map(roles), bot };
    },
    state: () => null,
    guildIds: () => (discord.isAvailable ? [GUILD_ID] : []),
    async fetchMember(_, discordId) {
      check();
      discord.looks += 1;
      return members.get(discordId) ?? null;
    },
    async *listMembers() {
      check();
      const all = [...members.values()];
      for (let start = 0; start < all.length; start += 2) yield all.slice(start, start + 2);
    },

    addRole: (_, discordId, roleId, reason) =>
      write(`put ${discordId} ${roleId}`, reason, discordId, (has) => [...has, roleId]),
    removeRole: (_, discordId, roleId, reason) =>
      write(`delete ${discordId} ${roleId}`, reason, discordId, (has) => [...has].filter((id) => id !== roleId)),
    editMember: (_, discordId, { roleIds, nick }, reason) => {
      const parts = [
        ...(roleIds ? [[...roleIds].sort().join(',')] : []),
        ...(nick === undefined ? [] : [`nick=${nick}`]),
      ];
      return write(`patch ${discordId} ${parts.join(' ')}`, reason, discordId, (has) => roleIds ?? has, nick);
    },
  };
  return discord;
}

function plainRole(id: string, position: number): Role {
  return { id, name: id, position, permissions: 0n, isManaged: false, isLinked: false };
}

import type { Guild, Member, Role } from '../../src/core/guild.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import type { Joiner } from '../../src/sync/auto-join.ts';
import type { Buckets, GuildReader, RoleWriter, WriteAnswer } from '../../src/sync/ports.ts';
import { aMember } from './core-worlds.ts';

export const GUILD_ID = '300000000000000000';
const BOT_ROLE = '300000000000000009';
/** The role of those who may give any mapped role by hand. */
export const BOSS_ROLE = '300000000000000008';

/** A Discord of one guild, behind the ports of the sync: it holds state, keeps a list of the writes, and can be told to fail. */
export interface FakeDiscord extends GuildReader, RoleWriter, Buckets, Joiner {
  members: Map<string, Member>;
  roles: Map<string, Role>;
  /** One line a write that reached Discord: `put 1 a`, `delete 1 a`, `patch 1 a,b`, `patch 1 nick=Bob`, `join 1 a,b`. */
  writes: string[];
  /** Reads of single members. */
  looks: number;
  reasons: string[];
  /** Answers the next writes get instead of being done. */
  refusals: WriteAnswer[];
  /** Called before each write is done, so that something else can happen first. */
  beforeWrite: () => void | Promise<void>;
  /** Called after each write is done, before its answer comes. */
  afterWrite: () => void | Promise<void>;
  /** What the next people who are brought in get instead of coming in. */
  joinRefusals: Awaited<ReturnType<Joiner['join']>>[];
  botPermissions: bigint;
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
  /** Somebody gives and takes roles; the gateway tells of it. */
  edit(discordId: string, edit: { add?: readonly string[]; remove?: readonly string[] }): Member;
}

/** @param ownId the guild */
export function createFakeDiscord(ownId = GUILD_ID): FakeDiscord {
  const roles = new Map<string, Role>();
  const members = new Map<string, Member>();
  roles.set(ownId, plainRole(ownId, 0));
  roles.set(BOSS_ROLE, { ...plainRole(BOSS_ROLE, 99), permissions: PERMISSIONS.manageRoles });
  roles.set(BOT_ROLE, { ...plainRole(BOT_ROLE, 100), isManaged: true, permissions: PERMISSIONS.manageRoles });

  async function write(line: string, reason: string, discordId: string, edit: Edit): Promise<WriteAnswer> {
    await discord.beforeWrite();
    discord.writes.push(line);
    discord.reasons.push(reason);
    const answer = make(discordId, edit);
    await discord.afterWrite();
    return answer;
  }

  function make(discordId: string, { roles: change, nick }: Edit): WriteAnswer {
    const refusal = discord.refusals.shift();
    if (refusal) return refusal;
    const member = members.get(discordId);
    if (!member) return { outcome: 'member_left', detail: 'Unknown Member' };
    if (discord.losses > 0) {
      discord.losses -= 1;
      return { outcome: 'applied' };
    }
    const renamed = nick === undefined ? member.nick : nick;
    show({ ...member, nick: renamed, roleIds: new Set(change(member.roleIds)) });
    return { outcome: 'applied' };
  }

  function show(member: Member): void {
    members.set(member.discordId, member);
    discord.onMemberUpdate(member);
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
    afterWrite: () => undefined,
    joinRefusals: [],
    botPermissions: PERMISSIONS.manageRoles,
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

    edit(discordId, { add = [], remove = [] }) {
      const member = members.get(discordId);
      if (!member) throw new Error('nobody to edit');
      const kept = [...member.roleIds].filter((id) => !remove.includes(id));
      const edited = { ...member, roleIds: new Set([...kept, ...add]) };
      show(edited);
      return edited;
    },

    guild(guildId): Guild | null {
      if (guildId !== ownId || !discord.isAvailable) return null;
      const bot = { permissions: discord.botPermissions, roleIds: [BOT_ROLE] };
      return { id: ownId, name: 'Guild', ownerId: '1', roles: new Map(roles), bot };
    },
    state: () => ({ limit: Infinity, windowMs: 0, remaining: Infinity, resetAt: new Date(0) }),
    guildIds: () => (discord.isAvailable ? [ownId] : []),
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
      write(`put ${discordId} ${roleId}`, reason, discordId, { roles: (has) => [...has, roleId] }),
    removeRole: (_, discordId, roleId, reason) =>
      write(`delete ${discordId} ${roleId}`, reason, discordId, {
        roles: (has) => [...has].filter((id) => id !== roleId),
      }),
    editMember: (_, discordId, { roleIds, nick }, reason) => {
      const parts = [
        ...(roleIds ? [[...roleIds].sort().join(',')] : []),
        ...(nick === undefined ? [] : [`nick=${nick}`]),
      ];
      return write(`patch ${discordId} ${parts.join(' ')}`, reason, discordId, {
        roles: (has) => roleIds ?? has,
        nick,
      });
    },

    async join(_, discordId, { roleIds, nick, reason }) {
      discord.writes.push(`join ${discordId} ${[...roleIds].sort().join(',')}`);
      discord.reasons.push(reason);
      const refusal = discord.joinRefusals.shift();
      if (refusal) return refusal;
      if (members.has(discordId)) return { outcome: 'already_member' };
      discord.withMember(discordId, roleIds, { nick });
      return { outcome: 'joined' };
    },
  };
  return discord;
}

interface Edit {
  roles(has: ReadonlySet<string>): Iterable<string>;
  nick?: string | null | undefined;
}

function plainRole(id: string, position: number): Role {
  return { id, name: id, position, permissions: 0n, isManaged: false, isLinked: false };
}

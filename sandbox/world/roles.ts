import { AuditLogEvent } from 'discord-api-types/v10';
import { rolePayload } from '../payloads.ts';
import { compareRoles } from '../permissions.ts';
import type { Guild, Member, Role } from '../records.ts';
import { changesBetween, recordAudit } from './audit-log.ts';
import { changeMember, recordMemberUpdate, type MemberChange } from './members.ts';
import { guildOf, memberOf, must, type Actor, type WorldState } from './state.ts';

export type NewRole = Partial<Omit<Role, 'position'>> & {
  /** Where it goes: 1 (the default) is right above @everyone; the roles from there on move up. */
  position?: number;
};

/** The roles of a guild, and who carries them. Nothing here asks who may: REST does. */
export function roleActions(state: WorldState) {
  /** Positions are the ranks in this order, so no two roles share one. */
  function renumber(guild: Guild, order: Role[], except?: Role): void {
    for (const [position, role] of order.entries()) {
      if (role.position === position) continue;
      role.position = position;
      if (role !== except) publishRole('GUILD_ROLE_UPDATE', guild, role);
    }
  }

  function publishRole(type: string, guild: Guild, role: Role): void {
    state.publish(type, { guildId: guild.id }, () => ({ guild_id: guild.id, role: rolePayload(role) }));
  }

  /** Everything that changes about a member in one record, one event; roles and the rest have an audit entry each. */
  function write(guild: Guild, member: Member, change: MemberChange, actor: Actor): Member {
    const roles = change.roles ?? member.roles;
    const added = [...roles].filter((id) => !member.roles.has(id));
    const removed = [...member.roles].filter((id) => !roles.has(id));
    const isOnlyRoles = Object.keys(change).every((key) => key === 'roles');
    const isNoop = isOnlyRoles && added.length + removed.length === 0;
    if (isNoop && state.settings.noopRoleWrites === 'silent') return member;
    const changed = changeMember(state, guild, member, change);
    recordMemberUpdate(state, guild, [member, changed], actor);
    if (change.roles === undefined) return changed;
    const named = (ids: string[]) => ids.map((id) => ({ id, name: guild.roles.get(id)?.name ?? id }));
    const changes = [
      ...(added.length > 0 ? [{ key: '$add', new_value: named(added) }] : []),
      ...(removed.length > 0 ? [{ key: '$remove', new_value: named(removed) }] : []),
    ];
    if (changes.length === 0 && state.settings.noopRoleWrites === 'silent') return changed;
    recordAudit(state, guild, actor, {
      targetId: member.userId,
      actionType: AuditLogEvent.MemberRoleUpdate,
      changes: changes,
    });
    return changed;
  }

  return {
    addRole(guildId: string, given: NewRole = {}, actor: Actor = {}): Role {
      const guild = guildOf(state, guildId);
      const { position = 1, ...rest } = given;
      const id = given.id ?? state.newId();
      const role: Role = {
        name: 'new role',
        permissions: 0n,
        color: 0,
        hoist: false,
        managed: false,
        mentionable: false,
        tags: null,
        flags: 0,
        ...rest,
        id,
        position: -1,
      };
      const order = rolesInOrder(guild);
      const at = Math.min(Math.max(position, 1), order.length);
      guild.roles.set(id, role);
      renumber(guild, order.toSpliced(at, 0, role), role);
      publishRole('GUILD_ROLE_CREATE', guild, role);
      const changes = changesBetween({}, audited(role));
      recordAudit(state, guild, actor, { targetId: id, actionType: AuditLogEvent.RoleCreate, changes });
      return role;
    },

    editRole(guildId: string, roleId: string, change: Partial<Omit<Role, 'id' | 'position'>>, actor: Actor = {}): Role {
      const guild = guildOf(state, guildId);
      const before = audited(roleOf(guild, roleId));
      const role = Object.assign(roleOf(guild, roleId), change);
      publishRole('GUILD_ROLE_UPDATE', guild, role);
      const changes = changesBetween(before, audited(role));
      recordAudit(state, guild, actor, { targetId: roleId, actionType: AuditLogEvent.RoleUpdate, changes });
      return role;
    },

    /** Puts a role at a position; the ones between move by one. */
    moveRole(guildId: string, roleId: string, position: number): void {
      const guild = guildOf(state, guildId);
      const role = roleOf(guild, roleId);
      const others = rolesInOrder(guild).filter((other) => other !== role);
      renumber(guild, others.toSpliced(Math.max(position, 1), 0, role));
    },

    /** Several positions at once, as PATCH /guilds/{g}/roles has them: the given ones win ties over those that stand there. */
    moveRoles(guildId: string, positions: ReadonlyMap<string, number>): void {
      const guild = guildOf(state, guildId);
      const rank = (role: Role) => positions.get(role.id) ?? role.position;
      const raised = (role: Role) => Number((positions.get(role.id) ?? role.position) > role.position);
      const [everyone, ...others] = rolesInOrder(guild);
      others.sort((a, b) => rank(a) - rank(b) || raised(a) - raised(b) || a.position - b.position);
      if (everyone) renumber(guild, [everyone, ...others]);
    },

    /** Deletes a role; it vanishes from its holders without a member update, unless the settings say otherwise. */
    deleteRole(guildId: string, roleId: string, actor: Actor = {}): void {
      const guild = guildOf(state, guildId);
      const role = roleOf(guild, roleId);
      guild.roles.delete(roleId);
      state.publish('GUILD_ROLE_DELETE', { guildId }, () => ({ guild_id: guildId, role_id: roleId }));
      for (const member of guild.members.values()) {
        if (!member.roles.has(roleId)) continue;
        const roles = new Set(member.roles);
        roles.delete(roleId);
        if (state.settings.memberUpdatesOnRoleDelete) changeMember(state, guild, member, { roles });
        else guild.members.set(member.userId, { ...member, roles });
      }
      renumber(guild, rolesInOrder(guild));
      const changes = [{ key: 'name', old_value: role.name }];
      recordAudit(state, guild, actor, { targetId: roleId, actionType: AuditLogEvent.RoleDelete, changes });
    },

    giveRole(guildId: string, userId: string, roleId: string, actor: Actor = {}): void {
      const guild = guildOf(state, guildId);
      const member = memberOf(state, guildId, userId);
      write(guild, member, { roles: new Set(member.roles).add(roleOf(guild, roleId).id) }, actor);
    },

    takeRole(guildId: string, userId: string, roleId: string, actor: Actor = {}): void {
      const guild = guildOf(state, guildId);
      const member = memberOf(state, guildId, userId);
      const roles = new Set(member.roles);
      roles.delete(roleId);
      write(guild, member, { roles }, actor);
    },

    /** Replaces the whole set, as PATCH member does. */
    setRoles(guildId: string, userId: string, roleIds: Iterable<string>, actor: Actor = {}): Member {
      return write(guildOf(state, guildId), memberOf(state, guildId, userId), { roles: new Set(roleIds) }, actor);
    },

    /** Roles, nick and the rest at once, as PATCH member changes them. */
    patchMember(guildId: string, userId: string, change: MemberChange, actor: Actor = {}): Member {
      return write(guildOf(state, guildId), memberOf(state, guildId, userId), change, actor);
    },

    /** Changes what the bot may do by changing its managed role. */
    setBotPermissions(guildId: string, applicationId: string, permissions: bigint): void {
      const guild = guildOf(state, guildId);
      const role = must(botRole(guild, applicationId), `role of bot ${applicationId}`);
      role.permissions = permissions;
      publishRole('GUILD_ROLE_UPDATE', guild, role);
    },

    /** The managed role that Discord made for the bot. */
    botRole: (guildId: string, applicationId: string) => botRole(guildOf(state, guildId), applicationId),
  };

  function botRole(guild: Guild, applicationId: string): Role | undefined {
    const { botId } = must(state.applications.get(applicationId), `application ${applicationId}`);
    return [...guild.roles.values()].find(({ tags }) => tags?.bot_id === botId);
  }

  function rolesInOrder(guild: Guild): Role[] {
    return [...guild.roles.values()].sort((a, b) => compareRoles(a, b, state.settings));
  }
}

function audited({ name, permissions, color, hoist, mentionable }: Role) {
  return { name, permissions: permissions.toString(), color, hoist, mentionable };
}

function roleOf(guild: Guild, roleId: string): Role {
  return must(guild.roles.get(roleId), `role ${roleId}`);
}

import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import {
  dangerousPermissions,
  guildPermissions,
  hasPermission,
  isGuildAdmin,
  PERMISSIONS,
  permissionWords,
} from '../../src/core/permissions.ts';
import { aGuild, aRole, DISCORD_ID, GUILD_ID, OWNER_ID } from '../support/core-worlds.ts';

const everyBit = Object.values(PERMISSIONS).reduce((all, bit) => all | bit, 0n);

describe('PERMISSIONS', () => {
  it('are the bits that Discord gives them', () => {
    const official = new Map(Object.entries(PermissionFlagsBits).map(([name, bit]) => [name.toLowerCase(), bit]));
    for (const [name, bit] of Object.entries(PERMISSIONS)) {
      expect([name, bit]).toEqual([name, official.get(name.toLowerCase())]);
    }
  });
});

describe('hasPermission', () => {
  it.each([
    {
      name: 'finds the permission among others',
      permissions: PERMISSIONS.manageRoles | PERMISSIONS.kickMembers,
      has: true,
    },
    { name: 'does not take another for it', permissions: PERMISSIONS.kickMembers, has: false },
    { name: 'finds nothing in nothing', permissions: 0n, has: false },
    { name: 'knows that Administrator may do everything', permissions: PERMISSIONS.administrator, has: true },
  ])('$name', ({ permissions, has }) => expect(hasPermission(permissions, 'manageRoles')).toBe(has));
});

describe('dangerousPermissions', () => {
  it('names each that asks for a second question', () => {
    expect(dangerousPermissions(everyBit).toSorted()).toEqual([
      'administrator',
      'banMembers',
      'kickMembers',
      'manageChannels',
      'manageGuild',
      'manageRoles',
      'manageWebhooks',
      'mentionEveryone',
      'moderateMembers',
    ]);
  });

  it('finds each one alone, and nothing else with it', () => {
    for (const permission of dangerousPermissions(everyBit)) {
      expect(dangerousPermissions(PERMISSIONS[permission])).toEqual([permission]);
    }
  });

  it('does not mind harmless ones', () => {
    expect(dangerousPermissions(PERMISSIONS.viewAuditLog | (1n << 10n))).toEqual([]);
  });
});

describe('isGuildAdmin', () => {
  it.each([
    { permissions: PERMISSIONS.manageGuild, isAdmin: true },
    { permissions: PERMISSIONS.administrator, isAdmin: true },
    { permissions: everyBit & ~PERMISSIONS.manageGuild & ~PERMISSIONS.administrator, isAdmin: false },
  ])('says $isAdmin of $permissions', ({ permissions, isAdmin }) => {
    expect(isGuildAdmin(permissions)).toBe(isAdmin);
  });
});

describe('permissionWords', () => {
  it.each([
    ['administrator', 'Administrator'],
    ['viewAuditLog', 'View Audit Log'],
    ['manageGuild', 'Manage Server'],
    ['moderateMembers', 'Timeout Members'],
    ['createInstantInvite', 'Create Invite'],
  ] as const)('calls %s as Discord does: %s', (permission, words) => {
    expect(permissionWords(permission)).toBe(words);
  });
});

describe('guildPermissions', () => {
  const everyone = aRole({ id: GUILD_ID, position: 0, permissions: PERMISSIONS.viewAuditLog });
  const guild = aGuild([
    everyone,
    aRole({ id: '301', permissions: PERMISSIONS.kickMembers }),
    aRole({ id: '302', permissions: PERMISSIONS.banMembers }),
  ]);
  it.each([
    { name: 'are those of @everyone for somebody without roles', roleIds: [], permissions: PERMISSIONS.viewAuditLog },
    {
      name: 'add up over roles',
      roleIds: ['301', '302'],
      permissions: PERMISSIONS.viewAuditLog | PERMISSIONS.kickMembers | PERMISSIONS.banMembers,
    },
    { name: 'pass over roles that no longer exist', roleIds: ['999'], permissions: PERMISSIONS.viewAuditLog },
  ])('$name', ({ roleIds, permissions }) => {
    expect(guildPermissions(guild, { discordId: DISCORD_ID, roleIds })).toBe(permissions);
  });

  it('are all for the owner, who needs no role for it', () => {
    expect(guildPermissions(guild, { discordId: OWNER_ID, roleIds: [] })).toBe(PERMISSIONS.administrator);
  });

  it('are none while the roles of the guild are not known', () => {
    expect(guildPermissions({ ...guild, roles: new Map() }, { discordId: DISCORD_ID, roleIds: ['301'] })).toBe(0n);
  });
});

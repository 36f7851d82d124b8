import type { Guild } from './guild.ts';

/** Discord's permission bits that Rolewright looks at (Discord docs, topics/permissions). */
export const PERMISSIONS = {
  createInstantInvite: 1n << 0n,
  kickMembers: 1n << 1n,
  banMembers: 1n << 2n,
  administrator: 1n << 3n,
  manageChannels: 1n << 4n,
  manageGuild: 1n << 5n,
  viewAuditLog: 1n << 7n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  embedLinks: 1n << 14n,
  mentionEveryone: 1n << 17n,
  manageNicknames: 1n << 27n,
  manageRoles: 1n << 28n,
  manageWebhooks: 1n << 29n,
  moderateMembers: 1n << 40n,
} as const;

export type Permission = keyof typeof PERMISSIONS;

/** A permission as Discord's settings call it. */
export function permissionWords(permission: Permission): string {
  return (
    OTHER_WORDS[permission] ??
    permission.replace(/^.|[A-Z]/g, (letter, at) => `${at > 0 ? ' ' : ''}${letter.toUpperCase()}`)
  );
}

/** Those that the settings don't call as the API does. */
const OTHER_WORDS: Partial<Record<Permission, string>> = {
  createInstantInvite: 'Create Invite',
  manageGuild: 'Manage Server',
  moderateMembers: 'Timeout Members',
};

/** Permissions that make a role worth a second question before anybody gets it by rule. */
const DANGEROUS: readonly Permission[] = [
  'administrator',
  'manageGuild',
  'manageRoles',
  'manageChannels',
  'manageWebhooks',
  'kickMembers',
  'banMembers',
  'moderateMembers',
  'mentionEveryone',
];

/** Whether the bitset holds the permission; Administrator holds every one. */
export function hasPermission(permissions: bigint, permission: Permission): boolean {
  return (permissions & (PERMISSIONS.administrator | PERMISSIONS[permission])) !== 0n;
}

/** The dangerous permissions that a role carries itself. */
export function dangerousPermissions(permissions: bigint): Permission[] {
  return DANGEROUS.filter((permission) => (permissions & PERMISSIONS[permission]) !== 0n);
}

/** A member's permissions in the whole guild: the union over his roles and @everyone. Channel overwrites don't count. */
export function guildPermissions(
  guild: Pick<Guild, 'id' | 'ownerId' | 'roles'>,
  member: { discordId: string; roleIds: Iterable<string> },
): bigint {
  if (member.discordId === guild.ownerId) return PERMISSIONS.administrator;
  let permissions = guild.roles.get(guild.id)?.permissions ?? 0n;
  for (const id of member.roleIds) permissions |= guild.roles.get(id)?.permissions ?? 0n;
  return permissions;
}

/** Whether somebody may administer Rolewright in a guild: its owner, Administrator, or Manage Server. */
export function isGuildAdmin(permissions: bigint): boolean {
  return hasPermission(permissions, 'manageGuild');
}

import type { Conditions, MappingRule } from '../core/mapping.ts';
import type { GuildSettings } from '../db/guild-store.ts';

// What people set, with its name in the API and in files: each said here once.

export const SETTING_FIELDS = {
  isEnabled: 'is_enabled',
  autoSync: 'auto_sync',
  syncIntervalSeconds: 'sync_interval',
  syncOnJoin: 'sync_on_join',
  removeRolesOnLeave: 'remove_roles_on_leave',
  syncPendingMembers: 'sync_pending_members',
  onUnlink: 'on_unlink',
  bypassRoleId: 'bypass_role_id',
  auditChannelId: 'audit_channel_id',
  notificationChannelId: 'notification_channel_id',
  maxRoleChangesPerSync: 'max_role_changes_per_sync',
  maxRemovalsPercent: 'max_removals_percent',
  autoJoin: 'auto_join',
  nicknameTemplate: 'nickname_template',
} as const satisfies Record<keyof GuildSettings, string>;

export const RULE_FIELDS = {
  roleId: 'discord_role_id',
  groupId: 'group_id',
  conditions: 'conditions',
  priority: 'priority',
  exclusiveSet: 'exclusive_set',
  onForeign: 'on_foreign',
  onDrift: 'on_drift',
  addOnly: 'add_only',
  graceSeconds: 'grace_seconds',
  isActive: 'is_active',
} as const satisfies Record<keyof MappingRule, string>;

export const TERM_FIELDS = {
  requireAll: 'require_all',
  groups: 'groups',
  excludedGroups: 'excluded_groups',
  characterCountMin: 'character_count_min',
  characterCountMax: 'character_count_max',
  requiredPermissions: 'required_permissions',
} as const satisfies Record<keyof Conditions, string>;

type Fields = Readonly<Record<string, string>>;

/** The API's names of these fields. */
export type NamesOf<F extends Fields> = F[keyof F];

/** The values under the API's names; values that are no fields are left out. */
export function inApiNames<F extends Fields, T extends Readonly<Record<keyof F, unknown>>>(
  values: T,
  fields: F,
): { -readonly [K in keyof F as F[K]]: T[K] };
export function inApiNames(values: Readonly<Record<string, unknown>>, fields: Fields): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [field, values[name]]));
}

/** The fields that a body names, under our names. */
export function inOurNames<F extends Fields, T extends object>(
  body: T,
  fields: F,
): { -readonly [K in keyof F as F[K] extends keyof T ? K : never]?: Exclude<T[F[K] & keyof T], undefined> };
export function inOurNames(body: Readonly<Record<string, unknown>>, fields: Fields): object {
  const named = Object.entries(fields).map(([name, field]) => [name, body[field]] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

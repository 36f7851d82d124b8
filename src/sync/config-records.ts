import type { Mapping } from '../core/mapping.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import { intervalText } from './guild-settings.ts';

// What people set, in the API's names: shown there, and kept in config_changes. Never a secret.

export function guildRecord(guild: StoredGuild) {
  return {
    is_enabled: guild.isEnabled,
    auto_sync: guild.autoSync,
    sync_interval: guild.syncIntervalSeconds === null ? null : intervalText(guild.syncIntervalSeconds),
    sync_on_join: guild.syncOnJoin,
    remove_roles_on_leave: guild.removeRolesOnLeave,
    sync_pending_members: guild.syncPendingMembers,
    on_unlink: guild.onUnlink,
    bypass_role_id: guild.bypassRoleId,
    audit_channel_id: guild.auditChannelId,
    notification_channel_id: guild.notificationChannelId,
    max_role_changes_per_sync: guild.maxRoleChangesPerSync,
    max_removals_percent: guild.maxRemovalsPercent,
    auto_join: guild.autoJoin,
    nickname_template: guild.nicknameTemplate,
    /** Whose the own bot's token is; the token itself is nobody's to read. */
    bot_user_id: guild.botUserId,
  };
}

export function mappingRecord(mapping: Mapping) {
  const { conditions: terms } = mapping;
  return {
    discord_role_id: mapping.roleId,
    discord_role_name: mapping.roleName,
    group_id: mapping.groupId,
    conditions: {
      require_all: terms.requireAll,
      groups: [...terms.groups],
      excluded_groups: [...terms.excludedGroups],
      character_count_min: terms.characterCountMin,
      character_count_max: terms.characterCountMax,
      required_permissions: [...terms.requiredPermissions],
    },
    priority: mapping.priority,
    exclusive_set: mapping.exclusiveSet,
    on_foreign: mapping.onForeign,
    on_drift: mapping.onDrift,
    add_only: mapping.addOnly,
    grace_seconds: mapping.graceSeconds,
    is_active: mapping.isActive,
  };
}

/** Only what differs; null: nothing does. */
export function difference(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { before: Record<string, unknown>; after: Record<string, unknown> } | null {
  const changed = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const only = (record: Record<string, unknown>) => Object.fromEntries(changed.map((key) => [key, record[key]]));
  return changed.length > 0 ? { before: only(before), after: only(after) } : null;
}

import type { Mapping } from '../core/mapping.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import { inApiNames, RULE_FIELDS, SETTING_FIELDS, TERM_FIELDS } from './field-names.ts';
import { intervalText } from './guild-settings.ts';

// What people set, in the API's names: shown there, and kept in config_changes. Never a secret.

export function guildRecord(guild: StoredGuild) {
  const { syncIntervalSeconds: seconds, botUserId } = guild;
  return {
    ...inApiNames(guild, SETTING_FIELDS),
    sync_interval: seconds === null ? null : intervalText(seconds),
    /** Whose the own bot's token is; the token itself is nobody's to read. */
    bot_user_id: botUserId,
  };
}

export function mappingRecord(mapping: Mapping) {
  const { conditions: terms, roleName } = mapping;
  return {
    ...inApiNames(mapping, RULE_FIELDS),
    discord_role_name: roleName,
    conditions: {
      ...inApiNames(terms, TERM_FIELDS),
      groups: [...terms.groups],
      excluded_groups: [...terms.excludedGroups],
      required_permissions: [...terms.requiredPermissions],
    },
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

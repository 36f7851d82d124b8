import type { GuildSettings } from '../src/db/guild-store.ts';
import { AppError } from '../src/errors.ts';
import { plain, role } from '../src/markup.ts';
import { intervalText, SettingRefused, type GuildPatch } from '../src/sync/guild-settings.ts';

/** What people call each setting, in the order in which they are shown. */
const NAMES = {
  isEnabled: 'is_enabled',
  auditChannelId: 'audit_channel',
  notificationChannelId: 'notification_channel',
  autoSync: 'auto_sync',
  syncIntervalSeconds: 'sync_interval',
  syncOnJoin: 'sync_on_join',
  removeRolesOnLeave: 'remove_roles_on_leave',
  syncPendingMembers: 'sync_pending_members',
  onUnlink: 'on_unlink',
  bypassRoleId: 'bypass_role',
  maxRoleChangesPerSync: 'max_role_changes_per_sync',
  maxRemovalsPercent: 'max_removals_percent',
  autoJoin: 'auto_join',
  nicknameTemplate: 'nickname_template',
} as const satisfies Record<keyof GuildSettings, string>;

/** What each setting is for, where its value does not say it. */
const ABOUT: Partial<Record<keyof GuildSettings, string>> = {
  auditChannelId: 'what was changed, and why',
  notificationChannelId: 'what you must act on: removals that wait, a pause, mappings that cannot work',
  autoSync: 'off: only when a person asks',
  maxRoleChangesPerSync: 'of unattended work, in 10 minutes',
  maxRemovalsPercent: "of a role's holders, by unattended work in 10 minutes",
  bypassRoleId: 'who holds it is left alone',
  autoJoin: 'whoever links is brought into this server',
};

/** Every setting with its value and what it is for. */
export function settingLines(settings: GuildSettings): string[] {
  return keys().map((key) => {
    const about = ABOUT[key];
    return `\`${NAMES[key]}\`: ${valueWords(settings, key)}${about === undefined ? '' : ` · ${about}`}`;
  });
}

/** What differs, before → after. */
export function changedSettingLines(before: GuildSettings, after: GuildSettings): string[] {
  return keys()
    .filter((key) => before[key] !== after[key])
    .map((key) => `\`${NAMES[key]}\`: ${valueWords(before, key)} → ${valueWords(after, key)}`);
}

function keys(): (keyof GuildSettings)[] {
  const all: (keyof GuildSettings)[] = [];
  for (const key in NAMES) if (isSetting(key)) all.push(key);
  return all;
}

function isSetting(key: string): key is keyof GuildSettings {
  return Object.hasOwn(NAMES, key);
}

function valueWords(settings: GuildSettings, key: keyof GuildSettings): string {
  const { syncIntervalSeconds: seconds, nicknameTemplate, bypassRoleId, notificationChannelId } = settings;
  switch (key) {
    case 'auditChannelId':
      return channelWords(settings.auditChannelId, 'none');
    case 'notificationChannelId':
      return channelWords(notificationChannelId, 'the audit channel');
    case 'bypassRoleId':
      return bypassRoleId === null ? 'none' : role(bypassRoleId);
    case 'syncIntervalSeconds':
      return seconds === null ? 'as the operator chose' : `every ${intervalText(seconds)}`;
    case 'nicknameTemplate':
      return nicknameTemplate === '' ? 'off' : `“${plain(nicknameTemplate)}”`;
    case 'maxRemovalsPercent':
      return `${settings.maxRemovalsPercent} %`;
    case 'onUnlink':
      return settings.onUnlink === 'remove' ? 'remove the roles' : 'keep the roles';
    case 'isEnabled':
    case 'autoSync':
    case 'syncOnJoin':
    case 'removeRolesOnLeave':
    case 'syncPendingMembers':
    case 'autoJoin':
      return settings[key] ? 'on' : 'off';
    case 'maxRoleChangesPerSync':
      return settings.maxRoleChangesPerSync.toLocaleString('en');
  }
}

function channelWords(channelId: string | null, none: string): string {
  return channelId === null ? none : `<#${channelId}>`;
}

/** Does it; a setting that cannot be as it was said is named in the error. */
export async function changing<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (err) {
    if (!(err instanceof SettingRefused)) throw err;
    throw new AppError('invalid_input', `“${nameOf(err.setting)}” ${err.message}.`, { cause: err });
  }
}

function nameOf(setting: keyof GuildPatch): string {
  return isSetting(setting) ? NAMES[setting] : setting;
}

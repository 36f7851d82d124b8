import { validateTemplate } from '../core/nickname.ts';
import { hasPermission } from '../core/permissions.ts';
import type { GuildSettings } from '../db/guild-store.ts';
import { AppError } from '../errors.ts';
import type { Channel, GuildPlaces, GuildReader } from './ports.ts';

/** What a person changes of a guild's configuration; the rest stays. `botToken` null takes the guild's own bot away. */
export type GuildPatch = Partial<GuildSettings> & { botToken?: string | null };

/** What a guild has until its admins decide otherwise. */
export const DEFAULT_SETTINGS: Readonly<GuildSettings> = {
  isEnabled: true,
  autoSync: true,
  syncIntervalSeconds: null,
  syncOnJoin: true,
  removeRolesOnLeave: true,
  syncPendingMembers: false,
  onUnlink: 'remove',
  bypassRoleId: null,
  auditChannelId: null,
  notificationChannelId: null,
  maxRoleChangesPerSync: 100,
  maxRemovalsPercent: 20,
  autoJoin: false,
  nicknameTemplate: '',
};

/** One setting cannot be as it was said. */
export class SettingRefused extends AppError {
  readonly setting: keyof GuildPatch;

  constructor(setting: keyof GuildPatch, message: string) {
    super('invalid_input', message);
    this.setting = setting;
  }
}

const DAY_S = 86_400;

/** The least and the most of each number. */
export const BOUNDS = {
  maxRoleChangesPerSync: { least: 1, most: 100_000 },
  maxRemovalsPercent: { least: 1, most: 100 },
  syncIntervalSeconds: { least: 60, most: 7 * DAY_S },
} as const;

const UNITS = { d: DAY_S, h: 3600, m: 60, s: 1 } as const;

/** Seconds of `15m`, `2h`, `1d`, `90s`; null: it is no such time. */
export function readInterval(text: string): number | null {
  const [, amount, unit] = /^(\d{1,6})([dhms])$/.exec(text.trim()) ?? [];
  const found = Object.entries(UNITS).find(([name]) => name === unit);
  return found ? Number(amount) * found[1] : null;
}

/** `15m` for 900, in the largest unit that fits. */
export function intervalText(seconds: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, inSeconds]) => seconds % inSeconds === 0) ?? ['s', 1];
  return `${seconds / size}${unit}`;
}

/** Whether the operator's bot can post there: it needs View Channel, Send Messages and Embed Links. */
export function canPostIn({ botPermissions }: Channel): boolean {
  return (['viewChannel', 'sendMessages', 'embedLinks'] as const).every((one) => hasPermission(botPermissions, one));
}

/** The rules for what a setting may be; SettingRefused, or AppError bot_not_in_guild where that cannot be told. */
export function createSettingsCheck(parts: {
  guilds: Pick<GuildReader, 'guild'> & Pick<GuildPlaces, 'channels'>;
  /** OAuth2 scopes that linking asks for. */
  scopes: readonly string[];
}) {
  function checkRole(guildId: string, roleId: string): void {
    const guild = parts.guilds.guild(guildId);
    if (!guild) throw unreachable();
    if (roleId === guildId) throw new SettingRefused('bypassRoleId', 'must not be @everyone: nobody would be synced');
    if (!guild.roles.has(roleId)) throw new SettingRefused('bypassRoleId', 'must be a role of this server');
  }

  function checkChannel(guildId: string, name: 'auditChannelId' | 'notificationChannelId', channelId: string): void {
    if (!parts.guilds.guild(guildId)) throw unreachable();
    const channel = parts.guilds.channels(guildId).find(({ id }) => id === channelId);
    if (!channel) throw new SettingRefused(name, 'must be a text or announcement channel of this server');
    if (!canPostIn(channel)) {
      throw new SettingRefused(
        name,
        'must be a channel where Rolewright has View Channel, Send Messages and Embed Links',
      );
    }
  }

  return function checkSettings(guildId: string, patch: GuildPatch): void {
    checkNumbers(patch);
    const complaint = validateTemplate(patch.nicknameTemplate ?? '');
    if (complaint !== null) throw new SettingRefused('nicknameTemplate', complaint);
    if (patch.autoJoin === true && !parts.scopes.includes('guilds.join')) {
      throw new SettingRefused(
        'autoJoin',
        'needs the scope guilds.join: whoever runs Rolewright has to add it to DISCORD_SCOPES',
      );
    }
    if (patch.bypassRoleId) checkRole(guildId, patch.bypassRoleId);
    for (const name of ['auditChannelId', 'notificationChannelId'] as const) {
      const channelId = patch[name];
      if (channelId) checkChannel(guildId, name, channelId);
    }
  };
}

function checkNumbers(patch: GuildPatch): void {
  for (const [name, { least, most }] of entriesOf(BOUNDS)) {
    const value = patch[name];
    if (value === undefined || value === null) continue;
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    const isTime = name === 'syncIntervalSeconds';
    throw new SettingRefused(name, isTime ? 'must be a time from 1m to 7d' : `must be from ${least} to ${most}`);
  }
}

/** Object.entries with the keys' names. */
function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): (readonly [K, V])[] {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys.map((key) => [key, record[key]] as const);
}

function unreachable(): AppError {
  return new AppError('bot_not_in_guild', 'Rolewright cannot see this server right now. Try again in a minute.');
}

import type { Finding } from '../core/doctor.ts';
import type { Guild } from '../core/guild.ts';
import { hasPermission, permissionWords, type Permission } from '../core/permissions.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import { canPostIn } from './guild-settings.ts';
import type { MappingWithHealth } from './mapping-health.ts';
import type { Channel } from './ports.ts';

/** What can be wrong with a guild as a whole. */
type GuildFindingCode =
  | 'bot_not_in_guild'
  | 'missing_manage_roles'
  | 'missing_manage_nicknames'
  | 'missing_create_invite'
  | 'missing_view_audit_log'
  | 'bypass_role_deleted'
  | 'audit_channel_closed'
  | 'notification_channel_closed'
  | 'auto_join_without_scope'
  | 'bot_token_refused'
  | 'bot_token_unreadable';

/** What is wrong or odd with a mapping, or with the guild as a whole (then without a mapping), and how to mend it. */
export interface DoctorEntry {
  mappingId: string | null;
  roleId: string | null;
  roleName: string | null;
  code: Finding['code'] | GuildFindingCode;
  severity: Finding['severity'];
  mend: string;
}

/** A permission that something needs which is switched on. */
interface Need {
  permission: Permission;
  code: Extract<GuildFindingCode, `missing_${string}`>;
  severity: Finding['severity'];
  for: string;
}

/** What the bot needs in the whole guild for what is switched on there. */
function permissionsNeeded({ nicknameTemplate, autoJoin }: Pick<StoredGuild, 'nicknameTemplate' | 'autoJoin'>): Need[] {
  const needs: Need[] = [
    {
      permission: 'manageRoles',
      code: 'missing_manage_roles',
      severity: 'error',
      for: 'to give and take roles',
    },
    {
      permission: 'viewAuditLog',
      code: 'missing_view_audit_log',
      severity: 'warning',
      for: 'to see who changed a role by hand',
    },
  ];
  if (nicknameTemplate.trim() !== '') {
    needs.push({
      permission: 'manageNicknames',
      code: 'missing_manage_nicknames',
      severity: 'error',
      for: 'to set nicknames',
    });
  }
  if (autoJoin) {
    needs.push({
      permission: 'createInstantInvite',
      code: 'missing_create_invite',
      severity: 'error',
      for: 'to bring in whoever links',
    });
  }
  return needs;
}

/** Those of them that the bot lacks. */
export function permissionsMissing(settings: StoredGuild, guild: Guild): Need[] {
  return permissionsNeeded(settings).filter(({ permission }) => !hasPermission(guild.bot.permissions, permission));
}

/** What is wrong or odd with the guild and its mappings (empty = ok); what concerns the guild as a whole comes first. */
export function examineGuild(
  settings: StoredGuild,
  {
    guild,
    channels,
    mappings,
    scopes,
    token,
  }: {
    guild: Guild | null;
    channels: readonly Channel[];
    mappings: readonly MappingWithHealth[];
    scopes: readonly string[];
    /** Of the guild's own bot, if there is one. */
    token: 'good' | 'refused' | 'unreadable';
  },
): DoctorEntry[] {
  const entries = guild
    ? [...permissionsMissing(settings, guild).map(lacking), ...gone(settings, guild, channels)]
    : [whole('bot_not_in_guild', 'error', 'Invite Rolewright to the server again.')];
  if (settings.autoJoin && !scopes.includes('guilds.join')) {
    const mend = 'Nobody can be brought in: whoever runs Rolewright has to add guilds.join to DISCORD_SCOPES.';
    entries.push(whole('auto_join_without_scope', 'warning', mend));
  }
  if (token !== 'good') {
    const what = token === 'refused' ? 'is not accepted by Discord' : 'cannot be read';
    const mend = `The token of the server's own bot ${what} any more. Set it anew, or take it away.`;
    entries.push(whole(`bot_token_${token}`, 'error', mend));
  }
  return [...entries, ...mappings.flatMap(entriesOf)];
}

function lacking(need: Need): DoctorEntry {
  return whole(need.code, need.severity, mendOfNeed(need));
}

/** What to do about a permission that the bot lacks. */
export function mendOfNeed({ permission, for: purpose }: Need): string {
  return `Give Rolewright's role the ${permissionWords(permission)} permission in Server Settings > Roles, ${purpose}.`;
}

/** Settings that name what is no longer there, or out of reach. */
function gone(settings: StoredGuild, guild: Guild, channels: readonly Channel[]): DoctorEntry[] {
  const entries: DoctorEntry[] = [];
  if (settings.bypassRoleId !== null && !guild.roles.has(settings.bypassRoleId)) {
    const mend = 'The role whose members are left alone no longer exists. Choose another one, or none.';
    entries.push(whole('bypass_role_deleted', 'warning', mend));
  }
  for (const [channelId, code, name] of [
    [settings.auditChannelId, 'audit_channel_closed', 'audit'],
    [settings.notificationChannelId, 'notification_channel_closed', 'notification'],
  ] as const) {
    if (channelId === null || channels.some((channel) => channel.id === channelId && canPostIn(channel))) continue;
    const mend = `Rolewright cannot post in the ${name} channel. Give it View Channel, Send Messages and Embed Links there, or choose another channel.`;
    entries.push(whole(code, 'warning', mend));
  }
  return entries;
}

function whole(code: GuildFindingCode, severity: Finding['severity'], mend: string): DoctorEntry {
  return { mappingId: null, roleId: null, roleName: null, code, severity, mend };
}

function entriesOf({ mapping, findings }: MappingWithHealth): DoctorEntry[] {
  const of = { mappingId: mapping.id, roleId: mapping.roleId, roleName: mapping.roleName };
  return findings.map(({ code, severity, mend }) => ({ ...of, code, severity, mend }));
}

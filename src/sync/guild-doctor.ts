import { examineMapping, type Finding } from '../core/doctor.ts';
import type { Guild } from '../core/guild.ts';
import { hasPermission, type Permission } from '../core/permissions.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import { canPostIn } from './guild-settings.ts';
import type { MappingWithHealth } from './mappings.ts';
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
  | 'bot_token_unreadable';

/** How a mapping is, or what is wrong with the guild as a whole (then without a mapping), and how to mend it. */
export interface DoctorEntry {
  mappingId: string | null;
  roleId: string | null;
  roleName: string | null;
  code: 'ok' | Finding['code'] | GuildFindingCode;
  severity: 'ok' | Finding['severity'];
  /** null: nothing is to be done. */
  mend: string | null;
}

/** A permission that something needs which is switched on. */
interface Need {
  permission: Permission;
  name: string;
  code: Extract<GuildFindingCode, `missing_${string}`>;
  severity: Finding['severity'];
  for: string;
}

/** What the bot needs in the whole guild for what is switched on there. */
export function permissionsNeeded({ nicknameTemplate, autoJoin }: Pick<StoredGuild, 'nicknameTemplate' | 'autoJoin'>) {
  const needs: Need[] = [
    {
      permission: 'manageRoles',
      name: 'Manage Roles',
      code: 'missing_manage_roles',
      severity: 'error',
      for: 'to give and take roles',
    },
    {
      permission: 'viewAuditLog',
      name: 'View Audit Log',
      code: 'missing_view_audit_log',
      severity: 'warning',
      for: 'to see who changed a role by hand',
    },
  ];
  if (nicknameTemplate.trim() !== '') {
    needs.push({
      permission: 'manageNicknames',
      name: 'Manage Nicknames',
      code: 'missing_manage_nicknames',
      severity: 'error',
      for: 'to set nicknames',
    });
  }
  if (autoJoin) {
    needs.push({
      permission: 'createInstantInvite',
      name: 'Create Invite',
      code: 'missing_create_invite',
      severity: 'error',
      for: 'to bring in whoever links',
    });
  }
  return needs;
}

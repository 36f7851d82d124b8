import { z } from 'zod';
import { mendOf } from '../core/doctor.ts';
import type { MemberPlan } from '../core/plan.ts';
import type { PlannedGuild } from '../sync/sync-plans.ts';
import type { SyncStatus } from '../sync/sync-status.ts';
import type { UserSyncResult } from '../sync/user-sync.ts';
import { instant, snowflake, uuid } from './fields.ts';
import { blockedChange, plannedChange, runState, runType } from './run-body.ts';

const MOST_USERS = 100;
const dryRun = z.boolean().default(false).meta({ description: 'true: only say what would change.' });

export const syncOrder = z
  .strictObject({
    guild_id: snowflake.optional().meta({ description: 'Without it: all guilds that you administer.' }),
    user_ids: z.array(uuid).min(1).max(MOST_USERS).optional().meta({ description: 'Accounts; without it: everybody.' }),
    mapping_id: uuid.optional().meta({ description: 'Only the role of this mapping, and those that exclude it.' }),
    dry_run: dryRun,
    confirm: z.boolean().default(false).meta({
      description: 'true: you know what it does, so that the blast-radius guard does not bound it.',
    }),
  })
  .refine(({ user_ids, mapping_id }) => user_ids === undefined || mapping_id === undefined, {
    error: 'cannot be combined with user_ids',
    path: ['mapping_id'],
  })
  .meta({ id: 'SyncOrder' });

const notLinked = z.array(uuid).meta({
  description:
    'Users of the order who have not linked a Discord user; unless you are an operator, those who do not exist or are no members of your servers as well.',
});

export const startedSync = z
  .object({
    sync_id: z.string(),
    is_async: z.literal(true),
    type: runType,
    target_id: z.string().nullable(),
    status: runState,
    started_at: instant,
    not_linked: notLinked,
  })
  .meta({
    id: 'StartedSync',
    description: 'It goes on in the background: GET /api/discord/sync/{sync_id} tells of it.',
  });

const keptRole = z
  .object({
    role_id: snowflake,
    because: z.enum(['foreign', 'add_only', 'grace', 'unknown', 'suppressed']),
    until: instant.nullable(),
  })
  .meta({ id: 'KeptRole' });

const sums = {
  users_total: z.int().meta({ description: 'Members that were looked at.' }),
  roles_added: z.int(),
  roles_removed: z.int(),
  blocked: z.int().meta({ description: 'Changes that are wanted and cannot work.' }),
};

const memberPlan = z
  .object({
    discord_id: snowflake,
    changes: z.array(plannedChange),
    blocked: z.array(blockedChange),
    kept: z.array(keptRole),
  })
  .meta({ id: 'MemberPlan' });

const guildPlan = z
  .object({
    guild_id: snowflake,
    guild_name: z.string(),
    ...sums,
    members: z.array(memberPlan),
    members_total: z.int().meta({ description: 'Members of whom there is anything to tell.' }),
    is_cut: z.boolean().meta({ description: 'Not all of those members are listed.' }),
  })
  .meta({ id: 'GuildPlan' });

export const syncPlan = z
  .object({
    is_dry_run: z.literal(true),
    ...sums,
    guilds: z.array(guildPlan),
    guilds_total: z.int(),
    is_cut: z.boolean().meta({ description: 'Not all of your guilds were looked at. Name one with guild_id.' }),
    not_linked: notLinked,
  })
  .meta({ id: 'SyncPlan' });

type RoleName = (guildId: string, roleId: string) => string;

export function planView(
  { guilds, guildsTotal, notLinked: strangers }: { guilds: PlannedGuild[]; guildsTotal: number; notLinked: string[] },
  nameOf: RoleName,
): z.input<typeof syncPlan> {
  const sum = (of: 'usersTotal' | 'rolesAdded' | 'rolesRemoved' | 'blocked') =>
    guilds.reduce((total, guild) => total + guild[of], 0);
  return {
    is_dry_run: true,
    users_total: sum('usersTotal'),
    roles_added: sum('rolesAdded'),
    roles_removed: sum('rolesRemoved'),
    blocked: sum('blocked'),
    guilds: guilds.map((guild) => ({
      guild_id: guild.guildId,
      guild_name: guild.guildName,
      users_total: guild.usersTotal,
      roles_added: guild.rolesAdded,
      roles_removed: guild.rolesRemoved,
      blocked: guild.blocked,
      members: guild.members.map(({ discordId, plan }) => memberView(guild.guildId, discordId, plan, nameOf)),
      members_total: guild.membersTotal,
      is_cut: guild.membersTotal > guild.members.length,
    })),
    guilds_total: guildsTotal,
    is_cut: guildsTotal > guilds.length,
    not_linked: strangers,
  };
}

function memberView(guildId: string, discordId: string, plan: MemberPlan, nameOf: RoleName) {
  return {
    discord_id: discordId,
    changes: plan.changes.map(changeOf),
    blocked: plan.blocked.map((change) => ({
      ...changeOf(change),
      block: change.block,
      mend: mendOf(change.block, nameOf(guildId, change.roleId)),
    })),
    kept: plan.kept.map(({ roleId, because, until }) => ({ role_id: roleId, because, until })),
  };
}

export function changeOf({ roleId, action, reason, mappingIds }: MemberPlan['changes'][number]) {
  return { role_id: roleId, action, reason, mapping_ids: [...mappingIds] };
}

export const userSyncOrder = z
  .strictObject({
    guild_id: snowflake.optional().meta({ description: 'Without it: every guild that you may know of.' }),
    dry_run: dryRun,
  })
  .default({ dry_run: false });

const roleIds = z.array(snowflake);

export const userSync = z
  .object({
    user_id: uuid,
    discord_user_id: snowflake.meta({ description: 'The first linked, where there are several.' }),
    is_dry_run: z.boolean(),
    sync_results: z.array(
      z.object({
        guild_id: snowflake,
        guild_name: z.string(),
        discord_id: snowflake,
        sync_id: z.string().nullable().meta({ description: 'null: there was nothing to change.' }),
        roles_added: roleIds,
        roles_removed: roleIds,
        roles_held: roleIds.meta({ description: 'Wanted, and bounded: an admin approves, or a later sync does it.' }),
        total_roles: z.int().meta({ description: 'Roles that the groups give there.' }),
        errors: z.array(z.string()),
      }),
    ),
    total_guilds: z.int(),
    successful_guilds: z.int(),
    failed_guilds: z.int(),
    synced_at: instant,
  })
  .meta({ id: 'UserSync' });

export function userSyncView(
  userId: string,
  { discordIds, results }: { discordIds: readonly string[]; results: readonly UserSyncResult[] },
  { isDryRun, at }: { isDryRun: boolean; at: Date },
): z.input<typeof userSync> {
  const all = new Set(results.map(({ guildId }) => guildId));
  const failed = new Set(results.filter(({ errors }) => errors.length > 0).map(({ guildId }) => guildId));
  return {
    user_id: userId,
    discord_user_id: discordIds[0] ?? '',
    is_dry_run: isDryRun,
    sync_results: results.map((result) => ({
      guild_id: result.guildId,
      guild_name: result.guildName,
      discord_id: result.discordId,
      sync_id: result.runId,
      roles_added: result.rolesAdded,
      roles_removed: result.rolesRemoved,
      roles_held: result.rolesHeld,
      total_roles: result.totalRoles,
      errors: result.errors,
    })),
    total_guilds: all.size,
    successful_guilds: all.size - failed.size,
    failed_guilds: failed.size,
    synced_at: at,
  };
}

export const statusSums = {
  last_full_sync: instant.nullable(),
  sync_in_progress: z.boolean(),
  total_users: z.int().meta({ description: 'Members whom the last sync of each guild looked at.' }),
  synced_users: z.int().meta({ description: 'Those of them whose roles agreed in the end.' }),
  failed_users: z.int(),
  total_guilds: z.int(),
  active_role_mappings: z.int(),
  recent_errors: z.array(
    z.object({ sync_id: z.string(), guild_id: snowflake.nullable(), message: z.string(), at: instant }),
  ),
};

export function statusView(status: SyncStatus) {
  return {
    last_full_sync: status.lastFullSync,
    sync_in_progress: status.isInProgress,
    total_users: status.totalUsers,
    synced_users: status.totalUsers - status.failedUsers,
    failed_users: status.failedUsers,
    total_guilds: status.totalGuilds,
    active_role_mappings: status.activeMappings,
    recent_errors: status.errors.map(({ run, message }) => ({
      sync_id: run.id,
      guild_id: run.guildId,
      message,
      at: run.completedAt ?? run.startedAt,
    })),
  };
}

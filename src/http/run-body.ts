import { z } from 'zod';
import type { RunStatus } from '../core/run-status.ts';
import type { Change, Run } from '../db/run-store.ts';
import type { RunSums } from '../sync/run-figures.ts';
import { instant, listed, snowflake, uuid } from './fields.ts';
import { blockCode, outcome, reason, trigger } from './known-words.ts';

const action = z.enum(['add', 'remove']).meta({ id: 'RoleAction' });
const planned = z.object({
  role_id: snowflake,
  action,
  reason,
  mapping_ids: z.array(z.string()),
});

export const plannedChange = planned.meta({ id: 'PlannedChange' });
export const blockedChange = planned.extend({ block: blockCode, mend: z.string() }).meta({ id: 'BlockedChange' });
export const runType = z.enum(['user', 'guild', 'mapping', 'full']).meta({ id: 'SyncType' });

export const runState = z
  .enum(['planned', 'held', 'pending', 'running', 'completed', 'failed', 'cancelled'] satisfies RunStatus[])
  .meta({ id: 'SyncState' });

export const changeBody = z
  .object({
    id: z.int().meta({ description: 'Rises with time.' }),
    sync_id: z.string().meta({ description: 'The run that made it; of a run with parts, the part.' }),
    guild_id: snowflake,
    discord_id: snowflake,
    role_id: snowflake,
    action,
    outcome,
    reason,
    mapping_ids: z.array(z.string()),
    changed_by: z.string().nullable().meta({ description: 'Drift: the Discord user who had changed the role.' }),
    at: instant,
  })
  .meta({ id: 'RoleChange' });

export function changeView(change: Change): z.input<typeof changeBody> {
  return {
    id: change.id,
    sync_id: change.runId,
    guild_id: change.guildId,
    discord_id: change.discordId,
    role_id: change.roleId,
    action: change.action,
    outcome: change.outcome ?? 'planned',
    reason: change.reason,
    mapping_ids: [...change.mappingIds],
    changed_by: change.changedBy,
    at: change.at,
  };
}

/** A run without its changes. */
export const runBody = z
  .object({
    sync_id: z.string(),
    type: runType,
    guild_id: snowflake.nullable().meta({ description: 'null: it has parts, in one guild or several.' }),
    target_id: z.string().nullable().meta({
      description:
        'A Discord user, a guild or a mapping, as `type` says. Of a run with parts: the account that was named, or null.',
    }),
    parent_id: z.string().nullable().meta({ description: 'The run that this one is a part of.' }),
    undo_of: z.string().nullable().meta({ description: 'The run that this one reverses.' }),
    trigger,
    status: runState,
    initiated_by: z
      .string()
      .nullable()
      .meta({ description: 'Discord id of who asked, or his account if he has none; null: Rolewright itself.' }),
    decided_by: z.string().nullable().meta({ description: 'Who approved or discarded it while it was held.' }),
    started_at: instant,
    completed_at: instant.nullable(),
    duration: z.number().nullable().meta({ description: 'Seconds; null while it has not ended.' }),
    results: z
      .object({
        users_total: z.int().nullable().meta({ description: 'Of a run under way, once it is known.' }),
        users_processed: z.int(),
        users_synced: z.int().meta({ description: 'Members who were changed.' }),
        users_failed: z.int(),
        roles_added: z.int(),
        roles_removed: z.int(),
        guilds_processed: z.int(),
        errors: z.array(z.string()),
      })
      .meta({ id: 'SyncResults' }),
  })
  .meta({ id: 'Sync' });

export function runView(run: Run, sums: RunSums): z.input<typeof runBody> {
  const { startedAt, completedAt } = run;
  return {
    sync_id: run.id,
    type: run.type,
    guild_id: run.guildId,
    target_id: run.targetId,
    parent_id: run.parentId,
    undo_of: run.undoOf,
    trigger: run.trigger,
    status: run.status,
    initiated_by: run.initiatedBy,
    decided_by: run.decidedBy,
    started_at: startedAt,
    completed_at: completedAt,
    duration: completedAt && Math.max(0, completedAt.getTime() - startedAt.getTime()) / 1000,
    results: {
      users_total: sums.usersTotal,
      users_processed: sums.usersProcessed,
      users_synced: sums.usersSynced,
      users_failed: sums.usersFailed,
      roles_added: sums.rolesAdded,
      roles_removed: sums.rolesRemoved,
      guilds_processed: sums.guildsProcessed,
      errors: [...sums.errors],
    },
  };
}

/** A run with one page of its changes, and of its parts'. */
export const wholeRunBody = runBody.extend({ changes: z.array(changeBody), ...listed }).meta({ id: 'SyncWithChanges' });

export const syncId = z.object({ sync_id: uuid });

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Agreement } from '../core/agreement.ts';
import type { Trigger } from '../core/occasion.ts';
import type { ChangeReason } from '../core/plan.ts';
import type { Outcome } from '../sync/ports.ts';
import { flag, instant, texts } from './columns.ts';
import { guilds } from './guild-schema.ts';

const mappingIds = () => text('mapping_ids', { mode: 'json' }).$type<readonly string[]>();

/** The ledger: roles that Rolewright gave. */
export const grants = sqliteTable(
  'grants',
  {
    guildId: text('guild_id')
      .notNull()
      .references(() => guilds.guildId, { onDelete: 'cascade' }),
    discordId: text('discord_id').notNull(),
    roleId: text('role_id').notNull(),
    mappingIds: mappingIds().notNull(),
    runId: text('run_id'),
    grantedAt: instant('granted_at').notNull(),
    undesiredSince: instant('undesired_since'),
    isReleased: flag('is_released').notNull().default(false),
    isConfirmed: flag('is_confirmed').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.guildId, table.discordId, table.roleId] }),
    index('grants_role').on(table.guildId, table.roleId),
  ],
);

/** A run that has more to tell than that all was well: few are like that, where schedules run. */
export const IS_WORTH_TELLING = sql.raw(
  `"status" <> 'completed' or "roles_added" > 0 or "roles_removed" > 0 or "users_failed" > 0 or "initiated_by" is not null`,
);

/** Executions of a plan. */
export const runs = sqliteTable(
  'runs',
  {
    id: text().primaryKey(),
    type: text({ enum: ['user', 'guild', 'mapping', 'full'] }).notNull(),
    guildId: text('guild_id').references(() => guilds.guildId, { onDelete: 'cascade' }),
    /** A Discord user, a guild or a mapping, as `type` says. */
    targetId: text('target_id'),
    trigger: text().$type<Trigger>().notNull(),
    status: text({ enum: ['planned', 'held', 'pending', 'running', 'completed', 'failed', 'cancelled'] }).notNull(),
    initiatedBy: text('initiated_by'),
    /** What exactly a person agreed to; null: all of it, or nobody was asked. */
    agreement: text({ mode: 'json' }).$type<Agreement>(),
    startedAt: instant('started_at').notNull(),
    completedAt: instant('completed_at'),
    usersProcessed: integer('users_processed').notNull().default(0),
    usersSynced: integer('users_synced').notNull().default(0),
    usersFailed: integer('users_failed').notNull().default(0),
    rolesAdded: integer('roles_added').notNull().default(0),
    rolesRemoved: integer('roles_removed').notNull().default(0),
    errors: texts('errors').notNull(),
    /** The blast-radius guard bounds it. */
    isBounded: flag('is_bounded').notNull().default(false),
    /** Discord id of the person who approved or discarded it while it was held. */
    decidedBy: text('decided_by'),
    /** The run that this one reverses. */
    undoOf: text('undo_of'),
    /** The run that this one is a part of: one that goes over several guilds or members. */
    parentId: text('parent_id'),
  },
  (table) => [
    index('runs_guild').on(table.guildId, table.startedAt),
    index('runs_status').on(table.status, table.guildId, table.startedAt),
    index('runs_ended').on(table.completedAt),
    index('runs_worth_telling').on(table.startedAt).where(IS_WORTH_TELLING),
    index('runs_parent').on(table.parentId),
  ],
);

/** A change that is planned and not done yet, or that waits for an admin; one per run, member, role and action. */
export const IS_OPEN = sql.raw(`"outcome" is null or "outcome" = 'held'`);

/** One add or remove of one role for one member, with its reason and its outcome. */
export const changes = sqliteTable(
  'changes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    guildId: text('guild_id').notNull(),
    discordId: text('discord_id').notNull(),
    roleId: text('role_id').notNull(),
    action: text({ enum: ['add', 'remove'] }).notNull(),
    /** null: planned, not done yet. */
    outcome: text().$type<Outcome>(),
    reason: text().$type<ChangeReason>().notNull(),
    mappingIds: mappingIds().notNull(),
    /** Discord id of the one who changed it on Discord (drift); null: nobody, or not known. */
    changedBy: text('changed_by'),
    /** When the run set out to write it; null: it has not. After a crash only that may have been done. */
    attemptedAt: instant('attempted_at'),
    at: instant('at').notNull(),
  },
  (table) => [
    index('changes_run').on(table.runId),
    index('changes_member').on(table.guildId, table.discordId, table.id),
    index('changes_role').on(table.guildId, table.roleId, table.at),
    index('changes_at').on(table.guildId, table.at),
    index('changes_changed_by')
      .on(table.changedBy)
      .where(sql`changed_by is not null`),
    // Only what is still open is in it: small, and whoever writes an outcome finds the row at once.
    uniqueIndex('changes_open').on(table.runId, table.discordId, table.roleId, table.action).where(IS_OPEN),
  ],
);

/** Roles of members that are left as they are, whatever the mappings say. */
export const suppressions = sqliteTable(
  'suppressions',
  {
    guildId: text('guild_id')
      .notNull()
      .references(() => guilds.guildId, { onDelete: 'cascade' }),
    discordId: text('discord_id').notNull(),
    roleId: text('role_id').notNull(),
    reason: text({ enum: ['drift', 'fight', 'undo'] }).notNull(),
    /** Discord id; null: not known. */
    changedBy: text('changed_by'),
    since: instant('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.discordId, table.roleId] })],
);

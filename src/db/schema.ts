import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Agreement } from '../core/agreement.ts';
import type { Conditions } from '../core/mapping.ts';
import type { ChangeReason } from '../core/plan.ts';
import type { Outcome } from '../sync/ports.ts';
import type { Trigger } from '../core/occasion.ts';

/** An instant, kept as milliseconds since the epoch. */
const instant = (name: string) => integer(name, { mode: 'timestamp_ms' });
const flag = (name: string) => integer(name, { mode: 'boolean' });
const texts = (name: string) => text(name, { mode: 'json' }).$type<string[]>();
const mappingIds = () => text('mapping_ids', { mode: 'json' }).$type<readonly string[]>();

/** A person in Rolewright. */
export const accounts = sqliteTable('accounts', {
  id: text().primaryKey(),
  externalId: text('external_id').unique(),
  createdAt: instant('created_at').notNull(),
});

/** Discord users that are linked to an account. A row is the link; tokens are JWE. */
export const discordUsers = sqliteTable(
  'discord_users',
  {
    discordId: text('discord_id').primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    username: text().notNull(),
    globalName: text('global_name'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    tokenExpiresAt: instant('token_expires_at'),
    scopes: texts('scopes').notNull(),
    needsRelink: flag('needs_relink').notNull().default(false),
    linkedAt: instant('linked_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('discord_users_account').on(table.accountId)],
);

/** OAuth2 states that wait for their callback; single-use, known by their hash only. */
export const oauthStates = sqliteTable(
  'oauth_states',
  {
    stateHash: text('state_hash').primaryKey(),
    purpose: text({ enum: ['login', 'link', 'link_from_discord'] }).notNull(),
    accountId: text('account_id').references(() => accounts.id, { onDelete: 'cascade' }),
    discordId: text('discord_id'),
    /** Hash of the browser's cookie; null until a browser opens the link. */
    browserHash: text('browser_hash'),
    redirectUrl: text('redirect_url'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('oauth_states_expires').on(table.expiresAt)],
);

/** One row per guild that the bot is or was in: its settings and its health. */
export const guilds = sqliteTable('guilds', {
  guildId: text('guild_id').primaryKey(),
  name: text().notNull(),
  isEnabled: flag('is_enabled').notNull().default(true),
  autoSync: flag('auto_sync').notNull().default(true),
  /** Seconds between two scheduled syncs; null = the operator's DISCORD_SYNC_INTERVAL. */
  syncIntervalSeconds: integer('sync_interval_seconds'),
  syncOnJoin: flag('sync_on_join').notNull().default(true),
  removeRolesOnLeave: flag('remove_roles_on_leave').notNull().default(true),
  syncPendingMembers: flag('sync_pending_members').notNull().default(false),
  onUnlink: text('on_unlink', { enum: ['remove', 'keep'] })
    .notNull()
    .default('remove'),
  bypassRoleId: text('bypass_role_id'),
  auditChannelId: text('audit_channel_id'),
  notificationChannelId: text('notification_channel_id'),
  maxRoleChangesPerSync: integer('max_role_changes_per_sync').notNull().default(100),
  maxRemovalsPercent: integer('max_removals_percent').notNull().default(20),
  /** Members join through OAuth2 when they link (needs the scope `guilds.join`). */
  autoJoin: flag('auto_join').notNull().default(false),
  /** '' = nicknames are left alone. */
  nicknameTemplate: text('nickname_template').notNull().default(''),
  lastFullSyncAt: instant('last_full_sync_at'),
  healthStatus: text('health_status', { enum: ['healthy', 'paused'] })
    .notNull()
    .default('healthy'),
  lastError: text('last_error'),
  lastHealthCheck: instant('last_health_check'),
  /** When the bot left; the row is purged 30 days later unless it comes back. */
  leftAt: instant('left_at'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** Local groups: of one guild, or global (`guild_id` null). */
export const groups = sqliteTable(
  'groups',
  {
    id: text().primaryKey(),
    guildId: text('guild_id').references(() => guilds.guildId, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** The name in one case, for names are unique whatever their case (SQLite's own lower() knows ASCII only). */
    nameKey: text('name_key').notNull(),
    description: text(),
    createdBy: text('created_by'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('groups_name').on(table.guildId, table.nameKey),
    // Two NULLs are never equal to a unique index, so that global groups need one of their own.
    uniqueIndex('groups_global_name')
      .on(table.nameKey)
      .where(sql`guild_id is null`),
  ],
);

/**
 * Who is in a local group: an account, or a Discord user. A membership by Discord user counts for whichever account
 * that user is linked to, so it waits by itself while there is no link.
 */
export const groupMemberships = sqliteTable(
  'group_memberships',
  {
    id: text().primaryKey(),
    groupId: text('group_id')
      .notNull()
      .references(() => groups.id, { onDelete: 'cascade' }),
    accountId: text('account_id').references(() => accounts.id, { onDelete: 'cascade' }),
    discordId: text('discord_id'),
    expiresAt: instant('expires_at'),
    addedBy: text('added_by'),
    addedAt: instant('added_at').notNull(),
  },
  (table) => [
    uniqueIndex('group_memberships_account').on(table.groupId, table.accountId),
    uniqueIndex('group_memberships_discord').on(table.groupId, table.discordId),
    index('group_memberships_by_account').on(table.accountId),
    index('group_memberships_by_discord').on(table.discordId),
    index('group_memberships_expires').on(table.expiresAt),
  ],
);

/** Rules of a guild: condition over facts -> role. */
export const roleMappings = sqliteTable(
  'role_mappings',
  {
    id: text().primaryKey(),
    guildId: text('guild_id')
      .notNull()
      .references(() => guilds.guildId, { onDelete: 'cascade' }),
    roleId: text('role_id').notNull(),
    roleName: text('role_name').notNull(),
    /** Not a foreign key: a mapping may name a group of another source. */
    groupId: text('group_id').notNull(),
    conditions: text({ mode: 'json' }).$type<Conditions>().notNull(),
    priority: integer().notNull().default(0),
    exclusiveSet: text('exclusive_set'),
    onForeign: text('on_foreign', { enum: ['keep', 'remove'] })
      .notNull()
      .default('keep'),
    onDrift: text('on_drift', { enum: ['revert', 'respect', 'alert'] })
      .notNull()
      .default('revert'),
    addOnly: flag('add_only').notNull().default(false),
    graceSeconds: integer('grace_seconds').notNull().default(0),
    isActive: flag('is_active').notNull().default(true),
    createdBy: text('created_by'),
    lastSync: instant('last_sync'),
    syncCount: integer('sync_count').notNull().default(0),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('role_mappings_guild').on(table.guildId)],
);

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
  },
  (table) => [
    index('runs_guild').on(table.guildId, table.startedAt),
    index('runs_status').on(table.status, table.guildId, table.startedAt),
    index('runs_ended').on(table.completedAt),
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
    index('changes_at').on(table.guildId, table.at),
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

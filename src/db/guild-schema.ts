import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Conditions } from '../core/mapping.ts';
import { flag, instant } from './columns.ts';
import { accounts } from './people-schema.ts';

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
  /** A bot token of the guild's own (JWE), and whose it is; null: the operator's bot works there. */
  botToken: text('bot_token'),
  botUserId: text('bot_user_id'),
  /** When an admin removed the configuration; null: it stands. */
  removedAt: instant('removed_at'),
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

/** What people changed in a guild's configuration, its mappings and its groups. */
export const configChanges = sqliteTable(
  'config_changes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** null: a global group. */
    guildId: text('guild_id'),
    subject: text({ enum: ['guild', 'mapping', 'group', 'membership'] }).notNull(),
    subjectId: text('subject_id').notNull(),
    action: text({ enum: ['create', 'update', 'delete'] }).notNull(),
    /** Discord id of who did it, or the account of one who has none; null: Rolewright itself. */
    actor: text(),
    before: text({ mode: 'json' }).$type<Record<string, unknown>>(),
    after: text({ mode: 'json' }).$type<Record<string, unknown>>(),
    at: instant('at').notNull(),
  },
  (table) => [index('config_changes_guild').on(table.guildId, table.at)],
);

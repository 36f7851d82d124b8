CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`external_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_external_id_unique` ON `accounts` (`external_id`);--> statement-breakpoint
CREATE TABLE `changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` text NOT NULL,
	`guild_id` text NOT NULL,
	`discord_id` text NOT NULL,
	`role_id` text NOT NULL,
	`action` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text NOT NULL,
	`mapping_ids` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `changes_run` ON `changes` (`run_id`);--> statement-breakpoint
CREATE INDEX `changes_member` ON `changes` (`guild_id`,`discord_id`,`id`);--> statement-breakpoint
CREATE TABLE `discord_users` (
	`discord_id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`username` text NOT NULL,
	`global_name` text,
	`access_token` text,
	`refresh_token` text,
	`token_expires_at` integer,
	`scopes` text NOT NULL,
	`needs_relink` integer DEFAULT false NOT NULL,
	`linked_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `discord_users_account` ON `discord_users` (`account_id`);--> statement-breakpoint
CREATE TABLE `grants` (
	`guild_id` text NOT NULL,
	`discord_id` text NOT NULL,
	`role_id` text NOT NULL,
	`mapping_ids` text NOT NULL,
	`run_id` text,
	`granted_at` integer NOT NULL,
	`undesired_since` integer,
	`is_released` integer DEFAULT false NOT NULL,
	`is_confirmed` integer NOT NULL,
	PRIMARY KEY(`guild_id`, `discord_id`, `role_id`),
	FOREIGN KEY (`guild_id`) REFERENCES `guilds`(`guild_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `group_memberships` (
	`id` text PRIMARY KEY NOT NULL,
	`group_id` text NOT NULL,
	`account_id` text,
	`discord_id` text,
	`expires_at` integer,
	`added_by` text,
	`added_at` integer NOT NULL,
	FOREIGN KEY (`group_id`) REFERENCES `groups`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `group_memberships_account` ON `group_memberships` (`group_id`,`account_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `group_memberships_discord` ON `group_memberships` (`group_id`,`discord_id`);--> statement-breakpoint
CREATE INDEX `group_memberships_by_account` ON `group_memberships` (`account_id`);--> statement-breakpoint
CREATE INDEX `group_memberships_by_discord` ON `group_memberships` (`discord_id`);--> statement-breakpoint
CREATE INDEX `group_memberships_expires` ON `group_memberships` (`expires_at`);--> statement-breakpoint
CREATE TABLE `groups` (
	`id` text PRIMARY KEY NOT NULL,
	`guild_id` text,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`description` text,
	`created_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`guild_id`) REFERENCES `guilds`(`guild_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `groups_name` ON `groups` (`guild_id`,`name_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `groups_global_name` ON `groups` (`name_key`) WHERE guild_id is null;--> statement-breakpoint
CREATE TABLE `guilds` (
	`guild_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`is_enabled` integer DEFAULT true NOT NULL,
	`auto_sync` integer DEFAULT true NOT NULL,
	`sync_interval_seconds` integer,
	`sync_on_join` integer DEFAULT true NOT NULL,
	`remove_roles_on_leave` integer DEFAULT true NOT NULL,
	`sync_pending_members` integer DEFAULT false NOT NULL,
	`on_unlink` text DEFAULT 'remove' NOT NULL,
	`bypass_role_id` text,
	`audit_channel_id` text,
	`notification_channel_id` text,
	`max_role_changes_per_sync` integer DEFAULT 100 NOT NULL,
	`max_removals_percent` integer DEFAULT 20 NOT NULL,
	`last_full_sync_at` integer,
	`left_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `oauth_states` (
	`state_hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`account_id` text,
	`discord_id` text,
	`browser_hash` text,
	`redirect_url` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oauth_states_expires` ON `oauth_states` (`expires_at`);--> statement-breakpoint
CREATE TABLE `role_mappings` (
	`id` text PRIMARY KEY NOT NULL,
	`guild_id` text NOT NULL,
	`role_id` text NOT NULL,
	`role_name` text NOT NULL,
	`group_id` text NOT NULL,
	`conditions` text NOT NULL,
	`priority` integer DEFAULT 0 NOT NULL,
	`exclusive_set` text,
	`on_foreign` text DEFAULT 'keep' NOT NULL,
	`on_drift` text DEFAULT 'revert' NOT NULL,
	`add_only` integer DEFAULT false NOT NULL,
	`grace_seconds` integer DEFAULT 0 NOT NULL,
	`is_active` integer DEFAULT true NOT NULL,
	`created_by` text,
	`last_sync` integer,
	`sync_count` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`guild_id`) REFERENCES `guilds`(`guild_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `role_mappings_guild` ON `role_mappings` (`guild_id`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`guild_id` text,
	`target_id` text,
	`trigger` text NOT NULL,
	`status` text NOT NULL,
	`initiated_by` text,
	`started_at` integer NOT NULL,
	`completed_at` integer,
	`users_processed` integer DEFAULT 0 NOT NULL,
	`users_synced` integer DEFAULT 0 NOT NULL,
	`users_failed` integer DEFAULT 0 NOT NULL,
	`roles_added` integer DEFAULT 0 NOT NULL,
	`roles_removed` integer DEFAULT 0 NOT NULL,
	`errors` text NOT NULL,
	FOREIGN KEY (`guild_id`) REFERENCES `guilds`(`guild_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `runs_guild` ON `runs` (`guild_id`,`started_at`);
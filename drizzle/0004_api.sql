CREATE TABLE `config_changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`guild_id` text,
	`subject` text NOT NULL,
	`subject_id` text NOT NULL,
	`action` text NOT NULL,
	`actor` text,
	`before` text,
	`after` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `config_changes_guild` ON `config_changes` (`guild_id`,`at`);--> statement-breakpoint
CREATE TABLE `revoked_sessions` (
	`jti` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `revoked_sessions_expires` ON `revoked_sessions` (`expires_at`);--> statement-breakpoint
CREATE INDEX `revoked_sessions_account` ON `revoked_sessions` (`account_id`);--> statement-breakpoint
CREATE TABLE `seen_webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `seen_webhooks_expires` ON `seen_webhooks` (`expires_at`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `sessions_valid_after` integer;--> statement-breakpoint
ALTER TABLE `guilds` ADD `bot_token` text;--> statement-breakpoint
ALTER TABLE `guilds` ADD `bot_user_id` text;--> statement-breakpoint
ALTER TABLE `guilds` ADD `removed_at` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `parent_id` text;--> statement-breakpoint
CREATE INDEX `runs_worth_telling` ON `runs` (`started_at`) WHERE "status" <> 'completed' or "roles_added" > 0 or "roles_removed" > 0 or "users_failed" > 0 or "initiated_by" is not null;--> statement-breakpoint
CREATE INDEX `runs_parent` ON `runs` (`parent_id`);--> statement-breakpoint
CREATE INDEX `changes_role` ON `changes` (`guild_id`,`role_id`,`at`);--> statement-breakpoint
CREATE INDEX `changes_changed_by` ON `changes` (`changed_by`) WHERE changed_by is not null;--> statement-breakpoint
CREATE INDEX `oauth_states_account` ON `oauth_states` (`account_id`);
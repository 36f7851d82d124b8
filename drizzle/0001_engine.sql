CREATE TABLE `suppressions` (
	`guild_id` text NOT NULL,
	`discord_id` text NOT NULL,
	`role_id` text NOT NULL,
	`reason` text NOT NULL,
	`changed_by` text,
	`since` integer NOT NULL,
	PRIMARY KEY(`guild_id`, `discord_id`, `role_id`),
	FOREIGN KEY (`guild_id`) REFERENCES `guilds`(`guild_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` text NOT NULL,
	`guild_id` text NOT NULL,
	`discord_id` text NOT NULL,
	`role_id` text NOT NULL,
	`action` text NOT NULL,
	`outcome` text,
	`reason` text NOT NULL,
	`mapping_ids` text NOT NULL,
	`changed_by` text,
	`at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `__new_changes`("id", "run_id", "guild_id", "discord_id", "role_id", "action", "outcome", "reason", "mapping_ids", "changed_by", "at") SELECT "id", "run_id", "guild_id", "discord_id", "role_id", "action", "outcome", "reason", "mapping_ids", NULL, "at" FROM `changes`;--> statement-breakpoint
DROP TABLE `changes`;--> statement-breakpoint
ALTER TABLE `__new_changes` RENAME TO `changes`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `changes_run` ON `changes` (`run_id`);--> statement-breakpoint
CREATE INDEX `changes_member` ON `changes` (`guild_id`,`discord_id`,`id`);--> statement-breakpoint
CREATE INDEX `changes_at` ON `changes` (`guild_id`,`at`);--> statement-breakpoint
CREATE UNIQUE INDEX `changes_open` ON `changes` (`run_id`,`discord_id`,`role_id`,`action`) WHERE "outcome" is null or "outcome" = 'held';--> statement-breakpoint
ALTER TABLE `guilds` ADD `auto_join` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `guilds` ADD `nickname_template` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `guilds` ADD `health_status` text DEFAULT 'healthy' NOT NULL;--> statement-breakpoint
ALTER TABLE `guilds` ADD `last_error` text;--> statement-breakpoint
ALTER TABLE `guilds` ADD `last_health_check` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `is_bounded` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `decided_by` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `undo_of` text;--> statement-breakpoint
CREATE INDEX `runs_status` ON `runs` (`status`,`guild_id`,`started_at`);--> statement-breakpoint
CREATE INDEX `runs_ended` ON `runs` (`completed_at`);--> statement-breakpoint
CREATE INDEX `grants_role` ON `grants` (`guild_id`,`role_id`);
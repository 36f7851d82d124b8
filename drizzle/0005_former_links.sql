CREATE TABLE `former_links` (
	`discord_id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`unlinked_at` integer NOT NULL,
	`is_own` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `former_links_account` ON `former_links` (`account_id`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `kept_session` text;--> statement-breakpoint
ALTER TABLE `oauth_states` ADD `session_jti` text;--> statement-breakpoint
ALTER TABLE `oauth_states` ADD `started_by` text;
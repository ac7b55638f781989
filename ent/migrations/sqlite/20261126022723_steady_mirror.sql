-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_call_budgets" table
CREATE TABLE `new_call_budgets` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `calls_per_minute` integer NOT NULL DEFAULT (10), `calls` json NOT NULL, `blocked_until` datetime NULL, `licence_start` datetime NULL, `licence_end` datetime NULL, `token` blob NULL, `token_expires_at` datetime NULL, `failures` integer NOT NULL DEFAULT (0), `failing_since` datetime NULL, `failing_code` text NULL, `open_until` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "call_budgets" to new temporary table "new_call_budgets"
INSERT INTO `new_call_budgets` (`id`, `created_at`, `updated_at`, `calls_per_minute`, `calls`, `blocked_until`, `licence_start`, `licence_end`, `token`, `token_expires_at`) SELECT `id`, `created_at`, `updated_at`, `calls_per_minute`, `calls`, `blocked_until`, `licence_start`, `licence_end`, `token`, `token_expires_at` FROM `call_budgets`;
-- drop "call_budgets" table after copying rows
DROP TABLE `call_budgets`;
-- rename temporary table "new_call_budgets" to "call_budgets"
ALTER TABLE `new_call_budgets` RENAME TO `call_budgets`;
-- create "new_callback_deliveries" table
CREATE TABLE `new_callback_deliveries` (`id` text NOT NULL, `integration_id` text NOT NULL, `received_at` datetime NOT NULL, `method` text NOT NULL, `content_type` text NOT NULL, `body` blob NULL, `references` json NULL, `redelivered_at` datetime NULL, `redeliveries` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- copy rows from old table "callback_deliveries" to new temporary table "new_callback_deliveries"
INSERT INTO `new_callback_deliveries` (`id`, `integration_id`, `received_at`, `method`, `content_type`, `body`, `references`) SELECT `id`, `integration_id`, `received_at`, `method`, `content_type`, `body`, `references` FROM `callback_deliveries`;
-- drop "callback_deliveries" table after copying rows
DROP TABLE `callback_deliveries`;
-- rename temporary table "new_callback_deliveries" to "callback_deliveries"
ALTER TABLE `new_callback_deliveries` RENAME TO `callback_deliveries`;
-- create index "callbackdelivery_integration_id_received_at" to table: "callback_deliveries"
CREATE INDEX `callbackdelivery_integration_id_received_at` ON `callback_deliveries` (`integration_id`, `received_at`);
-- create "new_quarantines" table
CREATE TABLE `new_quarantines` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `integration_id` text NOT NULL, `complaint_id` integer NOT NULL, `reason` text NOT NULL, `attempts` integer NOT NULL DEFAULT (1), `retry_at` datetime NOT NULL, `detail` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- copy rows from old table "quarantines" to new temporary table "new_quarantines"
INSERT INTO `new_quarantines` (`id`, `created_at`, `updated_at`, `integration_id`, `complaint_id`, `reason`, `attempts`, `retry_at`) SELECT `id`, `created_at`, `updated_at`, `integration_id`, `complaint_id`, `reason`, `attempts`, `retry_at` FROM `quarantines`;
-- drop "quarantines" table after copying rows
DROP TABLE `quarantines`;
-- rename temporary table "new_quarantines" to "quarantines"
ALTER TABLE `new_quarantines` RENAME TO `quarantines`;
-- create index "quarantine_integration_id_complaint_id" to table: "quarantines"
CREATE UNIQUE INDEX `quarantine_integration_id_complaint_id` ON `quarantines` (`integration_id`, `complaint_id`);
-- create index "quarantine_retry_at" to table: "quarantines"
CREATE INDEX `quarantine_retry_at` ON `quarantines` (`retry_at`);
-- create "new_sync_states" table
CREATE TABLE `new_sync_states` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `window_from` datetime NOT NULL, `backfill_before` datetime NULL, `backfill_page` integer NOT NULL DEFAULT (1), `backfill_done_at` datetime NULL, `backfill_total` integer NULL, `backfill_read` integer NOT NULL DEFAULT (0), `backfill_calls` integer NOT NULL DEFAULT (0), `watermark` datetime NULL, `run_since` datetime NULL, `run_page` integer NOT NULL DEFAULT (1), `run_high` datetime NULL, `last_sync_at` datetime NULL, `next_sync_at` datetime NULL, `last_error_code` text NULL, `last_error_at` datetime NULL, `failures` integer NOT NULL DEFAULT (0), `retry_at` datetime NULL, `step` integer NOT NULL DEFAULT (0), `backfill_paused_at` datetime NULL, `backfill_cancelled_at` datetime NULL, `sync_requested_at` datetime NULL, `sync_requested_by` text NULL, `scan` json NULL, `scan_at` datetime NULL, `scanned_at` datetime NULL, `silent_changes` integer NOT NULL DEFAULT (0), `integration_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sync_states_integrations_sync_state` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "sync_states" to new temporary table "new_sync_states"
INSERT INTO `new_sync_states` (`id`, `created_at`, `updated_at`, `window_from`, `backfill_before`, `backfill_page`, `backfill_done_at`, `backfill_total`, `backfill_read`, `backfill_calls`, `watermark`, `run_since`, `run_page`, `run_high`, `last_sync_at`, `next_sync_at`, `last_error_code`, `last_error_at`, `failures`, `retry_at`, `integration_id`) SELECT `id`, `created_at`, `updated_at`, `window_from`, `backfill_before`, `backfill_page`, `backfill_done_at`, `backfill_total`, `backfill_read`, `backfill_calls`, `watermark`, `run_since`, `run_page`, `run_high`, `last_sync_at`, `next_sync_at`, `last_error_code`, `last_error_at`, `failures`, `retry_at`, `integration_id` FROM `sync_states`;
-- drop "sync_states" table after copying rows
DROP TABLE `sync_states`;
-- rename temporary table "new_sync_states" to "sync_states"
ALTER TABLE `new_sync_states` RENAME TO `sync_states`;
-- create index "sync_states_integration_id_key" to table: "sync_states"
CREATE UNIQUE INDEX `sync_states_integration_id_key` ON `sync_states` (`integration_id`);
-- create "new_ticket_events" table
CREATE TABLE `new_ticket_events` (`id` text NOT NULL, `position` integer NULL, `kind` text NOT NULL, `occurred_at` datetime NOT NULL, `actor_kind` text NOT NULL, `cause` text NOT NULL, `changes` json NOT NULL, `ticket_version` integer NOT NULL, `integration_id` text NOT NULL, `sector_id` text NOT NULL, `status` text NOT NULL, `assignee_id` text NULL, `ticket_id` text NOT NULL, `actor_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `ticket_events_tickets_events` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION, CONSTRAINT `ticket_events_users_actor_user` FOREIGN KEY (`actor_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
-- copy rows from old table "ticket_events" to new temporary table "new_ticket_events"
INSERT INTO `new_ticket_events` (`id`, `position`, `kind`, `occurred_at`, `actor_kind`, `cause`, `changes`, `ticket_version`, `integration_id`, `sector_id`, `status`, `assignee_id`, `ticket_id`, `actor_id`) SELECT `id`, `position`, `kind`, `occurred_at`, `actor_kind`, `cause`, `changes`, `ticket_version`, `integration_id`, `sector_id`, `status`, `assignee_id`, `ticket_id`, `actor_id` FROM `ticket_events`;
-- drop "ticket_events" table after copying rows
DROP TABLE `ticket_events`;
-- rename temporary table "new_ticket_events" to "ticket_events"
ALTER TABLE `new_ticket_events` RENAME TO `ticket_events`;
-- create index "ticket_events_position_key" to table: "ticket_events"
CREATE UNIQUE INDEX `ticket_events_position_key` ON `ticket_events` (`position`);
-- create index "ticketevent_ticket_id_id" to table: "ticket_events"
CREATE INDEX `ticketevent_ticket_id_id` ON `ticket_events` (`ticket_id`, `id`);
-- create index "ticketevent_unnumbered" to table: "ticket_events"
CREATE INDEX `ticketevent_unnumbered` ON `ticket_events` (`id`) WHERE position IS NULL;
-- add column "vanished_at" to table: "tickets"
ALTER TABLE `tickets` ADD COLUMN `vanished_at` datetime NULL;
-- create index "ticket_integration_id_ra_modified_at" to table: "tickets"
CREATE INDEX `ticket_integration_id_ra_modified_at` ON `tickets` (`integration_id`, `ra_modified_at`);
-- create "alarms" table
CREATE TABLE `alarms` (`id` text NOT NULL, `integration_id` text NOT NULL, `code` text NOT NULL, `raised_at` datetime NOT NULL, `cleared_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "alarm_integration_id_raised_at" to table: "alarms"
CREATE INDEX `alarm_integration_id_raised_at` ON `alarms` (`integration_id`, `raised_at`);
-- create index "alarm_integration_id_code" to table: "alarms"
CREATE UNIQUE INDEX `alarm_integration_id_code` ON `alarms` (`integration_id`, `code`) WHERE cleared_at IS NULL;
-- create "change_tallies" table
CREATE TABLE `change_tallies` (`id` text NOT NULL, `integration_id` text NOT NULL, `hour` datetime NOT NULL, `announced` integer NOT NULL DEFAULT (0), `found` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- create index "changetally_integration_id_hour" to table: "change_tallies"
CREATE UNIQUE INDEX `changetally_integration_id_hour` ON `change_tallies` (`integration_id`, `hour`);
-- create "leases" table
CREATE TABLE `leases` (`id` text NOT NULL, `holder` text NOT NULL, `until` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "sync_runs" table
CREATE TABLE `sync_runs` (`id` text NOT NULL, `kind` text NOT NULL, `trigger` text NOT NULL, `state` text NOT NULL DEFAULT ('RUNNING'), `started_at` datetime NOT NULL, `finished_at` datetime NULL, `created_tickets` integer NOT NULL DEFAULT (0), `updated_tickets` integer NOT NULL DEFAULT (0), `unchanged_tickets` integer NOT NULL DEFAULT (0), `failed_complaints` integer NOT NULL DEFAULT (0), `vanished_tickets` integer NOT NULL DEFAULT (0), `calls` integer NOT NULL DEFAULT (0), `error_code` text NULL, `integration_id` text NOT NULL, `requested_by_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `sync_runs_integrations_integration` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION, CONSTRAINT `sync_runs_users_requested_by` FOREIGN KEY (`requested_by_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
-- create index "syncrun_integration_id_id" to table: "sync_runs"
CREATE INDEX `syncrun_integration_id_id` ON `sync_runs` (`integration_id`, `id`);
-- create index "syncrun_integration_id_kind_state" to table: "sync_runs"
CREATE INDEX `syncrun_integration_id_kind_state` ON `sync_runs` (`integration_id`, `kind`, `state`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "syncrun_integration_id_kind_state" to table: "sync_runs"
DROP INDEX `syncrun_integration_id_kind_state`;
-- reverse: create index "syncrun_integration_id_id" to table: "sync_runs"
DROP INDEX `syncrun_integration_id_id`;
-- reverse: create "sync_runs" table
DROP TABLE `sync_runs`;
-- reverse: create "leases" table
DROP TABLE `leases`;
-- reverse: create index "changetally_integration_id_hour" to table: "change_tallies"
DROP INDEX `changetally_integration_id_hour`;
-- reverse: create "change_tallies" table
DROP TABLE `change_tallies`;
-- reverse: create index "alarm_integration_id_code" to table: "alarms"
DROP INDEX `alarm_integration_id_code`;
-- reverse: create index "alarm_integration_id_raised_at" to table: "alarms"
DROP INDEX `alarm_integration_id_raised_at`;
-- reverse: create "alarms" table
DROP TABLE `alarms`;
-- reverse: create index "ticket_integration_id_ra_modified_at" to table: "tickets"
DROP INDEX `ticket_integration_id_ra_modified_at`;
-- reverse: add column "vanished_at" to table: "tickets"
ALTER TABLE `tickets` DROP COLUMN `vanished_at`;
-- reverse: create index "ticketevent_unnumbered" to table: "ticket_events"
DROP INDEX `ticketevent_unnumbered`;
-- reverse: create index "ticketevent_ticket_id_id" to table: "ticket_events"
DROP INDEX `ticketevent_ticket_id_id`;
-- reverse: create index "ticket_events_position_key" to table: "ticket_events"
DROP INDEX `ticket_events_position_key`;
-- reverse: create "new_ticket_events" table
DROP TABLE `new_ticket_events`;
-- reverse: create index "sync_states_integration_id_key" to table: "sync_states"
DROP INDEX `sync_states_integration_id_key`;
-- reverse: create "new_sync_states" table
DROP TABLE `new_sync_states`;
-- reverse: create index "quarantine_retry_at" to table: "quarantines"
DROP INDEX `quarantine_retry_at`;
-- reverse: create index "quarantine_integration_id_complaint_id" to table: "quarantines"
DROP INDEX `quarantine_integration_id_complaint_id`;
-- reverse: create "new_quarantines" table
DROP TABLE `new_quarantines`;
-- reverse: create index "callbackdelivery_integration_id_received_at" to table: "callback_deliveries"
DROP INDEX `callbackdelivery_integration_id_received_at`;
-- reverse: create "new_callback_deliveries" table
DROP TABLE `new_callback_deliveries`;
-- reverse: create "new_call_budgets" table
DROP TABLE `new_call_budgets`;

-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_attachments" table
CREATE TABLE `new_attachments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `source_id` text NOT NULL, `name` text NOT NULL, `private` bool NOT NULL DEFAULT (false), `url` text NULL, `interaction_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `attachments_interactions_attachments` FOREIGN KEY (`interaction_id`) REFERENCES `interactions` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "attachments" to new temporary table "new_attachments"
INSERT INTO `new_attachments` (`id`, `created_at`, `updated_at`, `source_id`, `name`, `url`, `interaction_id`) SELECT `id`, `created_at`, `updated_at`, `source_id`, `name`, `url`, `interaction_id` FROM `attachments`;
-- drop "attachments" table after copying rows
DROP TABLE `attachments`;
-- rename temporary table "new_attachments" to "attachments"
ALTER TABLE `new_attachments` RENAME TO `attachments`;
-- create index "attachment_interaction_id_source_id" to table: "attachments"
CREATE UNIQUE INDEX `attachment_interaction_id_source_id` ON `attachments` (`interaction_id`, `source_id`);
-- add column "details" to table: "complaints"
ALTER TABLE `complaints` ADD COLUMN `details` json NULL;
-- add column "as_sent" to table: "customers"
ALTER TABLE `customers` ADD COLUMN `as_sent` json NULL;
-- add column "company_name" to table: "customers"
ALTER TABLE `customers` ADD COLUMN `company_name` text NULL;
-- add column "birth_date" to table: "customers"
ALTER TABLE `customers` ADD COLUMN `birth_date` text NULL;
-- add column "gender" to table: "customers"
ALTER TABLE `customers` ADD COLUMN `gender` text NULL;
-- add column "modified_at" to table: "interactions"
ALTER TABLE `interactions` ADD COLUMN `modified_at` datetime NULL;
-- add column "type_name" to table: "interactions"
ALTER TABLE `interactions` ADD COLUMN `type_name` text NULL;
-- add column "details" to table: "interactions"
ALTER TABLE `interactions` ADD COLUMN `details` json NULL;
-- create "new_outbound_attempts" table
CREATE TABLE `new_outbound_attempts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `kind` text NOT NULL, `text` text NOT NULL, `moderation_reason_id` integer NULL, `target_company_id` integer NULL, `state` text NOT NULL DEFAULT ('PENDING'), `idempotency_key` text NOT NULL, `input_hash` text NOT NULL, `known_twins` json NOT NULL, `known_state` text NOT NULL DEFAULT (''), `settled_at` datetime NULL, `first_absent_at` datetime NULL, `failure_code` text NULL, `failure_text` text NULL, `upstream_code` text NULL, `author_id` text NOT NULL, `interaction_id` text NULL, `ticket_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `outbound_attempts_users_author` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `outbound_attempts_interactions_interaction` FOREIGN KEY (`interaction_id`) REFERENCES `interactions` (`id`) ON DELETE SET NULL, CONSTRAINT `outbound_attempts_tickets_outbound_attempts` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "outbound_attempts" to new temporary table "new_outbound_attempts"
INSERT INTO `new_outbound_attempts` (`id`, `created_at`, `updated_at`, `kind`, `text`, `state`, `idempotency_key`, `input_hash`, `known_twins`, `settled_at`, `first_absent_at`, `failure_code`, `failure_text`, `upstream_code`, `author_id`, `interaction_id`, `ticket_id`) SELECT `id`, `created_at`, `updated_at`, `kind`, `text`, `state`, `idempotency_key`, `input_hash`, `known_twins`, `settled_at`, `first_absent_at`, `failure_code`, `failure_text`, `upstream_code`, `author_id`, `interaction_id`, `ticket_id` FROM `outbound_attempts`;
-- drop "outbound_attempts" table after copying rows
DROP TABLE `outbound_attempts`;
-- rename temporary table "new_outbound_attempts" to "outbound_attempts"
ALTER TABLE `new_outbound_attempts` RENAME TO `outbound_attempts`;
-- create index "outboundattempt_author_id_idempotency_key" to table: "outbound_attempts"
CREATE UNIQUE INDEX `outboundattempt_author_id_idempotency_key` ON `outbound_attempts` (`author_id`, `idempotency_key`);
-- create index "outboundattempt_ticket_id_state" to table: "outbound_attempts"
CREATE INDEX `outboundattempt_ticket_id_state` ON `outbound_attempts` (`ticket_id`, `state`);
-- create index "outboundattempt_state" to table: "outbound_attempts"
CREATE INDEX `outboundattempt_state` ON `outbound_attempts` (`state`);
-- create "new_tickets" table
CREATE TABLE `new_tickets` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `protocol` text NOT NULL, `status` text NOT NULL, `version` integer NOT NULL DEFAULT (1), `unread` bool NOT NULL DEFAULT (true), `opened_at` datetime NOT NULL, `occurred_at` datetime NOT NULL, `due_at` datetime NULL, `last_changed_at` datetime NOT NULL, `title` text NOT NULL, `description` text NOT NULL, `complaint_id` integer NOT NULL, `source_id` text NOT NULL, `ra_status_id` integer NOT NULL, `ra_status_name` text NOT NULL, `ra_modified_at` datetime NOT NULL, `hugme_status_id` integer NOT NULL DEFAULT (0), `hugme_status_name` text NOT NULL DEFAULT (''), `ra_closed_at` datetime NULL, `first_answered_at` datetime NULL, `last_replica_at` datetime NULL, `reason` text NULL, `feeling` text NULL, `read_at` datetime NOT NULL, `outside_window` bool NOT NULL DEFAULT (false), `frozen` bool NOT NULL DEFAULT (false), `active` bool NOT NULL DEFAULT (true), `may_request_evaluation` bool NOT NULL DEFAULT (false), `may_request_moderation` bool NOT NULL DEFAULT (false), `evaluation_request_id` integer NOT NULL DEFAULT (0), `evaluation_request_name` text NULL, `rated_unanswered` bool NOT NULL DEFAULT (false), `rating` integer NULL, `rated_at` datetime NULL, `resolved` bool NULL, `would_return` bool NULL, `consumer_consideration` text NULL, `company_consideration` text NULL, `consumer_consideration_at` datetime NULL, `company_consideration_at` datetime NULL, `deactivated_at` datetime NULL, `deactivation_reason` text NULL, `unknown_count` integer NOT NULL DEFAULT (0), `moderation_status` text NULL, `moderation_reason` text NULL, `moderation_requested_at` datetime NULL, `moderation_answered_at` datetime NULL, `customer_id` text NOT NULL, `integration_id` text NOT NULL, `creator_id` text NOT NULL, `sector_id` text NOT NULL, `occurrence_type_id` text NOT NULL, `occurrence_id` text NOT NULL, `solution_id` text NULL, `assignee_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `tickets_customers_tickets` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_integrations_integration` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_users_creator` FOREIGN KEY (`creator_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_sectors_sector` FOREIGN KEY (`sector_id`) REFERENCES `sectors` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_occurrence_types_occurrence_type` FOREIGN KEY (`occurrence_type_id`) REFERENCES `occurrence_types` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_occurrences_occurrence` FOREIGN KEY (`occurrence_id`) REFERENCES `occurrences` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_solutions_solution` FOREIGN KEY (`solution_id`) REFERENCES `solutions` (`id`) ON DELETE SET NULL, CONSTRAINT `tickets_users_assignee` FOREIGN KEY (`assignee_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
-- copy rows from old table "tickets" to new temporary table "new_tickets"
INSERT INTO `new_tickets` (`id`, `created_at`, `updated_at`, `protocol`, `status`, `version`, `unread`, `opened_at`, `occurred_at`, `due_at`, `last_changed_at`, `title`, `description`, `complaint_id`, `source_id`, `ra_status_id`, `ra_status_name`, `ra_modified_at`, `read_at`, `outside_window`, `frozen`, `active`, `may_request_evaluation`, `may_request_moderation`, `rating`, `rated_at`, `resolved`, `would_return`, `consumer_consideration`, `company_consideration`, `moderation_status`, `moderation_reason`, `moderation_requested_at`, `moderation_answered_at`, `customer_id`, `integration_id`, `creator_id`, `sector_id`, `occurrence_type_id`, `occurrence_id`, `solution_id`, `assignee_id`) SELECT `id`, `created_at`, `updated_at`, `protocol`, `status`, `version`, `unread`, `opened_at`, `occurred_at`, `due_at`, `last_changed_at`, `title`, `description`, `complaint_id`, `source_id`, `ra_status_id`, `ra_status_name`, `ra_modified_at`, `read_at`, `outside_window`, `frozen`, `active`, `may_request_evaluation`, `may_request_moderation`, `rating`, `rated_at`, `resolved`, `would_return`, `consumer_consideration`, `company_consideration`, `moderation_status`, `moderation_reason`, `moderation_requested_at`, `moderation_answered_at`, `customer_id`, `integration_id`, `creator_id`, `sector_id`, `occurrence_type_id`, `occurrence_id`, `solution_id`, `assignee_id` FROM `tickets`;
-- drop "tickets" table after copying rows
DROP TABLE `tickets`;
-- rename temporary table "new_tickets" to "tickets"
ALTER TABLE `new_tickets` RENAME TO `tickets`;
-- create index "tickets_protocol_key" to table: "tickets"
CREATE UNIQUE INDEX `tickets_protocol_key` ON `tickets` (`protocol`);
-- create index "ticket_integration_id_complaint_id" to table: "tickets"
CREATE UNIQUE INDEX `ticket_integration_id_complaint_id` ON `tickets` (`integration_id`, `complaint_id`);
-- create index "ticket_integration_id_source_id" to table: "tickets"
CREATE INDEX `ticket_integration_id_source_id` ON `tickets` (`integration_id`, `source_id`);
-- create index "ticket_sector_id_id" to table: "tickets"
CREATE INDEX `ticket_sector_id_id` ON `tickets` (`sector_id`, `id`);
-- create index "ticket_status_id" to table: "tickets"
CREATE INDEX `ticket_status_id` ON `tickets` (`status`, `id`);
-- create index "ticket_assignee_id_id" to table: "tickets"
CREATE INDEX `ticket_assignee_id_id` ON `tickets` (`assignee_id`, `id`);
-- create index "ticket_occurred_at_id" to table: "tickets"
CREATE INDEX `ticket_occurred_at_id` ON `tickets` (`occurred_at`, `id`);
-- create index "ticket_last_changed_at_id" to table: "tickets"
CREATE INDEX `ticket_last_changed_at_id` ON `tickets` (`last_changed_at`, `id`);
-- create index "ticket_customer_id_id" to table: "tickets"
CREATE INDEX `ticket_customer_id_id` ON `tickets` (`customer_id`, `id`);
-- create "internal_notes" table
CREATE TABLE `internal_notes` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `text` text NOT NULL, `author_id` text NOT NULL, `ticket_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `internal_notes_users_author` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `internal_notes_tickets_notes` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION);
-- create index "internalnote_ticket_id_id" to table: "internal_notes"
CREATE INDEX `internalnote_ticket_id_id` ON `internal_notes` (`ticket_id`, `id`);
-- create "possible_duplicates" table
CREATE TABLE `possible_duplicates` (`id` text NOT NULL, `found_at` datetime NOT NULL, `customer_id` text NOT NULL, `other_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `possible_duplicates_customers_possible_duplicates` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION, CONSTRAINT `possible_duplicates_customers_other` FOREIGN KEY (`other_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION);
-- create index "possibleduplicate_customer_id_other_id" to table: "possible_duplicates"
CREATE UNIQUE INDEX `possibleduplicate_customer_id_other_id` ON `possible_duplicates` (`customer_id`, `other_id`);
-- create "unknown_values" table
CREATE TABLE `unknown_values` (`id` text NOT NULL, `integration_id` text NOT NULL, `kind` text NOT NULL, `value` text NOT NULL, `count` integer NOT NULL DEFAULT (0), `first_seen_at` datetime NOT NULL, `last_seen_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "unknownvalue_integration_id_kind_value" to table: "unknown_values"
CREATE UNIQUE INDEX `unknownvalue_integration_id_kind_value` ON `unknown_values` (`integration_id`, `kind`, `value`);
-- create "uploads" table
CREATE TABLE `uploads` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name` text NOT NULL, `content_type` text NOT NULL, `size` integer NOT NULL, `sha256` text NOT NULL, `position` integer NOT NULL DEFAULT (0), `attempt_id` text NULL, `owner_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `uploads_outbound_attempts_files` FOREIGN KEY (`attempt_id`) REFERENCES `outbound_attempts` (`id`) ON DELETE SET NULL, CONSTRAINT `uploads_users_owner` FOREIGN KEY (`owner_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- create index "upload_attempt_id_position" to table: "uploads"
CREATE INDEX `upload_attempt_id_position` ON `uploads` (`attempt_id`, `position`);
-- create index "upload_owner_id_id" to table: "uploads"
CREATE INDEX `upload_owner_id_id` ON `uploads` (`owner_id`, `id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "upload_owner_id_id" to table: "uploads"
DROP INDEX `upload_owner_id_id`;
-- reverse: create index "upload_attempt_id_position" to table: "uploads"
DROP INDEX `upload_attempt_id_position`;
-- reverse: create "uploads" table
DROP TABLE `uploads`;
-- reverse: create index "unknownvalue_integration_id_kind_value" to table: "unknown_values"
DROP INDEX `unknownvalue_integration_id_kind_value`;
-- reverse: create "unknown_values" table
DROP TABLE `unknown_values`;
-- reverse: create index "possibleduplicate_customer_id_other_id" to table: "possible_duplicates"
DROP INDEX `possibleduplicate_customer_id_other_id`;
-- reverse: create "possible_duplicates" table
DROP TABLE `possible_duplicates`;
-- reverse: create index "internalnote_ticket_id_id" to table: "internal_notes"
DROP INDEX `internalnote_ticket_id_id`;
-- reverse: create "internal_notes" table
DROP TABLE `internal_notes`;
-- reverse: create index "ticket_customer_id_id" to table: "tickets"
DROP INDEX `ticket_customer_id_id`;
-- reverse: create index "ticket_last_changed_at_id" to table: "tickets"
DROP INDEX `ticket_last_changed_at_id`;
-- reverse: create index "ticket_occurred_at_id" to table: "tickets"
DROP INDEX `ticket_occurred_at_id`;
-- reverse: create index "ticket_assignee_id_id" to table: "tickets"
DROP INDEX `ticket_assignee_id_id`;
-- reverse: create index "ticket_status_id" to table: "tickets"
DROP INDEX `ticket_status_id`;
-- reverse: create index "ticket_sector_id_id" to table: "tickets"
DROP INDEX `ticket_sector_id_id`;
-- reverse: create index "ticket_integration_id_source_id" to table: "tickets"
DROP INDEX `ticket_integration_id_source_id`;
-- reverse: create index "ticket_integration_id_complaint_id" to table: "tickets"
DROP INDEX `ticket_integration_id_complaint_id`;
-- reverse: create index "tickets_protocol_key" to table: "tickets"
DROP INDEX `tickets_protocol_key`;
-- reverse: create "new_tickets" table
DROP TABLE `new_tickets`;
-- reverse: create index "outboundattempt_state" to table: "outbound_attempts"
DROP INDEX `outboundattempt_state`;
-- reverse: create index "outboundattempt_ticket_id_state" to table: "outbound_attempts"
DROP INDEX `outboundattempt_ticket_id_state`;
-- reverse: create index "outboundattempt_author_id_idempotency_key" to table: "outbound_attempts"
DROP INDEX `outboundattempt_author_id_idempotency_key`;
-- reverse: create "new_outbound_attempts" table
DROP TABLE `new_outbound_attempts`;
-- reverse: add column "details" to table: "interactions"
ALTER TABLE `interactions` DROP COLUMN `details`;
-- reverse: add column "type_name" to table: "interactions"
ALTER TABLE `interactions` DROP COLUMN `type_name`;
-- reverse: add column "modified_at" to table: "interactions"
ALTER TABLE `interactions` DROP COLUMN `modified_at`;
-- reverse: add column "gender" to table: "customers"
ALTER TABLE `customers` DROP COLUMN `gender`;
-- reverse: add column "birth_date" to table: "customers"
ALTER TABLE `customers` DROP COLUMN `birth_date`;
-- reverse: add column "company_name" to table: "customers"
ALTER TABLE `customers` DROP COLUMN `company_name`;
-- reverse: add column "as_sent" to table: "customers"
ALTER TABLE `customers` DROP COLUMN `as_sent`;
-- reverse: add column "details" to table: "complaints"
ALTER TABLE `complaints` DROP COLUMN `details`;
-- reverse: create index "attachment_interaction_id_source_id" to table: "attachments"
DROP INDEX `attachment_interaction_id_source_id`;
-- reverse: create "new_attachments" table
DROP TABLE `new_attachments`;

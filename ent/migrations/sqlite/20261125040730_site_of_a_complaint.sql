-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_tickets" table
CREATE TABLE `new_tickets` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `protocol` text NOT NULL, `status` text NOT NULL, `version` integer NOT NULL DEFAULT (1), `unread` bool NOT NULL DEFAULT (true), `opened_at` datetime NOT NULL, `occurred_at` datetime NOT NULL, `due_at` datetime NULL, `last_changed_at` datetime NOT NULL, `title` text NOT NULL, `description` text NOT NULL, `complaint_id` integer NOT NULL, `source_id` text NOT NULL, `site_id` integer NOT NULL DEFAULT (1), `ra_status_id` integer NOT NULL, `ra_status_name` text NOT NULL, `ra_modified_at` datetime NOT NULL, `hugme_status_id` integer NOT NULL DEFAULT (0), `hugme_status_name` text NOT NULL DEFAULT (''), `ra_closed_at` datetime NULL, `first_answered_at` datetime NULL, `last_replica_at` datetime NULL, `reason` text NULL, `feeling` text NULL, `read_at` datetime NOT NULL, `outside_window` bool NOT NULL DEFAULT (false), `frozen` bool NOT NULL DEFAULT (false), `active` bool NOT NULL DEFAULT (true), `may_request_evaluation` bool NOT NULL DEFAULT (false), `may_request_moderation` bool NOT NULL DEFAULT (false), `evaluation_request_id` integer NOT NULL DEFAULT (0), `evaluation_request_name` text NULL, `rated_unanswered` bool NOT NULL DEFAULT (false), `rating` integer NULL, `rated_at` datetime NULL, `resolved` bool NULL, `would_return` bool NULL, `consumer_consideration` text NULL, `company_consideration` text NULL, `consumer_consideration_at` datetime NULL, `company_consideration_at` datetime NULL, `deactivated_at` datetime NULL, `deactivation_reason` text NULL, `unknown_count` integer NOT NULL DEFAULT (0), `moderation_status` text NULL, `moderation_reason` text NULL, `moderation_requested_at` datetime NULL, `moderation_answered_at` datetime NULL, `customer_id` text NOT NULL, `integration_id` text NOT NULL, `creator_id` text NOT NULL, `sector_id` text NOT NULL, `occurrence_type_id` text NOT NULL, `occurrence_id` text NOT NULL, `solution_id` text NULL, `assignee_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `tickets_customers_tickets` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_integrations_integration` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_users_creator` FOREIGN KEY (`creator_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_sectors_sector` FOREIGN KEY (`sector_id`) REFERENCES `sectors` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_occurrence_types_occurrence_type` FOREIGN KEY (`occurrence_type_id`) REFERENCES `occurrence_types` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_occurrences_occurrence` FOREIGN KEY (`occurrence_id`) REFERENCES `occurrences` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_solutions_solution` FOREIGN KEY (`solution_id`) REFERENCES `solutions` (`id`) ON DELETE SET NULL, CONSTRAINT `tickets_users_assignee` FOREIGN KEY (`assignee_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
-- copy rows from old table "tickets" to new temporary table "new_tickets"
INSERT INTO `new_tickets` (`id`, `created_at`, `updated_at`, `protocol`, `status`, `version`, `unread`, `opened_at`, `occurred_at`, `due_at`, `last_changed_at`, `title`, `description`, `complaint_id`, `source_id`, `ra_status_id`, `ra_status_name`, `ra_modified_at`, `hugme_status_id`, `hugme_status_name`, `ra_closed_at`, `first_answered_at`, `last_replica_at`, `reason`, `feeling`, `read_at`, `outside_window`, `frozen`, `active`, `may_request_evaluation`, `may_request_moderation`, `evaluation_request_id`, `evaluation_request_name`, `rated_unanswered`, `rating`, `rated_at`, `resolved`, `would_return`, `consumer_consideration`, `company_consideration`, `consumer_consideration_at`, `company_consideration_at`, `deactivated_at`, `deactivation_reason`, `unknown_count`, `moderation_status`, `moderation_reason`, `moderation_requested_at`, `moderation_answered_at`, `customer_id`, `integration_id`, `creator_id`, `sector_id`, `occurrence_type_id`, `occurrence_id`, `solution_id`, `assignee_id`) SELECT `id`, `created_at`, `updated_at`, `protocol`, `status`, `version`, `unread`, `opened_at`, `occurred_at`, `due_at`, `last_changed_at`, `title`, `description`, `complaint_id`, `source_id`, `ra_status_id`, `ra_status_name`, `ra_modified_at`, `hugme_status_id`, `hugme_status_name`, `ra_closed_at`, `first_answered_at`, `last_replica_at`, `reason`, `feeling`, `read_at`, `outside_window`, `frozen`, `active`, `may_request_evaluation`, `may_request_moderation`, `evaluation_request_id`, `evaluation_request_name`, `rated_unanswered`, `rating`, `rated_at`, `resolved`, `would_return`, `consumer_consideration`, `company_consideration`, `consumer_consideration_at`, `company_consideration_at`, `deactivated_at`, `deactivation_reason`, `unknown_count`, `moderation_status`, `moderation_reason`, `moderation_requested_at`, `moderation_answered_at`, `customer_id`, `integration_id`, `creator_id`, `sector_id`, `occurrence_type_id`, `occurrence_id`, `solution_id`, `assignee_id` FROM `tickets`;
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
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
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

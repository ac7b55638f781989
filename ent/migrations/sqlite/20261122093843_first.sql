-- +goose Up
-- create "attachments" table
CREATE TABLE `attachments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `source_id` text NOT NULL, `name` text NOT NULL, `url` text NULL, `interaction_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `attachments_interactions_attachments` FOREIGN KEY (`interaction_id`) REFERENCES `interactions` (`id`) ON DELETE NO ACTION);
-- create index "attachment_interaction_id_source_id" to table: "attachments"
CREATE UNIQUE INDEX `attachment_interaction_id_source_id` ON `attachments` (`interaction_id`, `source_id`);
-- create "audit_entries" table
CREATE TABLE `audit_entries` (`id` text NOT NULL, `occurred_at` datetime NOT NULL, `action` text NOT NULL, `subject_kind` text NOT NULL, `subject_id` text NOT NULL, `subject_name` text NOT NULL, `changes` json NOT NULL, `actor_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `audit_entries_users_actor_user` FOREIGN KEY (`actor_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
-- create index "auditentry_subject_id_id" to table: "audit_entries"
CREATE INDEX `auditentry_subject_id_id` ON `audit_entries` (`subject_id`, `id`);
-- create index "auditentry_actor_id_id" to table: "audit_entries"
CREATE INDEX `auditentry_actor_id_id` ON `audit_entries` (`actor_id`, `id`);
-- create "call_budgets" table
CREATE TABLE `call_budgets` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `calls_per_minute` integer NOT NULL DEFAULT (10), `calls` json NOT NULL, `blocked_until` datetime NULL, `licence_start` datetime NULL, `licence_end` datetime NULL, `token` blob NULL, `token_expires_at` datetime NULL, PRIMARY KEY (`id`));
-- create "callback_deliveries" table
CREATE TABLE `callback_deliveries` (`id` text NOT NULL, `integration_id` text NOT NULL, `received_at` datetime NOT NULL, `method` text NOT NULL, `content_type` text NOT NULL, `body` blob NULL, `references` json NULL, PRIMARY KEY (`id`));
-- create index "callbackdelivery_integration_id_received_at" to table: "callback_deliveries"
CREATE INDEX `callbackdelivery_integration_id_received_at` ON `callback_deliveries` (`integration_id`, `received_at`);
-- create "callback_tokens" table
CREATE TABLE `callback_tokens` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `hash` text NOT NULL, `sealed` blob NOT NULL, `expires_at` datetime NULL, `last_used_at` datetime NULL, `integration_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `callback_tokens_integrations_callback_tokens` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION);
-- create index "callback_tokens_hash_key" to table: "callback_tokens"
CREATE UNIQUE INDEX `callback_tokens_hash_key` ON `callback_tokens` (`hash`);
-- create "complaints" table
CREATE TABLE `complaints` (`id` text NOT NULL, `hash` text NOT NULL, `raw` blob NOT NULL, `ticket_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `complaints_tickets_raw_complaint` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION);
-- create index "complaints_ticket_id_key" to table: "complaints"
CREATE UNIQUE INDEX `complaints_ticket_id_key` ON `complaints` (`ticket_id`);
-- create "counters" table
CREATE TABLE `counters` (`id` text NOT NULL, `value` integer NOT NULL DEFAULT (0), `epoch` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create "customers" table
CREATE TABLE `customers` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `code` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `emails` json NOT NULL, `phones` json NOT NULL, `documents` json NOT NULL, `city` text NULL, `state` text NULL, `customer_type_id` text NOT NULL, `region_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `customers_customer_types_customer_type` FOREIGN KEY (`customer_type_id`) REFERENCES `customer_types` (`id`) ON DELETE NO ACTION, CONSTRAINT `customers_regions_region` FOREIGN KEY (`region_id`) REFERENCES `regions` (`id`) ON DELETE NO ACTION);
-- create index "customers_code_key" to table: "customers"
CREATE UNIQUE INDEX `customers_code_key` ON `customers` (`code`);
-- create "customer_keys" table
CREATE TABLE `customer_keys` (`id` text NOT NULL, `kind` text NOT NULL, `value` text NOT NULL, `customer_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `customer_keys_customers_keys` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION);
-- create index "customerkey_kind_value" to table: "customer_keys"
CREATE UNIQUE INDEX `customerkey_kind_value` ON `customer_keys` (`kind`, `value`);
-- create "customer_types" table
CREATE TABLE `customer_types` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "customertype_name_folded" to table: "customer_types"
CREATE UNIQUE INDEX `customertype_name_folded` ON `customer_types` (`name_folded`);
-- create index "customertype_code_folded" to table: "customer_types"
CREATE UNIQUE INDEX `customertype_code_folded` ON `customer_types` (`code_folded`);
-- create "hints" table
CREATE TABLE `hints` (`id` text NOT NULL, `integration_id` text NOT NULL, `kind` text NOT NULL, `reference` text NOT NULL, `cause` text NOT NULL, `put_at` datetime NOT NULL, `due_at` datetime NOT NULL, `puts` integer NOT NULL DEFAULT (1), PRIMARY KEY (`id`));
-- create index "hint_integration_id_kind_reference" to table: "hints"
CREATE UNIQUE INDEX `hint_integration_id_kind_reference` ON `hints` (`integration_id`, `kind`, `reference`);
-- create index "hint_integration_id_due_at" to table: "hints"
CREATE INDEX `hint_integration_id_due_at` ON `hints` (`integration_id`, `due_at`);
-- create "idempotencies" table
CREATE TABLE `idempotencies` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `user_id` text NOT NULL, `mutation` text NOT NULL, `key` text NOT NULL, `input_hash` text NOT NULL, `result_id` text NOT NULL DEFAULT (''), `answer` blob NULL, PRIMARY KEY (`id`));
-- create index "idempotency_user_id_mutation_key" to table: "idempotencies"
CREATE UNIQUE INDEX `idempotency_user_id_mutation_key` ON `idempotencies` (`user_id`, `mutation`, `key`);
-- create "integrations" table
CREATE TABLE `integrations` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `channel` text NOT NULL, `kind` text NOT NULL, `state` text NOT NULL DEFAULT ('DRAFT'), `version` integer NOT NULL DEFAULT (1), `company_email` text NULL, `api_username` text NULL, `api_password` blob NULL, `api_password_set_at` datetime NULL, `sync_interval_minutes` integer NULL, `retroactive_months` integer NULL, `page_id` integer NULL, `available_pages` json NULL, `pages_fetched_at` datetime NULL, `company_name` text NULL, `reclame_aqui_id` text NULL, `auto_conversion` bool NOT NULL DEFAULT (false), `activated_at` datetime NULL, `sync_group_id` text NULL, `customer_type_id` text NULL, `region_id` text NULL, `creator_id` text NULL, `sector_id` text NULL, `occurrence_type_id` text NULL, `occurrence_id` text NULL, `default_solution_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `integrations_sync_groups_sync_group` FOREIGN KEY (`sync_group_id`) REFERENCES `sync_groups` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_customer_types_customer_type` FOREIGN KEY (`customer_type_id`) REFERENCES `customer_types` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_regions_region` FOREIGN KEY (`region_id`) REFERENCES `regions` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_users_creator` FOREIGN KEY (`creator_id`) REFERENCES `users` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_sectors_sector` FOREIGN KEY (`sector_id`) REFERENCES `sectors` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_occurrence_types_occurrence_type` FOREIGN KEY (`occurrence_type_id`) REFERENCES `occurrence_types` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_occurrences_occurrence` FOREIGN KEY (`occurrence_id`) REFERENCES `occurrences` (`id`) ON DELETE SET NULL, CONSTRAINT `integrations_solutions_default_solution` FOREIGN KEY (`default_solution_id`) REFERENCES `solutions` (`id`) ON DELETE SET NULL);
-- create index "integration_state" to table: "integrations"
CREATE INDEX `integration_state` ON `integrations` (`state`);
-- create index "integration_page_id" to table: "integrations"
CREATE UNIQUE INDEX `integration_page_id` ON `integrations` (`page_id`) WHERE page_id IS NOT NULL AND state <> 'ARCHIVED';
-- create "interactions" table
CREATE TABLE `interactions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `source_id` text NOT NULL, `type_id` integer NOT NULL, `kind` text NOT NULL, `author_kind` text NOT NULL, `author_name` text NULL, `body` text NOT NULL, `private` bool NOT NULL DEFAULT (false), `occurred_at` datetime NOT NULL, `ticket_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `interactions_tickets_interactions` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION);
-- create index "interaction_ticket_id_source_id" to table: "interactions"
CREATE UNIQUE INDEX `interaction_ticket_id_source_id` ON `interactions` (`ticket_id`, `source_id`);
-- create index "interaction_ticket_id_id" to table: "interactions"
CREATE INDEX `interaction_ticket_id_id` ON `interactions` (`ticket_id`, `id`);
-- create "occurrences" table
CREATE TABLE `occurrences` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `sla_value` integer NULL, `sla_unit` text NULL, `occurrence_type_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `occurrences_occurrence_types_occurrences` FOREIGN KEY (`occurrence_type_id`) REFERENCES `occurrence_types` (`id`) ON DELETE NO ACTION);
-- create index "occurrence_occurrence_type_id_name_folded" to table: "occurrences"
CREATE UNIQUE INDEX `occurrence_occurrence_type_id_name_folded` ON `occurrences` (`occurrence_type_id`, `name_folded`);
-- create index "occurrence_occurrence_type_id_code_folded" to table: "occurrences"
CREATE UNIQUE INDEX `occurrence_occurrence_type_id_code_folded` ON `occurrences` (`occurrence_type_id`, `code_folded`);
-- create "occurrence_types" table
CREATE TABLE `occurrence_types` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `sector_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `occurrence_types_sectors_occurrence_types` FOREIGN KEY (`sector_id`) REFERENCES `sectors` (`id`) ON DELETE NO ACTION);
-- create index "occurrencetype_sector_id_name_folded" to table: "occurrence_types"
CREATE UNIQUE INDEX `occurrencetype_sector_id_name_folded` ON `occurrence_types` (`sector_id`, `name_folded`);
-- create index "occurrencetype_sector_id_code_folded" to table: "occurrence_types"
CREATE UNIQUE INDEX `occurrencetype_sector_id_code_folded` ON `occurrence_types` (`sector_id`, `code_folded`);
-- create "outbound_attempts" table
CREATE TABLE `outbound_attempts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `kind` text NOT NULL, `text` text NOT NULL, `state` text NOT NULL DEFAULT ('PENDING'), `idempotency_key` text NOT NULL, `input_hash` text NOT NULL, `known_twins` json NOT NULL, `settled_at` datetime NULL, `first_absent_at` datetime NULL, `failure_code` text NULL, `failure_text` text NULL, `upstream_code` text NULL, `author_id` text NOT NULL, `interaction_id` text NULL, `ticket_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `outbound_attempts_users_author` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `outbound_attempts_interactions_interaction` FOREIGN KEY (`interaction_id`) REFERENCES `interactions` (`id`) ON DELETE SET NULL, CONSTRAINT `outbound_attempts_tickets_outbound_attempts` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION);
-- create index "outboundattempt_author_id_idempotency_key" to table: "outbound_attempts"
CREATE UNIQUE INDEX `outboundattempt_author_id_idempotency_key` ON `outbound_attempts` (`author_id`, `idempotency_key`);
-- create index "outboundattempt_ticket_id_state" to table: "outbound_attempts"
CREATE INDEX `outboundattempt_ticket_id_state` ON `outbound_attempts` (`ticket_id`, `state`);
-- create index "outboundattempt_state" to table: "outbound_attempts"
CREATE INDEX `outboundattempt_state` ON `outbound_attempts` (`state`);
-- create "quarantines" table
CREATE TABLE `quarantines` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `integration_id` text NOT NULL, `complaint_id` integer NOT NULL, `reason` text NOT NULL, `attempts` integer NOT NULL DEFAULT (1), `retry_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "quarantine_integration_id_complaint_id" to table: "quarantines"
CREATE UNIQUE INDEX `quarantine_integration_id_complaint_id` ON `quarantines` (`integration_id`, `complaint_id`);
-- create index "quarantine_retry_at" to table: "quarantines"
CREATE INDEX `quarantine_retry_at` ON `quarantines` (`retry_at`);
-- create "regions" table
CREATE TABLE `regions` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "region_name_folded" to table: "regions"
CREATE UNIQUE INDEX `region_name_folded` ON `regions` (`name_folded`);
-- create index "region_code_folded" to table: "regions"
CREATE UNIQUE INDEX `region_code_folded` ON `regions` (`code_folded`);
-- create "sectors" table
CREATE TABLE `sectors` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "sector_name_folded" to table: "sectors"
CREATE UNIQUE INDEX `sector_name_folded` ON `sectors` (`name_folded`);
-- create index "sector_code_folded" to table: "sectors"
CREATE UNIQUE INDEX `sector_code_folded` ON `sectors` (`code_folded`);
-- create "sessions" table
CREATE TABLE `sessions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `refresh_hash` text NOT NULL, `expires_at` datetime NOT NULL, `ended_at` datetime NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sessions_users_sessions` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- create index "sessions_refresh_hash_key" to table: "sessions"
CREATE UNIQUE INDEX `sessions_refresh_hash_key` ON `sessions` (`refresh_hash`);
-- create "solutions" table
CREATE TABLE `solutions` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `occurrence_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `solutions_occurrences_solutions` FOREIGN KEY (`occurrence_id`) REFERENCES `occurrences` (`id`) ON DELETE NO ACTION);
-- create index "solution_occurrence_id_name_folded" to table: "solutions"
CREATE UNIQUE INDEX `solution_occurrence_id_name_folded` ON `solutions` (`occurrence_id`, `name_folded`);
-- create index "solution_occurrence_id_code_folded" to table: "solutions"
CREATE UNIQUE INDEX `solution_occurrence_id_code_folded` ON `solutions` (`occurrence_id`, `code_folded`);
-- create "sync_groups" table
CREATE TABLE `sync_groups` (`id` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `code` text NOT NULL, `code_folded` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `priority` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "syncgroup_name_folded" to table: "sync_groups"
CREATE UNIQUE INDEX `syncgroup_name_folded` ON `sync_groups` (`name_folded`);
-- create index "syncgroup_code_folded" to table: "sync_groups"
CREATE UNIQUE INDEX `syncgroup_code_folded` ON `sync_groups` (`code_folded`);
-- create "sync_states" table
CREATE TABLE `sync_states` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `window_from` datetime NOT NULL, `backfill_before` datetime NULL, `backfill_page` integer NOT NULL DEFAULT (1), `backfill_done_at` datetime NULL, `backfill_total` integer NULL, `backfill_read` integer NOT NULL DEFAULT (0), `backfill_calls` integer NOT NULL DEFAULT (0), `watermark` datetime NULL, `run_since` datetime NULL, `run_page` integer NOT NULL DEFAULT (1), `run_high` datetime NULL, `last_sync_at` datetime NULL, `next_sync_at` datetime NULL, `last_error_code` text NULL, `last_error_at` datetime NULL, `failures` integer NOT NULL DEFAULT (0), `retry_at` datetime NULL, `integration_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sync_states_integrations_sync_state` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION);
-- create index "sync_states_integration_id_key" to table: "sync_states"
CREATE UNIQUE INDEX `sync_states_integration_id_key` ON `sync_states` (`integration_id`);
-- create "tickets" table
CREATE TABLE `tickets` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `protocol` text NOT NULL, `status` text NOT NULL, `version` integer NOT NULL DEFAULT (1), `unread` bool NOT NULL DEFAULT (true), `opened_at` datetime NOT NULL, `occurred_at` datetime NOT NULL, `due_at` datetime NULL, `last_changed_at` datetime NOT NULL, `title` text NOT NULL, `description` text NOT NULL, `complaint_id` integer NOT NULL, `source_id` text NOT NULL, `ra_status_id` integer NOT NULL, `ra_status_name` text NOT NULL, `ra_modified_at` datetime NOT NULL, `read_at` datetime NOT NULL, `outside_window` bool NOT NULL DEFAULT (false), `frozen` bool NOT NULL DEFAULT (false), `active` bool NOT NULL DEFAULT (true), `may_request_evaluation` bool NOT NULL DEFAULT (false), `may_request_moderation` bool NOT NULL DEFAULT (false), `rating` integer NULL, `rated_at` datetime NULL, `resolved` bool NULL, `would_return` bool NULL, `consumer_consideration` text NULL, `company_consideration` text NULL, `moderation_status` text NULL, `moderation_reason` text NULL, `moderation_requested_at` datetime NULL, `moderation_answered_at` datetime NULL, `customer_id` text NOT NULL, `integration_id` text NOT NULL, `creator_id` text NOT NULL, `sector_id` text NOT NULL, `occurrence_type_id` text NOT NULL, `occurrence_id` text NOT NULL, `solution_id` text NULL, `assignee_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `tickets_customers_tickets` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_integrations_integration` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_users_creator` FOREIGN KEY (`creator_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_sectors_sector` FOREIGN KEY (`sector_id`) REFERENCES `sectors` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_occurrence_types_occurrence_type` FOREIGN KEY (`occurrence_type_id`) REFERENCES `occurrence_types` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_occurrences_occurrence` FOREIGN KEY (`occurrence_id`) REFERENCES `occurrences` (`id`) ON DELETE NO ACTION, CONSTRAINT `tickets_solutions_solution` FOREIGN KEY (`solution_id`) REFERENCES `solutions` (`id`) ON DELETE SET NULL, CONSTRAINT `tickets_users_assignee` FOREIGN KEY (`assignee_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
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
-- create "ticket_events" table
CREATE TABLE `ticket_events` (`id` text NOT NULL, `position` integer NOT NULL, `kind` text NOT NULL, `occurred_at` datetime NOT NULL, `actor_kind` text NOT NULL, `cause` text NOT NULL, `changes` json NOT NULL, `ticket_version` integer NOT NULL, `integration_id` text NOT NULL, `sector_id` text NOT NULL, `status` text NOT NULL, `assignee_id` text NULL, `ticket_id` text NOT NULL, `actor_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `ticket_events_tickets_events` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION, CONSTRAINT `ticket_events_users_actor_user` FOREIGN KEY (`actor_id`) REFERENCES `users` (`id`) ON DELETE SET NULL);
-- create index "ticket_events_position_key" to table: "ticket_events"
CREATE UNIQUE INDEX `ticket_events_position_key` ON `ticket_events` (`position`);
-- create index "ticketevent_ticket_id_id" to table: "ticket_events"
CREATE INDEX `ticketevent_ticket_id_id` ON `ticket_events` (`ticket_id`, `id`);
-- create "users" table
CREATE TABLE `users` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `email` text NOT NULL, `email_folded` text NOT NULL, `name` text NOT NULL, `name_folded` text NOT NULL, `role` text NOT NULL, `password_hash` text NOT NULL, `archived_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), PRIMARY KEY (`id`));
-- create index "users_email_folded_key" to table: "users"
CREATE UNIQUE INDEX `users_email_folded_key` ON `users` (`email_folded`);
-- create "integration_solutions" table
CREATE TABLE `integration_solutions` (`integration_id` text NOT NULL, `solution_id` text NOT NULL, PRIMARY KEY (`integration_id`, `solution_id`), CONSTRAINT `integration_solutions_integration_id` FOREIGN KEY (`integration_id`) REFERENCES `integrations` (`id`) ON DELETE CASCADE, CONSTRAINT `integration_solutions_solution_id` FOREIGN KEY (`solution_id`) REFERENCES `solutions` (`id`) ON DELETE CASCADE);
-- create "sector_users" table
CREATE TABLE `sector_users` (`sector_id` text NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`sector_id`, `user_id`), CONSTRAINT `sector_users_sector_id` FOREIGN KEY (`sector_id`) REFERENCES `sectors` (`id`) ON DELETE CASCADE, CONSTRAINT `sector_users_user_id` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);

-- +goose Down
-- reverse: create "sector_users" table
DROP TABLE `sector_users`;
-- reverse: create "integration_solutions" table
DROP TABLE `integration_solutions`;
-- reverse: create index "users_email_folded_key" to table: "users"
DROP INDEX `users_email_folded_key`;
-- reverse: create "users" table
DROP TABLE `users`;
-- reverse: create index "ticketevent_ticket_id_id" to table: "ticket_events"
DROP INDEX `ticketevent_ticket_id_id`;
-- reverse: create index "ticket_events_position_key" to table: "ticket_events"
DROP INDEX `ticket_events_position_key`;
-- reverse: create "ticket_events" table
DROP TABLE `ticket_events`;
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
-- reverse: create "tickets" table
DROP TABLE `tickets`;
-- reverse: create index "sync_states_integration_id_key" to table: "sync_states"
DROP INDEX `sync_states_integration_id_key`;
-- reverse: create "sync_states" table
DROP TABLE `sync_states`;
-- reverse: create index "syncgroup_code_folded" to table: "sync_groups"
DROP INDEX `syncgroup_code_folded`;
-- reverse: create index "syncgroup_name_folded" to table: "sync_groups"
DROP INDEX `syncgroup_name_folded`;
-- reverse: create "sync_groups" table
DROP TABLE `sync_groups`;
-- reverse: create index "solution_occurrence_id_code_folded" to table: "solutions"
DROP INDEX `solution_occurrence_id_code_folded`;
-- reverse: create index "solution_occurrence_id_name_folded" to table: "solutions"
DROP INDEX `solution_occurrence_id_name_folded`;
-- reverse: create "solutions" table
DROP TABLE `solutions`;
-- reverse: create index "sessions_refresh_hash_key" to table: "sessions"
DROP INDEX `sessions_refresh_hash_key`;
-- reverse: create "sessions" table
DROP TABLE `sessions`;
-- reverse: create index "sector_code_folded" to table: "sectors"
DROP INDEX `sector_code_folded`;
-- reverse: create index "sector_name_folded" to table: "sectors"
DROP INDEX `sector_name_folded`;
-- reverse: create "sectors" table
DROP TABLE `sectors`;
-- reverse: create index "region_code_folded" to table: "regions"
DROP INDEX `region_code_folded`;
-- reverse: create index "region_name_folded" to table: "regions"
DROP INDEX `region_name_folded`;
-- reverse: create "regions" table
DROP TABLE `regions`;
-- reverse: create index "quarantine_retry_at" to table: "quarantines"
DROP INDEX `quarantine_retry_at`;
-- reverse: create index "quarantine_integration_id_complaint_id" to table: "quarantines"
DROP INDEX `quarantine_integration_id_complaint_id`;
-- reverse: create "quarantines" table
DROP TABLE `quarantines`;
-- reverse: create index "outboundattempt_state" to table: "outbound_attempts"
DROP INDEX `outboundattempt_state`;
-- reverse: create index "outboundattempt_ticket_id_state" to table: "outbound_attempts"
DROP INDEX `outboundattempt_ticket_id_state`;
-- reverse: create index "outboundattempt_author_id_idempotency_key" to table: "outbound_attempts"
DROP INDEX `outboundattempt_author_id_idempotency_key`;
-- reverse: create "outbound_attempts" table
DROP TABLE `outbound_attempts`;
-- reverse: create index "occurrencetype_sector_id_code_folded" to table: "occurrence_types"
DROP INDEX `occurrencetype_sector_id_code_folded`;
-- reverse: create index "occurrencetype_sector_id_name_folded" to table: "occurrence_types"
DROP INDEX `occurrencetype_sector_id_name_folded`;
-- reverse: create "occurrence_types" table
DROP TABLE `occurrence_types`;
-- reverse: create index "occurrence_occurrence_type_id_code_folded" to table: "occurrences"
DROP INDEX `occurrence_occurrence_type_id_code_folded`;
-- reverse: create index "occurrence_occurrence_type_id_name_folded" to table: "occurrences"
DROP INDEX `occurrence_occurrence_type_id_name_folded`;
-- reverse: create "occurrences" table
DROP TABLE `occurrences`;
-- reverse: create index "interaction_ticket_id_id" to table: "interactions"
DROP INDEX `interaction_ticket_id_id`;
-- reverse: create index "interaction_ticket_id_source_id" to table: "interactions"
DROP INDEX `interaction_ticket_id_source_id`;
-- reverse: create "interactions" table
DROP TABLE `interactions`;
-- reverse: create index "integration_page_id" to table: "integrations"
DROP INDEX `integration_page_id`;
-- reverse: create index "integration_state" to table: "integrations"
DROP INDEX `integration_state`;
-- reverse: create "integrations" table
DROP TABLE `integrations`;
-- reverse: create index "idempotency_user_id_mutation_key" to table: "idempotencies"
DROP INDEX `idempotency_user_id_mutation_key`;
-- reverse: create "idempotencies" table
DROP TABLE `idempotencies`;
-- reverse: create index "hint_integration_id_due_at" to table: "hints"
DROP INDEX `hint_integration_id_due_at`;
-- reverse: create index "hint_integration_id_kind_reference" to table: "hints"
DROP INDEX `hint_integration_id_kind_reference`;
-- reverse: create "hints" table
DROP TABLE `hints`;
-- reverse: create index "customertype_code_folded" to table: "customer_types"
DROP INDEX `customertype_code_folded`;
-- reverse: create index "customertype_name_folded" to table: "customer_types"
DROP INDEX `customertype_name_folded`;
-- reverse: create "customer_types" table
DROP TABLE `customer_types`;
-- reverse: create index "customerkey_kind_value" to table: "customer_keys"
DROP INDEX `customerkey_kind_value`;
-- reverse: create "customer_keys" table
DROP TABLE `customer_keys`;
-- reverse: create index "customers_code_key" to table: "customers"
DROP INDEX `customers_code_key`;
-- reverse: create "customers" table
DROP TABLE `customers`;
-- reverse: create "counters" table
DROP TABLE `counters`;
-- reverse: create index "complaints_ticket_id_key" to table: "complaints"
DROP INDEX `complaints_ticket_id_key`;
-- reverse: create "complaints" table
DROP TABLE `complaints`;
-- reverse: create index "callback_tokens_hash_key" to table: "callback_tokens"
DROP INDEX `callback_tokens_hash_key`;
-- reverse: create "callback_tokens" table
DROP TABLE `callback_tokens`;
-- reverse: create index "callbackdelivery_integration_id_received_at" to table: "callback_deliveries"
DROP INDEX `callbackdelivery_integration_id_received_at`;
-- reverse: create "callback_deliveries" table
DROP TABLE `callback_deliveries`;
-- reverse: create "call_budgets" table
DROP TABLE `call_budgets`;
-- reverse: create index "auditentry_actor_id_id" to table: "audit_entries"
DROP INDEX `auditentry_actor_id_id`;
-- reverse: create index "auditentry_subject_id_id" to table: "audit_entries"
DROP INDEX `auditentry_subject_id_id`;
-- reverse: create "audit_entries" table
DROP TABLE `audit_entries`;
-- reverse: create index "attachment_interaction_id_source_id" to table: "attachments"
DROP INDEX `attachment_interaction_id_source_id`;
-- reverse: create "attachments" table
DROP TABLE `attachments`;

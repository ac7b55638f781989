-- +goose Up
-- create "idempotencies" table
CREATE TABLE "idempotencies" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "user_id" character varying NOT NULL, "mutation" character varying NOT NULL, "key" character varying NOT NULL, "input_hash" character varying NOT NULL, "result_id" character varying NOT NULL DEFAULT '', "answer" bytea NULL, PRIMARY KEY ("id"));
-- create index "idempotency_user_id_mutation_key" to table: "idempotencies"
CREATE UNIQUE INDEX "idempotency_user_id_mutation_key" ON "idempotencies" ("user_id", "mutation", "key");
-- create "call_budgets" table
CREATE TABLE "call_budgets" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "calls_per_minute" bigint NOT NULL DEFAULT 10, "calls" jsonb NOT NULL, "blocked_until" timestamptz NULL, "licence_start" timestamptz NULL, "licence_end" timestamptz NULL, "token" bytea NULL, "token_expires_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create "callback_deliveries" table
CREATE TABLE "callback_deliveries" ("id" character varying NOT NULL, "integration_id" character varying NOT NULL, "received_at" timestamptz NOT NULL, "method" character varying NOT NULL, "content_type" character varying NOT NULL, "body" bytea NULL, "references" jsonb NULL, PRIMARY KEY ("id"));
-- create index "callbackdelivery_integration_id_received_at" to table: "callback_deliveries"
CREATE INDEX "callbackdelivery_integration_id_received_at" ON "callback_deliveries" ("integration_id", "received_at");
-- create "quarantines" table
CREATE TABLE "quarantines" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "integration_id" character varying NOT NULL, "complaint_id" bigint NOT NULL, "reason" character varying NOT NULL, "attempts" bigint NOT NULL DEFAULT 1, "retry_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "quarantine_integration_id_complaint_id" to table: "quarantines"
CREATE UNIQUE INDEX "quarantine_integration_id_complaint_id" ON "quarantines" ("integration_id", "complaint_id");
-- create index "quarantine_retry_at" to table: "quarantines"
CREATE INDEX "quarantine_retry_at" ON "quarantines" ("retry_at");
-- create "counters" table
CREATE TABLE "counters" ("id" character varying NOT NULL, "value" bigint NOT NULL DEFAULT 0, "epoch" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create "customer_types" table
CREATE TABLE "customer_types" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "customertype_code_folded" to table: "customer_types"
CREATE UNIQUE INDEX "customertype_code_folded" ON "customer_types" ("code_folded");
-- create index "customertype_name_folded" to table: "customer_types"
CREATE UNIQUE INDEX "customertype_name_folded" ON "customer_types" ("name_folded");
-- create "hints" table
CREATE TABLE "hints" ("id" character varying NOT NULL, "integration_id" character varying NOT NULL, "kind" character varying NOT NULL, "reference" character varying NOT NULL, "cause" character varying NOT NULL, "put_at" timestamptz NOT NULL, "due_at" timestamptz NOT NULL, "puts" bigint NOT NULL DEFAULT 1, PRIMARY KEY ("id"));
-- create index "hint_integration_id_due_at" to table: "hints"
CREATE INDEX "hint_integration_id_due_at" ON "hints" ("integration_id", "due_at");
-- create index "hint_integration_id_kind_reference" to table: "hints"
CREATE UNIQUE INDEX "hint_integration_id_kind_reference" ON "hints" ("integration_id", "kind", "reference");
-- create "regions" table
CREATE TABLE "regions" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "region_code_folded" to table: "regions"
CREATE UNIQUE INDEX "region_code_folded" ON "regions" ("code_folded");
-- create index "region_name_folded" to table: "regions"
CREATE UNIQUE INDEX "region_name_folded" ON "regions" ("name_folded");
-- create "customers" table
CREATE TABLE "customers" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "code" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "emails" jsonb NOT NULL, "phones" jsonb NOT NULL, "documents" jsonb NOT NULL, "city" character varying NULL, "state" character varying NULL, "customer_type_id" character varying NOT NULL, "region_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "customers_customer_types_customer_type" FOREIGN KEY ("customer_type_id") REFERENCES "customer_types" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "customers_regions_region" FOREIGN KEY ("region_id") REFERENCES "regions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "customers_code_key" to table: "customers"
CREATE UNIQUE INDEX "customers_code_key" ON "customers" ("code");
-- create "sectors" table
CREATE TABLE "sectors" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "sector_code_folded" to table: "sectors"
CREATE UNIQUE INDEX "sector_code_folded" ON "sectors" ("code_folded");
-- create index "sector_name_folded" to table: "sectors"
CREATE UNIQUE INDEX "sector_name_folded" ON "sectors" ("name_folded");
-- create "occurrence_types" table
CREATE TABLE "occurrence_types" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "sector_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "occurrence_types_sectors_occurrence_types" FOREIGN KEY ("sector_id") REFERENCES "sectors" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "occurrencetype_sector_id_code_folded" to table: "occurrence_types"
CREATE UNIQUE INDEX "occurrencetype_sector_id_code_folded" ON "occurrence_types" ("sector_id", "code_folded");
-- create index "occurrencetype_sector_id_name_folded" to table: "occurrence_types"
CREATE UNIQUE INDEX "occurrencetype_sector_id_name_folded" ON "occurrence_types" ("sector_id", "name_folded");
-- create "occurrences" table
CREATE TABLE "occurrences" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "sla_value" bigint NULL, "sla_unit" character varying NULL, "occurrence_type_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "occurrences_occurrence_types_occurrences" FOREIGN KEY ("occurrence_type_id") REFERENCES "occurrence_types" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "occurrence_occurrence_type_id_code_folded" to table: "occurrences"
CREATE UNIQUE INDEX "occurrence_occurrence_type_id_code_folded" ON "occurrences" ("occurrence_type_id", "code_folded");
-- create index "occurrence_occurrence_type_id_name_folded" to table: "occurrences"
CREATE UNIQUE INDEX "occurrence_occurrence_type_id_name_folded" ON "occurrences" ("occurrence_type_id", "name_folded");
-- create "solutions" table
CREATE TABLE "solutions" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "occurrence_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "solutions_occurrences_solutions" FOREIGN KEY ("occurrence_id") REFERENCES "occurrences" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "solution_occurrence_id_code_folded" to table: "solutions"
CREATE UNIQUE INDEX "solution_occurrence_id_code_folded" ON "solutions" ("occurrence_id", "code_folded");
-- create index "solution_occurrence_id_name_folded" to table: "solutions"
CREATE UNIQUE INDEX "solution_occurrence_id_name_folded" ON "solutions" ("occurrence_id", "name_folded");
-- create "sync_groups" table
CREATE TABLE "sync_groups" ("id" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "code" character varying NOT NULL, "code_folded" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "priority" bigint NOT NULL, PRIMARY KEY ("id"));
-- create index "syncgroup_code_folded" to table: "sync_groups"
CREATE UNIQUE INDEX "syncgroup_code_folded" ON "sync_groups" ("code_folded");
-- create index "syncgroup_name_folded" to table: "sync_groups"
CREATE UNIQUE INDEX "syncgroup_name_folded" ON "sync_groups" ("name_folded");
-- create "users" table
CREATE TABLE "users" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "email" character varying NOT NULL, "email_folded" character varying NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "role" character varying NOT NULL, "password_hash" character varying NOT NULL, "archived_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, PRIMARY KEY ("id"));
-- create index "users_email_folded_key" to table: "users"
CREATE UNIQUE INDEX "users_email_folded_key" ON "users" ("email_folded");
-- create "integrations" table
CREATE TABLE "integrations" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "name" character varying NOT NULL, "name_folded" character varying NOT NULL, "channel" character varying NOT NULL, "kind" character varying NOT NULL, "state" character varying NOT NULL DEFAULT 'DRAFT', "version" bigint NOT NULL DEFAULT 1, "company_email" character varying NULL, "api_username" character varying NULL, "api_password" bytea NULL, "api_password_set_at" timestamptz NULL, "sync_interval_minutes" bigint NULL, "retroactive_months" bigint NULL, "page_id" bigint NULL, "available_pages" jsonb NULL, "pages_fetched_at" timestamptz NULL, "company_name" character varying NULL, "reclame_aqui_id" character varying NULL, "auto_conversion" boolean NOT NULL DEFAULT false, "activated_at" timestamptz NULL, "sync_group_id" character varying NULL, "customer_type_id" character varying NULL, "region_id" character varying NULL, "creator_id" character varying NULL, "sector_id" character varying NULL, "occurrence_type_id" character varying NULL, "occurrence_id" character varying NULL, "default_solution_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "integrations_customer_types_customer_type" FOREIGN KEY ("customer_type_id") REFERENCES "customer_types" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_occurrence_types_occurrence_type" FOREIGN KEY ("occurrence_type_id") REFERENCES "occurrence_types" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_occurrences_occurrence" FOREIGN KEY ("occurrence_id") REFERENCES "occurrences" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_regions_region" FOREIGN KEY ("region_id") REFERENCES "regions" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_sectors_sector" FOREIGN KEY ("sector_id") REFERENCES "sectors" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_solutions_default_solution" FOREIGN KEY ("default_solution_id") REFERENCES "solutions" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_sync_groups_sync_group" FOREIGN KEY ("sync_group_id") REFERENCES "sync_groups" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "integrations_users_creator" FOREIGN KEY ("creator_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE SET NULL);
-- create index "integration_page_id" to table: "integrations"
CREATE UNIQUE INDEX "integration_page_id" ON "integrations" ("page_id") WHERE ((page_id IS NOT NULL) AND ((state)::text <> 'ARCHIVED'::text));
-- create index "integration_state" to table: "integrations"
CREATE INDEX "integration_state" ON "integrations" ("state");
-- create "tickets" table
CREATE TABLE "tickets" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "protocol" character varying NOT NULL, "status" character varying NOT NULL, "version" bigint NOT NULL DEFAULT 1, "unread" boolean NOT NULL DEFAULT true, "opened_at" timestamptz NOT NULL, "occurred_at" timestamptz NOT NULL, "due_at" timestamptz NULL, "last_changed_at" timestamptz NOT NULL, "title" text NOT NULL, "description" text NOT NULL, "complaint_id" bigint NOT NULL, "source_id" character varying NOT NULL, "ra_status_id" bigint NOT NULL, "ra_status_name" character varying NOT NULL, "ra_modified_at" timestamptz NOT NULL, "read_at" timestamptz NOT NULL, "outside_window" boolean NOT NULL DEFAULT false, "frozen" boolean NOT NULL DEFAULT false, "active" boolean NOT NULL DEFAULT true, "may_request_evaluation" boolean NOT NULL DEFAULT false, "may_request_moderation" boolean NOT NULL DEFAULT false, "rating" bigint NULL, "rated_at" timestamptz NULL, "resolved" boolean NULL, "would_return" boolean NULL, "consumer_consideration" text NULL, "company_consideration" text NULL, "moderation_status" character varying NULL, "moderation_reason" character varying NULL, "moderation_requested_at" timestamptz NULL, "moderation_answered_at" timestamptz NULL, "customer_id" character varying NOT NULL, "integration_id" character varying NOT NULL, "creator_id" character varying NOT NULL, "sector_id" character varying NOT NULL, "occurrence_type_id" character varying NOT NULL, "occurrence_id" character varying NOT NULL, "solution_id" character varying NULL, "assignee_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "tickets_customers_tickets" FOREIGN KEY ("customer_id") REFERENCES "customers" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "tickets_integrations_integration" FOREIGN KEY ("integration_id") REFERENCES "integrations" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "tickets_occurrence_types_occurrence_type" FOREIGN KEY ("occurrence_type_id") REFERENCES "occurrence_types" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "tickets_occurrences_occurrence" FOREIGN KEY ("occurrence_id") REFERENCES "occurrences" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "tickets_sectors_sector" FOREIGN KEY ("sector_id") REFERENCES "sectors" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "tickets_solutions_solution" FOREIGN KEY ("solution_id") REFERENCES "solutions" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "tickets_users_assignee" FOREIGN KEY ("assignee_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "tickets_users_creator" FOREIGN KEY ("creator_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "ticket_assignee_id_id" to table: "tickets"
CREATE INDEX "ticket_assignee_id_id" ON "tickets" ("assignee_id", "id");
-- create index "ticket_customer_id_id" to table: "tickets"
CREATE INDEX "ticket_customer_id_id" ON "tickets" ("customer_id", "id");
-- create index "ticket_integration_id_complaint_id" to table: "tickets"
CREATE UNIQUE INDEX "ticket_integration_id_complaint_id" ON "tickets" ("integration_id", "complaint_id");
-- create index "ticket_integration_id_source_id" to table: "tickets"
CREATE INDEX "ticket_integration_id_source_id" ON "tickets" ("integration_id", "source_id");
-- create index "ticket_last_changed_at_id" to table: "tickets"
CREATE INDEX "ticket_last_changed_at_id" ON "tickets" ("last_changed_at", "id");
-- create index "ticket_occurred_at_id" to table: "tickets"
CREATE INDEX "ticket_occurred_at_id" ON "tickets" ("occurred_at", "id");
-- create index "ticket_sector_id_id" to table: "tickets"
CREATE INDEX "ticket_sector_id_id" ON "tickets" ("sector_id", "id");
-- create index "ticket_status_id" to table: "tickets"
CREATE INDEX "ticket_status_id" ON "tickets" ("status", "id");
-- create index "tickets_protocol_key" to table: "tickets"
CREATE UNIQUE INDEX "tickets_protocol_key" ON "tickets" ("protocol");
-- create "interactions" table
CREATE TABLE "interactions" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "source_id" character varying NOT NULL, "type_id" bigint NOT NULL, "kind" character varying NOT NULL, "author_kind" character varying NOT NULL, "author_name" character varying NULL, "body" text NOT NULL, "private" boolean NOT NULL DEFAULT false, "occurred_at" timestamptz NOT NULL, "ticket_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "interactions_tickets_interactions" FOREIGN KEY ("ticket_id") REFERENCES "tickets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "interaction_ticket_id_id" to table: "interactions"
CREATE INDEX "interaction_ticket_id_id" ON "interactions" ("ticket_id", "id");
-- create index "interaction_ticket_id_source_id" to table: "interactions"
CREATE UNIQUE INDEX "interaction_ticket_id_source_id" ON "interactions" ("ticket_id", "source_id");
-- create "attachments" table
CREATE TABLE "attachments" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "source_id" character varying NOT NULL, "name" character varying NOT NULL, "url" text NULL, "interaction_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "attachments_interactions_attachments" FOREIGN KEY ("interaction_id") REFERENCES "interactions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "attachment_interaction_id_source_id" to table: "attachments"
CREATE UNIQUE INDEX "attachment_interaction_id_source_id" ON "attachments" ("interaction_id", "source_id");
-- create "audit_entries" table
CREATE TABLE "audit_entries" ("id" character varying NOT NULL, "occurred_at" timestamptz NOT NULL, "action" character varying NOT NULL, "subject_kind" character varying NOT NULL, "subject_id" character varying NOT NULL, "subject_name" character varying NOT NULL, "changes" jsonb NOT NULL, "actor_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "audit_entries_users_actor_user" FOREIGN KEY ("actor_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE SET NULL);
-- create index "auditentry_actor_id_id" to table: "audit_entries"
CREATE INDEX "auditentry_actor_id_id" ON "audit_entries" ("actor_id", "id");
-- create index "auditentry_subject_id_id" to table: "audit_entries"
CREATE INDEX "auditentry_subject_id_id" ON "audit_entries" ("subject_id", "id");
-- create "callback_tokens" table
CREATE TABLE "callback_tokens" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "hash" character varying NOT NULL, "sealed" bytea NOT NULL, "expires_at" timestamptz NULL, "last_used_at" timestamptz NULL, "integration_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "callback_tokens_integrations_callback_tokens" FOREIGN KEY ("integration_id") REFERENCES "integrations" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "callback_tokens_hash_key" to table: "callback_tokens"
CREATE UNIQUE INDEX "callback_tokens_hash_key" ON "callback_tokens" ("hash");
-- create "complaints" table
CREATE TABLE "complaints" ("id" character varying NOT NULL, "hash" character varying NOT NULL, "raw" bytea NOT NULL, "ticket_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "complaints_tickets_raw_complaint" FOREIGN KEY ("ticket_id") REFERENCES "tickets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "complaints_ticket_id_key" to table: "complaints"
CREATE UNIQUE INDEX "complaints_ticket_id_key" ON "complaints" ("ticket_id");
-- create "customer_keys" table
CREATE TABLE "customer_keys" ("id" character varying NOT NULL, "kind" character varying NOT NULL, "value" character varying NOT NULL, "customer_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "customer_keys_customers_keys" FOREIGN KEY ("customer_id") REFERENCES "customers" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "customerkey_kind_value" to table: "customer_keys"
CREATE UNIQUE INDEX "customerkey_kind_value" ON "customer_keys" ("kind", "value");
-- create "integration_solutions" table
CREATE TABLE "integration_solutions" ("integration_id" character varying NOT NULL, "solution_id" character varying NOT NULL, PRIMARY KEY ("integration_id", "solution_id"), CONSTRAINT "integration_solutions_integration_id" FOREIGN KEY ("integration_id") REFERENCES "integrations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "integration_solutions_solution_id" FOREIGN KEY ("solution_id") REFERENCES "solutions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create "outbound_attempts" table
CREATE TABLE "outbound_attempts" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "kind" character varying NOT NULL, "text" text NOT NULL, "state" character varying NOT NULL DEFAULT 'PENDING', "idempotency_key" character varying NOT NULL, "input_hash" character varying NOT NULL, "known_twins" jsonb NOT NULL, "settled_at" timestamptz NULL, "first_absent_at" timestamptz NULL, "failure_code" character varying NULL, "failure_text" text NULL, "upstream_code" character varying NULL, "author_id" character varying NOT NULL, "interaction_id" character varying NULL, "ticket_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "outbound_attempts_interactions_interaction" FOREIGN KEY ("interaction_id") REFERENCES "interactions" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "outbound_attempts_tickets_outbound_attempts" FOREIGN KEY ("ticket_id") REFERENCES "tickets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "outbound_attempts_users_author" FOREIGN KEY ("author_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "outboundattempt_author_id_idempotency_key" to table: "outbound_attempts"
CREATE UNIQUE INDEX "outboundattempt_author_id_idempotency_key" ON "outbound_attempts" ("author_id", "idempotency_key");
-- create index "outboundattempt_state" to table: "outbound_attempts"
CREATE INDEX "outboundattempt_state" ON "outbound_attempts" ("state");
-- create index "outboundattempt_ticket_id_state" to table: "outbound_attempts"
CREATE INDEX "outboundattempt_ticket_id_state" ON "outbound_attempts" ("ticket_id", "state");
-- create "sector_users" table
CREATE TABLE "sector_users" ("sector_id" character varying NOT NULL, "user_id" character varying NOT NULL, PRIMARY KEY ("sector_id", "user_id"), CONSTRAINT "sector_users_sector_id" FOREIGN KEY ("sector_id") REFERENCES "sectors" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "sector_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create "sessions" table
CREATE TABLE "sessions" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "refresh_hash" character varying NOT NULL, "expires_at" timestamptz NOT NULL, "ended_at" timestamptz NULL, "user_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "sessions_users_sessions" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "sessions_refresh_hash_key" to table: "sessions"
CREATE UNIQUE INDEX "sessions_refresh_hash_key" ON "sessions" ("refresh_hash");
-- create "sync_states" table
CREATE TABLE "sync_states" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "window_from" timestamptz NOT NULL, "backfill_before" timestamptz NULL, "backfill_page" bigint NOT NULL DEFAULT 1, "backfill_done_at" timestamptz NULL, "backfill_total" bigint NULL, "backfill_read" bigint NOT NULL DEFAULT 0, "backfill_calls" bigint NOT NULL DEFAULT 0, "watermark" timestamptz NULL, "run_since" timestamptz NULL, "run_page" bigint NOT NULL DEFAULT 1, "run_high" timestamptz NULL, "last_sync_at" timestamptz NULL, "next_sync_at" timestamptz NULL, "last_error_code" character varying NULL, "last_error_at" timestamptz NULL, "failures" bigint NOT NULL DEFAULT 0, "retry_at" timestamptz NULL, "integration_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "sync_states_integrations_sync_state" FOREIGN KEY ("integration_id") REFERENCES "integrations" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "sync_states_integration_id_key" to table: "sync_states"
CREATE UNIQUE INDEX "sync_states_integration_id_key" ON "sync_states" ("integration_id");
-- create "ticket_events" table
CREATE TABLE "ticket_events" ("id" character varying NOT NULL, "position" bigint NOT NULL, "kind" character varying NOT NULL, "occurred_at" timestamptz NOT NULL, "actor_kind" character varying NOT NULL, "cause" character varying NOT NULL, "changes" jsonb NOT NULL, "ticket_version" bigint NOT NULL, "integration_id" character varying NOT NULL, "sector_id" character varying NOT NULL, "status" character varying NOT NULL, "assignee_id" character varying NULL, "ticket_id" character varying NOT NULL, "actor_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "ticket_events_tickets_events" FOREIGN KEY ("ticket_id") REFERENCES "tickets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "ticket_events_users_actor_user" FOREIGN KEY ("actor_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE SET NULL);
-- create index "ticket_events_position_key" to table: "ticket_events"
CREATE UNIQUE INDEX "ticket_events_position_key" ON "ticket_events" ("position");
-- create index "ticketevent_ticket_id_id" to table: "ticket_events"
CREATE INDEX "ticketevent_ticket_id_id" ON "ticket_events" ("ticket_id", "id");

-- +goose Down
-- reverse: create index "ticketevent_ticket_id_id" to table: "ticket_events"
DROP INDEX "ticketevent_ticket_id_id";
-- reverse: create index "ticket_events_position_key" to table: "ticket_events"
DROP INDEX "ticket_events_position_key";
-- reverse: create "ticket_events" table
DROP TABLE "ticket_events";
-- reverse: create index "sync_states_integration_id_key" to table: "sync_states"
DROP INDEX "sync_states_integration_id_key";
-- reverse: create "sync_states" table
DROP TABLE "sync_states";
-- reverse: create index "sessions_refresh_hash_key" to table: "sessions"
DROP INDEX "sessions_refresh_hash_key";
-- reverse: create "sessions" table
DROP TABLE "sessions";
-- reverse: create "sector_users" table
DROP TABLE "sector_users";
-- reverse: create index "outboundattempt_ticket_id_state" to table: "outbound_attempts"
DROP INDEX "outboundattempt_ticket_id_state";
-- reverse: create index "outboundattempt_state" to table: "outbound_attempts"
DROP INDEX "outboundattempt_state";
-- reverse: create index "outboundattempt_author_id_idempotency_key" to table: "outbound_attempts"
DROP INDEX "outboundattempt_author_id_idempotency_key";
-- reverse: create "outbound_attempts" table
DROP TABLE "outbound_attempts";
-- reverse: create "integration_solutions" table
DROP TABLE "integration_solutions";
-- reverse: create index "customerkey_kind_value" to table: "customer_keys"
DROP INDEX "customerkey_kind_value";
-- reverse: create "customer_keys" table
DROP TABLE "customer_keys";
-- reverse: create index "complaints_ticket_id_key" to table: "complaints"
DROP INDEX "complaints_ticket_id_key";
-- reverse: create "complaints" table
DROP TABLE "complaints";
-- reverse: create index "callback_tokens_hash_key" to table: "callback_tokens"
DROP INDEX "callback_tokens_hash_key";
-- reverse: create "callback_tokens" table
DROP TABLE "callback_tokens";
-- reverse: create index "auditentry_subject_id_id" to table: "audit_entries"
DROP INDEX "auditentry_subject_id_id";
-- reverse: create index "auditentry_actor_id_id" to table: "audit_entries"
DROP INDEX "auditentry_actor_id_id";
-- reverse: create "audit_entries" table
DROP TABLE "audit_entries";
-- reverse: create index "attachment_interaction_id_source_id" to table: "attachments"
DROP INDEX "attachment_interaction_id_source_id";
-- reverse: create "attachments" table
DROP TABLE "attachments";
-- reverse: create index "interaction_ticket_id_source_id" to table: "interactions"
DROP INDEX "interaction_ticket_id_source_id";
-- reverse: create index "interaction_ticket_id_id" to table: "interactions"
DROP INDEX "interaction_ticket_id_id";
-- reverse: create "interactions" table
DROP TABLE "interactions";
-- reverse: create index "tickets_protocol_key" to table: "tickets"
DROP INDEX "tickets_protocol_key";
-- reverse: create index "ticket_status_id" to table: "tickets"
DROP INDEX "ticket_status_id";
-- reverse: create index "ticket_sector_id_id" to table: "tickets"
DROP INDEX "ticket_sector_id_id";
-- reverse: create index "ticket_occurred_at_id" to table: "tickets"
DROP INDEX "ticket_occurred_at_id";
-- reverse: create index "ticket_last_changed_at_id" to table: "tickets"
DROP INDEX "ticket_last_changed_at_id";
-- reverse: create index "ticket_integration_id_source_id" to table: "tickets"
DROP INDEX "ticket_integration_id_source_id";
-- reverse: create index "ticket_integration_id_complaint_id" to table: "tickets"
DROP INDEX "ticket_integration_id_complaint_id";
-- reverse: create index "ticket_customer_id_id" to table: "tickets"
DROP INDEX "ticket_customer_id_id";
-- reverse: create index "ticket_assignee_id_id" to table: "tickets"
DROP INDEX "ticket_assignee_id_id";
-- reverse: create "tickets" table
DROP TABLE "tickets";
-- reverse: create index "integration_state" to table: "integrations"
DROP INDEX "integration_state";
-- reverse: create index "integration_page_id" to table: "integrations"
DROP INDEX "integration_page_id";
-- reverse: create "integrations" table
DROP TABLE "integrations";
-- reverse: create index "users_email_folded_key" to table: "users"
DROP INDEX "users_email_folded_key";
-- reverse: create "users" table
DROP TABLE "users";
-- reverse: create index "syncgroup_name_folded" to table: "sync_groups"
DROP INDEX "syncgroup_name_folded";
-- reverse: create index "syncgroup_code_folded" to table: "sync_groups"
DROP INDEX "syncgroup_code_folded";
-- reverse: create "sync_groups" table
DROP TABLE "sync_groups";
-- reverse: create index "solution_occurrence_id_name_folded" to table: "solutions"
DROP INDEX "solution_occurrence_id_name_folded";
-- reverse: create index "solution_occurrence_id_code_folded" to table: "solutions"
DROP INDEX "solution_occurrence_id_code_folded";
-- reverse: create "solutions" table
DROP TABLE "solutions";
-- reverse: create index "occurrence_occurrence_type_id_name_folded" to table: "occurrences"
DROP INDEX "occurrence_occurrence_type_id_name_folded";
-- reverse: create index "occurrence_occurrence_type_id_code_folded" to table: "occurrences"
DROP INDEX "occurrence_occurrence_type_id_code_folded";
-- reverse: create "occurrences" table
DROP TABLE "occurrences";
-- reverse: create index "occurrencetype_sector_id_name_folded" to table: "occurrence_types"
DROP INDEX "occurrencetype_sector_id_name_folded";
-- reverse: create index "occurrencetype_sector_id_code_folded" to table: "occurrence_types"
DROP INDEX "occurrencetype_sector_id_code_folded";
-- reverse: create "occurrence_types" table
DROP TABLE "occurrence_types";
-- reverse: create index "sector_name_folded" to table: "sectors"
DROP INDEX "sector_name_folded";
-- reverse: create index "sector_code_folded" to table: "sectors"
DROP INDEX "sector_code_folded";
-- reverse: create "sectors" table
DROP TABLE "sectors";
-- reverse: create index "customers_code_key" to table: "customers"
DROP INDEX "customers_code_key";
-- reverse: create "customers" table
DROP TABLE "customers";
-- reverse: create index "region_name_folded" to table: "regions"
DROP INDEX "region_name_folded";
-- reverse: create index "region_code_folded" to table: "regions"
DROP INDEX "region_code_folded";
-- reverse: create "regions" table
DROP TABLE "regions";
-- reverse: create index "hint_integration_id_kind_reference" to table: "hints"
DROP INDEX "hint_integration_id_kind_reference";
-- reverse: create index "hint_integration_id_due_at" to table: "hints"
DROP INDEX "hint_integration_id_due_at";
-- reverse: create "hints" table
DROP TABLE "hints";
-- reverse: create index "customertype_name_folded" to table: "customer_types"
DROP INDEX "customertype_name_folded";
-- reverse: create index "customertype_code_folded" to table: "customer_types"
DROP INDEX "customertype_code_folded";
-- reverse: create "customer_types" table
DROP TABLE "customer_types";
-- reverse: create "counters" table
DROP TABLE "counters";
-- reverse: create index "quarantine_retry_at" to table: "quarantines"
DROP INDEX "quarantine_retry_at";
-- reverse: create index "quarantine_integration_id_complaint_id" to table: "quarantines"
DROP INDEX "quarantine_integration_id_complaint_id";
-- reverse: create "quarantines" table
DROP TABLE "quarantines";
-- reverse: create index "callbackdelivery_integration_id_received_at" to table: "callback_deliveries"
DROP INDEX "callbackdelivery_integration_id_received_at";
-- reverse: create "callback_deliveries" table
DROP TABLE "callback_deliveries";
-- reverse: create "call_budgets" table
DROP TABLE "call_budgets";
-- reverse: create index "idempotency_user_id_mutation_key" to table: "idempotencies"
DROP INDEX "idempotency_user_id_mutation_key";
-- reverse: create "idempotencies" table
DROP TABLE "idempotencies";

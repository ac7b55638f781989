-- +goose Up
-- modify "attachments" table
ALTER TABLE "attachments" ADD COLUMN "private" boolean NOT NULL DEFAULT false;
-- modify "complaints" table
ALTER TABLE "complaints" ADD COLUMN "details" jsonb NULL;
-- modify "interactions" table
ALTER TABLE "interactions" ADD COLUMN "modified_at" timestamptz NULL, ADD COLUMN "type_name" character varying NULL, ADD COLUMN "details" jsonb NULL;
-- modify "tickets" table
ALTER TABLE "tickets" ADD COLUMN "hugme_status_id" bigint NOT NULL DEFAULT 0, ADD COLUMN "hugme_status_name" character varying NOT NULL DEFAULT '', ADD COLUMN "ra_closed_at" timestamptz NULL, ADD COLUMN "first_answered_at" timestamptz NULL, ADD COLUMN "last_replica_at" timestamptz NULL, ADD COLUMN "reason" character varying NULL, ADD COLUMN "feeling" character varying NULL, ADD COLUMN "evaluation_request_id" bigint NOT NULL DEFAULT 0, ADD COLUMN "evaluation_request_name" character varying NULL, ADD COLUMN "rated_unanswered" boolean NOT NULL DEFAULT false, ADD COLUMN "consumer_consideration_at" timestamptz NULL, ADD COLUMN "company_consideration_at" timestamptz NULL, ADD COLUMN "deactivated_at" timestamptz NULL, ADD COLUMN "deactivation_reason" character varying NULL, ADD COLUMN "unknown_count" bigint NOT NULL DEFAULT 0;
-- create "unknown_values" table
CREATE TABLE "unknown_values" ("id" character varying NOT NULL, "integration_id" character varying NOT NULL, "kind" character varying NOT NULL, "value" character varying NOT NULL, "count" bigint NOT NULL DEFAULT 0, "first_seen_at" timestamptz NOT NULL, "last_seen_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "unknownvalue_integration_id_kind_value" to table: "unknown_values"
CREATE UNIQUE INDEX "unknownvalue_integration_id_kind_value" ON "unknown_values" ("integration_id", "kind", "value");
-- create "internal_notes" table
CREATE TABLE "internal_notes" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "text" text NOT NULL, "author_id" character varying NOT NULL, "ticket_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "internal_notes_tickets_notes" FOREIGN KEY ("ticket_id") REFERENCES "tickets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "internal_notes_users_author" FOREIGN KEY ("author_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "internalnote_ticket_id_id" to table: "internal_notes"
CREATE INDEX "internalnote_ticket_id_id" ON "internal_notes" ("ticket_id", "id");
-- modify "customers" table
ALTER TABLE "customers" ADD COLUMN "as_sent" jsonb NULL, ADD COLUMN "company_name" character varying NULL, ADD COLUMN "birth_date" character varying NULL, ADD COLUMN "gender" character varying NULL;
-- create "possible_duplicates" table
CREATE TABLE "possible_duplicates" ("id" character varying NOT NULL, "found_at" timestamptz NOT NULL, "customer_id" character varying NOT NULL, "other_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "possible_duplicates_customers_other" FOREIGN KEY ("other_id") REFERENCES "customers" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "possible_duplicates_customers_possible_duplicates" FOREIGN KEY ("customer_id") REFERENCES "customers" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "possibleduplicate_customer_id_other_id" to table: "possible_duplicates"
CREATE UNIQUE INDEX "possibleduplicate_customer_id_other_id" ON "possible_duplicates" ("customer_id", "other_id");
-- modify "outbound_attempts" table
ALTER TABLE "outbound_attempts" ADD COLUMN "moderation_reason_id" bigint NULL, ADD COLUMN "target_company_id" bigint NULL, ADD COLUMN "known_state" text NOT NULL DEFAULT '';
-- create "uploads" table
CREATE TABLE "uploads" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "name" character varying NOT NULL, "content_type" character varying NOT NULL, "size" bigint NOT NULL, "sha256" character varying NOT NULL, "position" bigint NOT NULL DEFAULT 0, "attempt_id" character varying NULL, "owner_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "uploads_outbound_attempts_files" FOREIGN KEY ("attempt_id") REFERENCES "outbound_attempts" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "uploads_users_owner" FOREIGN KEY ("owner_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "upload_attempt_id_position" to table: "uploads"
CREATE INDEX "upload_attempt_id_position" ON "uploads" ("attempt_id", "position");
-- create index "upload_owner_id_id" to table: "uploads"
CREATE INDEX "upload_owner_id_id" ON "uploads" ("owner_id", "id");

-- +goose Down
-- reverse: create index "upload_owner_id_id" to table: "uploads"
DROP INDEX "upload_owner_id_id";
-- reverse: create index "upload_attempt_id_position" to table: "uploads"
DROP INDEX "upload_attempt_id_position";
-- reverse: create "uploads" table
DROP TABLE "uploads";
-- reverse: modify "outbound_attempts" table
ALTER TABLE "outbound_attempts" DROP COLUMN "known_state", DROP COLUMN "target_company_id", DROP COLUMN "moderation_reason_id";
-- reverse: create index "possibleduplicate_customer_id_other_id" to table: "possible_duplicates"
DROP INDEX "possibleduplicate_customer_id_other_id";
-- reverse: create "possible_duplicates" table
DROP TABLE "possible_duplicates";
-- reverse: modify "customers" table
ALTER TABLE "customers" DROP COLUMN "gender", DROP COLUMN "birth_date", DROP COLUMN "company_name", DROP COLUMN "as_sent";
-- reverse: create index "internalnote_ticket_id_id" to table: "internal_notes"
DROP INDEX "internalnote_ticket_id_id";
-- reverse: create "internal_notes" table
DROP TABLE "internal_notes";
-- reverse: create index "unknownvalue_integration_id_kind_value" to table: "unknown_values"
DROP INDEX "unknownvalue_integration_id_kind_value";
-- reverse: create "unknown_values" table
DROP TABLE "unknown_values";
-- reverse: modify "tickets" table
ALTER TABLE "tickets" DROP COLUMN "unknown_count", DROP COLUMN "deactivation_reason", DROP COLUMN "deactivated_at", DROP COLUMN "company_consideration_at", DROP COLUMN "consumer_consideration_at", DROP COLUMN "rated_unanswered", DROP COLUMN "evaluation_request_name", DROP COLUMN "evaluation_request_id", DROP COLUMN "feeling", DROP COLUMN "reason", DROP COLUMN "last_replica_at", DROP COLUMN "first_answered_at", DROP COLUMN "ra_closed_at", DROP COLUMN "hugme_status_name", DROP COLUMN "hugme_status_id";
-- reverse: modify "interactions" table
ALTER TABLE "interactions" DROP COLUMN "details", DROP COLUMN "type_name", DROP COLUMN "modified_at";
-- reverse: modify "complaints" table
ALTER TABLE "complaints" DROP COLUMN "details";
-- reverse: modify "attachments" table
ALTER TABLE "attachments" DROP COLUMN "private";

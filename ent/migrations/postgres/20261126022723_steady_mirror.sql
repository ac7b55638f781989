-- +goose Up
-- modify "call_budgets" table
ALTER TABLE "call_budgets" ADD COLUMN "failures" bigint NOT NULL DEFAULT 0, ADD COLUMN "failing_since" timestamptz NULL, ADD COLUMN "failing_code" character varying NULL, ADD COLUMN "open_until" timestamptz NULL;
-- modify "callback_deliveries" table
ALTER TABLE "callback_deliveries" ADD COLUMN "redelivered_at" timestamptz NULL, ADD COLUMN "redeliveries" bigint NOT NULL DEFAULT 0;
-- modify "quarantines" table
ALTER TABLE "quarantines" ADD COLUMN "detail" character varying NOT NULL DEFAULT '';
-- modify "sync_states" table
ALTER TABLE "sync_states" ADD COLUMN "step" bigint NOT NULL DEFAULT 0, ADD COLUMN "backfill_paused_at" timestamptz NULL, ADD COLUMN "backfill_cancelled_at" timestamptz NULL, ADD COLUMN "sync_requested_at" timestamptz NULL, ADD COLUMN "sync_requested_by" character varying NULL, ADD COLUMN "scan" jsonb NULL, ADD COLUMN "scan_at" timestamptz NULL, ADD COLUMN "scanned_at" timestamptz NULL, ADD COLUMN "silent_changes" bigint NOT NULL DEFAULT 0;
-- modify "ticket_events" table
ALTER TABLE "ticket_events" ALTER COLUMN "position" DROP NOT NULL;
-- where an event's id stands among a ticket's events: given while the ticket is locked, before the event has its position
CREATE SEQUENCE "ticket_event_order";
SELECT setval('"ticket_event_order"', (SELECT COALESCE(MAX("position"), 0) + 1 FROM "ticket_events"), false);
-- create index "ticketevent_unnumbered" to table: "ticket_events"
CREATE INDEX "ticketevent_unnumbered" ON "ticket_events" ("id") WHERE ("position" IS NULL);
-- modify "tickets" table
ALTER TABLE "tickets" ADD COLUMN "vanished_at" timestamptz NULL;
-- create index "ticket_integration_id_ra_modified_at" to table: "tickets"
CREATE INDEX "ticket_integration_id_ra_modified_at" ON "tickets" ("integration_id", "ra_modified_at");
-- create "alarms" table
CREATE TABLE "alarms" ("id" character varying NOT NULL, "integration_id" character varying NOT NULL, "code" character varying NOT NULL, "raised_at" timestamptz NOT NULL, "cleared_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "alarm_integration_id_code" to table: "alarms"
CREATE UNIQUE INDEX "alarm_integration_id_code" ON "alarms" ("integration_id", "code") WHERE (cleared_at IS NULL);
-- create index "alarm_integration_id_raised_at" to table: "alarms"
CREATE INDEX "alarm_integration_id_raised_at" ON "alarms" ("integration_id", "raised_at");
-- create "change_tallies" table
CREATE TABLE "change_tallies" ("id" character varying NOT NULL, "integration_id" character varying NOT NULL, "hour" timestamptz NOT NULL, "announced" bigint NOT NULL DEFAULT 0, "found" bigint NOT NULL DEFAULT 0, PRIMARY KEY ("id"));
-- create index "changetally_integration_id_hour" to table: "change_tallies"
CREATE UNIQUE INDEX "changetally_integration_id_hour" ON "change_tallies" ("integration_id", "hour");
-- create "leases" table
CREATE TABLE "leases" ("id" character varying NOT NULL, "holder" character varying NOT NULL, "until" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create "sync_runs" table
CREATE TABLE "sync_runs" ("id" character varying NOT NULL, "kind" character varying NOT NULL, "trigger" character varying NOT NULL, "state" character varying NOT NULL DEFAULT 'RUNNING', "started_at" timestamptz NOT NULL, "finished_at" timestamptz NULL, "created_tickets" bigint NOT NULL DEFAULT 0, "updated_tickets" bigint NOT NULL DEFAULT 0, "unchanged_tickets" bigint NOT NULL DEFAULT 0, "failed_complaints" bigint NOT NULL DEFAULT 0, "vanished_tickets" bigint NOT NULL DEFAULT 0, "calls" bigint NOT NULL DEFAULT 0, "error_code" character varying NULL, "integration_id" character varying NOT NULL, "requested_by_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "sync_runs_integrations_integration" FOREIGN KEY ("integration_id") REFERENCES "integrations" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "sync_runs_users_requested_by" FOREIGN KEY ("requested_by_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE SET NULL);
-- create index "syncrun_integration_id_id" to table: "sync_runs"
CREATE INDEX "syncrun_integration_id_id" ON "sync_runs" ("integration_id", "id");
-- create index "syncrun_integration_id_kind_state" to table: "sync_runs"
CREATE INDEX "syncrun_integration_id_kind_state" ON "sync_runs" ("integration_id", "kind", "state");

-- +goose Down
-- reverse: create index "syncrun_integration_id_kind_state" to table: "sync_runs"
DROP INDEX "syncrun_integration_id_kind_state";
-- reverse: create index "syncrun_integration_id_id" to table: "sync_runs"
DROP INDEX "syncrun_integration_id_id";
-- reverse: create "sync_runs" table
DROP TABLE "sync_runs";
-- reverse: create "leases" table
DROP TABLE "leases";
-- reverse: create index "changetally_integration_id_hour" to table: "change_tallies"
DROP INDEX "changetally_integration_id_hour";
-- reverse: create "change_tallies" table
DROP TABLE "change_tallies";
-- reverse: create index "alarm_integration_id_raised_at" to table: "alarms"
DROP INDEX "alarm_integration_id_raised_at";
-- reverse: create index "alarm_integration_id_code" to table: "alarms"
DROP INDEX "alarm_integration_id_code";
-- reverse: create "alarms" table
DROP TABLE "alarms";
-- reverse: create index "ticket_integration_id_ra_modified_at" to table: "tickets"
DROP INDEX "ticket_integration_id_ra_modified_at";
-- reverse: modify "tickets" table
ALTER TABLE "tickets" DROP COLUMN "vanished_at";
-- reverse: create index "ticketevent_unnumbered" to table: "ticket_events"
DROP INDEX "ticketevent_unnumbered";
-- reverse: modify "ticket_events" table
DROP SEQUENCE "ticket_event_order";
ALTER TABLE "ticket_events" ALTER COLUMN "position" SET NOT NULL;
-- reverse: modify "sync_states" table
ALTER TABLE "sync_states" DROP COLUMN "silent_changes", DROP COLUMN "scanned_at", DROP COLUMN "scan_at", DROP COLUMN "scan", DROP COLUMN "sync_requested_by", DROP COLUMN "sync_requested_at", DROP COLUMN "backfill_cancelled_at", DROP COLUMN "backfill_paused_at", DROP COLUMN "step";
-- reverse: modify "quarantines" table
ALTER TABLE "quarantines" DROP COLUMN "detail";
-- reverse: modify "callback_deliveries" table
ALTER TABLE "callback_deliveries" DROP COLUMN "redeliveries", DROP COLUMN "redelivered_at";
-- reverse: modify "call_budgets" table
ALTER TABLE "call_budgets" DROP COLUMN "open_until", DROP COLUMN "failing_code", DROP COLUMN "failing_since", DROP COLUMN "failures";

-- +goose Up
-- modify "tickets" table
ALTER TABLE "tickets" ADD COLUMN "due_order" timestamptz NOT NULL DEFAULT '9999-12-31 00:00:00+00';
-- tickets that are there already take their place
UPDATE "tickets" SET "due_order" = "due_at" WHERE "due_at" IS NOT NULL;
-- create index "ticket_due_order_id" to table: "tickets"
CREATE INDEX "ticket_due_order_id" ON "tickets" ("due_order", "id");

-- +goose Down
-- reverse: create index "ticket_due_order_id" to table: "tickets"
DROP INDEX "ticket_due_order_id";
-- reverse: modify "tickets" table
ALTER TABLE "tickets" DROP COLUMN "due_order";

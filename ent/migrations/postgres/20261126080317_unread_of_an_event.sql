-- +goose Up
-- modify "ticket_events" table
ALTER TABLE "ticket_events" ADD COLUMN "unread" boolean NOT NULL DEFAULT false;
-- what was not kept is taken to have been as it is now
UPDATE "ticket_events" SET "unread" = true WHERE "ticket_id" IN (SELECT "id" FROM "tickets" WHERE "unread");

-- +goose Down
-- reverse: modify "ticket_events" table
ALTER TABLE "ticket_events" DROP COLUMN "unread";

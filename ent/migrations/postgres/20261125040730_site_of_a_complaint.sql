-- +goose Up
-- modify "tickets" table
ALTER TABLE "tickets" ADD COLUMN "site_id" bigint NOT NULL DEFAULT 1;

-- +goose Down
-- reverse: modify "tickets" table
ALTER TABLE "tickets" DROP COLUMN "site_id";

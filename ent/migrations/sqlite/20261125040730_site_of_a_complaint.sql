-- +goose Up
-- add column "site_id" to table: "tickets"
ALTER TABLE `tickets` ADD COLUMN `site_id` integer NOT NULL DEFAULT (1);

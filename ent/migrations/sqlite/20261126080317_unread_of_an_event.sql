-- +goose Up
-- add column "unread" to table: "ticket_events"
ALTER TABLE `ticket_events` ADD COLUMN `unread` bool NOT NULL DEFAULT (false);
-- what was not kept is taken to have been as it is now
UPDATE `ticket_events` SET `unread` = true WHERE `ticket_id` IN (SELECT `id` FROM `tickets` WHERE `unread`);

-- +goose Down
-- reverse: add column "unread" to table: "ticket_events"
ALTER TABLE `ticket_events` DROP COLUMN `unread`;

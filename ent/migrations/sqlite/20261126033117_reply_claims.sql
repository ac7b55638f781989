-- +goose Up
-- create "reply_claims" table
CREATE TABLE `reply_claims` (`id` text NOT NULL, `session_id` text NOT NULL, `instance` text NOT NULL DEFAULT (''), `claimed_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `user_id` text NOT NULL, `ticket_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `reply_claims_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `reply_claims_tickets_reply_claim` FOREIGN KEY (`ticket_id`) REFERENCES `tickets` (`id`) ON DELETE NO ACTION);
-- create index "reply_claims_ticket_id_key" to table: "reply_claims"
CREATE UNIQUE INDEX `reply_claims_ticket_id_key` ON `reply_claims` (`ticket_id`);
-- create index "replyclaim_expires_at" to table: "reply_claims"
CREATE INDEX `replyclaim_expires_at` ON `reply_claims` (`expires_at`);
-- create index "replyclaim_session_id" to table: "reply_claims"
CREATE INDEX `replyclaim_session_id` ON `reply_claims` (`session_id`);

-- +goose Down
-- reverse: create index "replyclaim_session_id" to table: "reply_claims"
DROP INDEX `replyclaim_session_id`;
-- reverse: create index "replyclaim_expires_at" to table: "reply_claims"
DROP INDEX `replyclaim_expires_at`;
-- reverse: create index "reply_claims_ticket_id_key" to table: "reply_claims"
DROP INDEX `reply_claims_ticket_id_key`;
-- reverse: create "reply_claims" table
DROP TABLE `reply_claims`;

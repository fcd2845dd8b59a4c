ALTER TABLE status_edits DROP COLUMN poll;
ALTER TABLE statuses DROP COLUMN has_poll;
DROP TABLE poll_votes;
DROP TABLE polls;

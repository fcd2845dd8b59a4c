ALTER TABLE users DROP COLUMN confirmation_sent_at;
ALTER TABLE users DROP COLUMN application_id;
DROP TABLE password_resets;

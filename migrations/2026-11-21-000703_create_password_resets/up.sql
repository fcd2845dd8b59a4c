CREATE TABLE password_resets (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);

ALTER TABLE users ADD COLUMN application_id bigint REFERENCES applications ON DELETE SET NULL;
COMMENT ON COLUMN users.application_id IS 'The client program that somebody signed up with';
CREATE INDEX users_application ON users (application_id) WHERE application_id IS NOT NULL;
ALTER TABLE users ADD COLUMN confirmation_sent_at timestamptz;
COMMENT ON COLUMN users.confirmation_sent_at IS 'When the last letter with the present confirmation_hash was written';

-- By this key push services know the server; devices subscribe to it, so it is made once.
ALTER TABLE identity ADD COLUMN vapid_key bytea;
COMMENT ON COLUMN identity.vapid_key IS 'The 32 secret bytes of a key of P-256; the public one is in each subscription.';

-- Where the notifications of an account are pushed to: one for each token.
CREATE TABLE push_subscriptions (
    id bigint PRIMARY KEY DEFAULT new_id(),
    access_token_id bigint NOT NULL UNIQUE REFERENCES access_tokens ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    standard boolean NOT NULL,
    alerts smallint[] NOT NULL,
    policy smallint NOT NULL CHECK (policy BETWEEN 0 AND 3),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id);
COMMENT ON COLUMN push_subscriptions.standard IS 'Whether RFC 8291 is understood, or only the drafts before it.';
COMMENT ON COLUMN push_subscriptions.alerts IS 'The kinds of notifications that are pushed.';
COMMENT ON COLUMN push_subscriptions.policy IS 'From whom: 0 everybody, 1 followed, 2 followers, 3 nobody.';

-- Who may quote a status, for others to see and for us to decide by.
ALTER TABLE statuses ADD COLUMN quote_policy smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN statuses.quote_policy IS
    'Bits: 1 everybody, 2 followers, 4 accounts that the author follows, 8 others may quote it without asking; 16, 32, 64, 128 the same for those who are asked about.';
ALTER TABLE statuses ADD COLUMN has_quote boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN statuses.has_quote IS 'Whether it quotes something: there is a row of quotes.';

ALTER TABLE status_stats ADD COLUMN quotes_count bigint NOT NULL DEFAULT 0 CHECK (quotes_count >= 0);

-- A status quotes at most one other.
CREATE TABLE quotes (
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    quoted_status_id bigint REFERENCES statuses ON DELETE SET NULL,
    quoted_account_id bigint REFERENCES accounts ON DELETE SET NULL,
    quoted_uri text COLLATE "C" NOT NULL,
    state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
    authorization_uri text COLLATE "C",
    request_uri text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN quotes.status_id IS 'The status that quotes; account_id wrote it.';
COMMENT ON COLUMN quotes.quoted_status_id IS 'What is quoted; NULL while it is not known here, and when its row is gone.';
COMMENT ON COLUMN quotes.state IS '0 pending, 1 accepted, 2 rejected, 3 revoked by the author of what is quoted.';
COMMENT ON COLUMN quotes.authorization_uri IS
    'ActivityPub id of the approval (FEP-044f); while the quote is pending, the one it claims to have.';
COMMENT ON COLUMN quotes.request_uri IS 'ActivityPub id of the QuoteRequest that asked for it.';
CREATE INDEX quotes_quoted ON quotes (quoted_status_id, status_id DESC) WHERE quoted_status_id IS NOT NULL;
CREATE INDEX quotes_account ON quotes (account_id);
CREATE INDEX quotes_quoted_account ON quotes (quoted_account_id) WHERE quoted_account_id IS NOT NULL;
CREATE INDEX quotes_authorization ON quotes (authorization_uri) WHERE authorization_uri IS NOT NULL;
CREATE INDEX quotes_request ON quotes (request_uri) WHERE request_uri IS NOT NULL;

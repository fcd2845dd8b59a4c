CREATE TABLE reports (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    category smallint NOT NULL DEFAULT 0 CHECK (category BETWEEN 0 AND 3),
    comment text NOT NULL DEFAULT '',
    status_ids bigint[] NOT NULL DEFAULT '{}',
    rule_ids bigint[] NOT NULL DEFAULT '{}',
    foreign_uris text[] NOT NULL DEFAULT '{}',
    forwarded boolean NOT NULL DEFAULT false,
    uri text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolved_by_id bigint REFERENCES accounts ON DELETE SET NULL
);
COMMENT ON COLUMN reports.account_id IS 'Who reports; for what came from elsewhere, the actor that sent it';
COMMENT ON COLUMN reports.category IS '0 other, 1 spam, 2 legal, 3 violation of rules';
COMMENT ON COLUMN reports.status_ids IS 'Copies: the statuses may be gone by the time somebody looks';
COMMENT ON COLUMN reports.foreign_uris IS 'What a Flag named besides, as text';
COMMENT ON COLUMN reports.uri IS 'The id of the Flag that it came with';
COMMENT ON COLUMN reports.resolved_by_id IS 'Nobody when it was done at the command line';
CREATE UNIQUE INDEX reports_uri ON reports (uri, target_account_id) WHERE uri IS NOT NULL;
CREATE INDEX reports_account ON reports (account_id, id DESC);
CREATE INDEX reports_target ON reports (target_account_id, id DESC);
CREATE INDEX reports_open ON reports (id DESC) WHERE resolved_at IS NULL;
CREATE INDEX reports_resolver ON reports (resolved_by_id) WHERE resolved_by_id IS NOT NULL;

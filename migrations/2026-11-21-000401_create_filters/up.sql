CREATE TABLE filters (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    title text NOT NULL CHECK (title <> ''),
    contexts smallint NOT NULL CHECK (contexts BETWEEN 1 AND 31),
    action smallint NOT NULL DEFAULT 0 CHECK (action BETWEEN 0 AND 2),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN filters.contexts IS
    'A sum of 1 home, 2 notifications, 4 public, 8 thread, 16 account';
COMMENT ON COLUMN filters.action IS '0 warn, 1 hide, 2 blur';
CREATE INDEX filters_account ON filters (account_id, id);

CREATE TABLE filter_keywords (
    id bigint PRIMARY KEY DEFAULT new_id(),
    filter_id bigint NOT NULL REFERENCES filters ON DELETE CASCADE,
    keyword text NOT NULL CHECK (keyword <> ''),
    whole_word boolean NOT NULL
);
CREATE INDEX filter_keywords_filter ON filter_keywords (filter_id, id);

CREATE TABLE filter_statuses (
    id bigint PRIMARY KEY DEFAULT new_id(),
    filter_id bigint NOT NULL REFERENCES filters ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    CONSTRAINT filter_statuses_pair UNIQUE (filter_id, status_id)
);
CREATE INDEX filter_statuses_status ON filter_statuses (status_id);

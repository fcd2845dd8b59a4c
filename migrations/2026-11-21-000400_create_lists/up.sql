CREATE TABLE lists (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    title text NOT NULL CHECK (title <> ''),
    replies_policy smallint NOT NULL CHECK (replies_policy BETWEEN 0 AND 2),
    exclusive boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN lists.replies_policy IS
    'Replies to whom are shown: 0 members of the list, 1 anybody the owner follows, 2 nobody';
COMMENT ON COLUMN lists.exclusive IS 'Members do not appear in the home timeline of the owner';
CREATE INDEX lists_account ON lists (account_id, id);
CREATE INDEX lists_exclusive ON lists (account_id) WHERE exclusive;

CREATE TABLE list_accounts (
    id bigint PRIMARY KEY DEFAULT new_id(),
    list_id bigint NOT NULL REFERENCES lists ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    CONSTRAINT list_accounts_pair UNIQUE (list_id, account_id)
);
CREATE INDEX list_accounts_list ON list_accounts (list_id, id DESC);
CREATE INDEX list_accounts_account ON list_accounts (account_id);

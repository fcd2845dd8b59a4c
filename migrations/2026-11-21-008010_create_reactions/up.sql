-- Emoji that people put below statuses.
CREATE TABLE status_reactions (
    id bigint PRIMARY KEY DEFAULT new_id(),
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 100),
    domain text NOT NULL DEFAULT '' CHECK (octet_length(domain) <= 300),
    uri text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT status_reactions_once UNIQUE (status_id, account_id, name, domain)
);
COMMENT ON COLUMN status_reactions.name IS 'An emoji of Unicode, as it is written in full, or the shortcode of a custom one.';
COMMENT ON COLUMN status_reactions.domain IS 'Whose custom emoji it is; empty for ours, and for those of Unicode.';
COMMENT ON COLUMN status_reactions.uri IS 'The id of the activity, if it came from elsewhere.';
CREATE INDEX status_reactions_account_id ON status_reactions (account_id, id);
CREATE UNIQUE INDEX status_reactions_uri ON status_reactions (uri) WHERE uri IS NOT NULL;

ALTER TABLE status_stats ADD COLUMN reactions_count bigint NOT NULL DEFAULT 0 CHECK (reactions_count >= 0);
COMMENT ON COLUMN status_stats.reactions_count IS
    'Not less than there are, so that nobody looks for them where there are none; what is shown is counted.';

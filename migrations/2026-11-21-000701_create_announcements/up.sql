CREATE TABLE announcements (
    id bigint PRIMARY KEY DEFAULT new_id(),
    source text NOT NULL CHECK (source <> ''),
    content text NOT NULL,
    mention_ids bigint[] NOT NULL DEFAULT '{}',
    status_ids bigint[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    starts_at timestamptz,
    ends_at timestamptz,
    all_day boolean NOT NULL DEFAULT false,
    published_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT announcements_span CHECK (starts_at IS NULL OR ends_at IS NULL OR starts_at <= ends_at)
);
COMMENT ON COLUMN announcements.content IS 'Safe HTML made of the source, which is Markdown';
COMMENT ON COLUMN announcements.mention_ids IS 'Accounts that were known when it was written; some may be gone';
COMMENT ON COLUMN announcements.starts_at IS 'When what it is about begins; it is shown before';
COMMENT ON COLUMN announcements.ends_at IS 'When what it is about is over, and it is shown no more';
CREATE INDEX announcements_end ON announcements (ends_at);

CREATE TABLE announcement_dismissals (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    announcement_id bigint NOT NULL REFERENCES announcements ON DELETE CASCADE,
    PRIMARY KEY (account_id, announcement_id)
);
CREATE INDEX announcement_dismissals_announcement ON announcement_dismissals (announcement_id);

CREATE TABLE announcement_reactions (
    announcement_id bigint NOT NULL REFERENCES announcements ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (announcement_id, name, account_id)
);
COMMENT ON COLUMN announcement_reactions.name IS 'An emoji, or the shortcode of one of our own';
CREATE INDEX announcement_reactions_account ON announcement_reactions (account_id);

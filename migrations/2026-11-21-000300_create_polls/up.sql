-- A poll is a part of its status and has its id.
CREATE TABLE polls (
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    options text[] NOT NULL,
    tallies bigint[] NOT NULL,
    multiple boolean NOT NULL,
    hide_totals boolean NOT NULL DEFAULT false,
    voters_count bigint NOT NULL DEFAULT 0 CHECK (voters_count >= 0),
    expires_at timestamptz,
    ended_at timestamptz,
    told_up_to bigint NOT NULL DEFAULT 0,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT polls_options CHECK (cardinality(options) BETWEEN 1 AND 20),
    CONSTRAINT polls_tallies CHECK (cardinality(tallies) = cardinality(options) AND 0 <= ALL (tallies))
);
COMMENT ON COLUMN polls.tallies IS 'Votes for each option; of a poll from elsewhere, what its author says.';
COMMENT ON COLUMN polls.expires_at IS 'When voting ends; NULL for one from elsewhere that never does.';
COMMENT ON COLUMN polls.ended_at IS 'When its end was first acted upon, once.';
COMMENT ON COLUMN polls.told_up_to IS 'Local voters with ids up to this one were told of the end.';
COMMENT ON COLUMN polls.fetched_at IS 'When the tallies of a poll from elsewhere last came or were asked for.';

CREATE TABLE poll_votes (
    id bigint PRIMARY KEY DEFAULT new_id(),
    status_id bigint NOT NULL REFERENCES polls ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 0 AND 19),
    multiple boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT poll_votes_once UNIQUE (status_id, account_id, position)
);
COMMENT ON COLUMN poll_votes.multiple IS 'As in the poll: of others, an account has one vote.';
CREATE UNIQUE INDEX poll_votes_single ON poll_votes (status_id, account_id) WHERE NOT multiple;
CREATE INDEX poll_votes_account ON poll_votes (account_id);

-- So that a page without polls need not ask for any.
ALTER TABLE statuses ADD COLUMN has_poll boolean NOT NULL DEFAULT false;
ALTER TABLE status_edits ADD COLUMN poll text[];
COMMENT ON COLUMN status_edits.poll IS 'The options that the version had.';

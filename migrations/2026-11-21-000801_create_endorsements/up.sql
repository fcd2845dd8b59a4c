-- Accounts that an account shows on its profile; an endorsement ends with the follow that it needs.
CREATE TABLE endorsements (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT endorsements_no_self CHECK (account_id <> target_account_id),
    CONSTRAINT endorsements_pair UNIQUE (account_id, target_account_id)
);
CREATE INDEX endorsements_account ON endorsements (account_id, id DESC);
CREATE INDEX endorsements_target ON endorsements (target_account_id);

-- Suggestions that somebody does not want to see again.
CREATE TABLE dismissed_suggestions (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, target_account_id)
);
CREATE INDEX dismissed_suggestions_target ON dismissed_suggestions (target_account_id);

-- The directory by last activity and by age, and who is followed most.
CREATE INDEX accounts_directory ON accounts (id DESC) WHERE discoverable AND suspended_at IS NULL;
CREATE INDEX account_stats_active ON account_stats (last_status_at DESC NULLS LAST);
CREATE INDEX account_stats_followers ON account_stats (followers_count DESC);

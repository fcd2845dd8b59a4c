-- group_id: notifications of one group have the same; decided when written. filtered: kept apart by the
-- account's policy until it accepts the request. subject_id: the report, warning or event that it is about.
ALTER TABLE notifications
    ADD COLUMN group_id bigint,
    ADD COLUMN filtered boolean NOT NULL DEFAULT false,
    ADD COLUMN subject_id bigint;
COMMENT ON COLUMN notifications.group_id IS 'Those of one group have the same; decided when written.';
COMMENT ON COLUMN notifications.filtered IS 'Kept apart by the policy of the account until it accepts the request.';
COMMENT ON COLUMN notifications.subject_id IS 'The report, warning or severance it is about; the kind says which.';
DROP INDEX notifications_once;
CREATE UNIQUE INDEX notifications_once
    ON notifications (account_id, kind, from_account_id, coalesce(status_id, subject_id, 0));
CREATE INDEX notifications_group ON notifications (account_id, group_id, id DESC) WHERE group_id IS NOT NULL;
CREATE INDEX notifications_filtered ON notifications (account_id, from_account_id, id DESC) WHERE filtered;

-- The group that is open for what happens to one thing (a status, or 0 for the account itself).
CREATE TABLE notification_groups (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind smallint NOT NULL,
    target_id bigint NOT NULL,
    group_id bigint NOT NULL DEFAULT new_id(),
    opened_at timestamptz NOT NULL DEFAULT now(),
    size integer NOT NULL DEFAULT 1,
    hour_began_at timestamptz NOT NULL DEFAULT now(),
    hour_count integer NOT NULL DEFAULT 1,
    PRIMARY KEY (account_id, kind, target_id)
);
CREATE INDEX notification_groups_age ON notification_groups (opened_at);
COMMENT ON COLUMN notification_groups.hour_count IS 'How many there were since hour_began_at, in all groups.';

-- What was taken back, or dismissed (then without a notification_id), and is no news when it happens again.
CREATE TABLE notification_cooldowns (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind smallint NOT NULL,
    from_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL,
    notification_id bigint,
    group_id bigint,
    filtered boolean NOT NULL,
    created_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind, from_account_id, target_id)
);
CREATE INDEX notification_cooldowns_from ON notification_cooldowns (from_account_id);
CREATE INDEX notification_cooldowns_until ON notification_cooldowns (until);
COMMENT ON COLUMN notification_cooldowns.notification_id IS 'What comes back as it was; none if it was dismissed.';

-- 0 accept, 1 filter, 2 drop. Who has no row has the defaults.
CREATE TABLE notification_policies (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    for_not_following smallint NOT NULL DEFAULT 0 CHECK (for_not_following BETWEEN 0 AND 2),
    for_not_followers smallint NOT NULL DEFAULT 0 CHECK (for_not_followers BETWEEN 0 AND 2),
    for_new_accounts smallint NOT NULL DEFAULT 0 CHECK (for_new_accounts BETWEEN 0 AND 2),
    for_private_mentions smallint NOT NULL DEFAULT 1 CHECK (for_private_mentions BETWEEN 0 AND 2),
    for_limited_accounts smallint NOT NULL DEFAULT 1 CHECK (for_limited_accounts BETWEEN 0 AND 2)
);

-- Whose notifications wait to be accepted.
CREATE TABLE notification_requests (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    from_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    last_status_id bigint REFERENCES statuses ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notification_requests_pair UNIQUE (account_id, from_account_id)
);
CREATE INDEX notification_requests_account ON notification_requests (account_id, id DESC);
CREATE INDEX notification_requests_from ON notification_requests (from_account_id);
CREATE INDEX notification_requests_status ON notification_requests (last_status_id)
    WHERE last_status_id IS NOT NULL;

-- Who is heard whatever the policy says, since a request was accepted.
CREATE TABLE notification_permissions (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    from_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, from_account_id)
);
CREATE INDEX notification_permissions_from ON notification_permissions (from_account_id);

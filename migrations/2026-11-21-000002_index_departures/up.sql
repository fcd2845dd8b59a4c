-- Since when an attachment hangs on nothing again: a redraft finds what the former version had.
ALTER TABLE media_attachments ADD COLUMN detached_at timestamptz;
DROP INDEX media_attachments_unattached;
CREATE INDEX media_attachments_unattached ON media_attachments (coalesce(detached_at, created_at))
    WHERE status_id IS NULL;

-- Every key that refers to something is checked when that goes: without an index, by reading the whole table.
-- What has a condition in another index is not found by it.
CREATE INDEX media_attachments_account ON media_attachments (account_id);
CREATE INDEX statuses_author ON statuses (account_id);
CREATE INDEX statuses_reblog_of ON statuses (reblog_of_id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_application ON statuses (application_id) WHERE application_id IS NOT NULL;
CREATE INDEX outgoing_activities_account ON outgoing_activities (account_id);
CREATE INDEX mutes_target ON mutes (target_account_id);
CREATE INDEX account_notes_target ON account_notes (target_account_id);
CREATE INDEX accounts_moved_to ON accounts (moved_to_id) WHERE moved_to_id IS NOT NULL;
CREATE INDEX authorization_codes_user ON authorization_codes (user_id);
CREATE INDEX authorization_codes_application ON authorization_codes (application_id);
CREATE INDEX authorization_codes_token ON authorization_codes (access_token_id) WHERE access_token_id IS NOT NULL;

-- Nobody asks by it.
DROP INDEX actors_followers_url;

CREATE INDEX actors_followers_url ON actors (followers_url);
DROP INDEX media_attachments_account, statuses_author, statuses_reblog_of, statuses_application,
    outgoing_activities_account, mutes_target, account_notes_target, accounts_moved_to, authorization_codes_user,
    authorization_codes_application, authorization_codes_token;
DROP INDEX media_attachments_unattached;
CREATE INDEX media_attachments_unattached ON media_attachments (account_id, created_at) WHERE status_id IS NULL;
ALTER TABLE media_attachments DROP COLUMN detached_at;

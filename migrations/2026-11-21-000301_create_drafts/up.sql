-- Statuses that were typed and are not published: kept for their author, or waiting for their time.
CREATE TABLE drafts (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    params jsonb NOT NULL,
    scheduled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN drafts.params IS 'Everything that publishing needs, as the services write it.';
COMMENT ON COLUMN drafts.scheduled_at IS 'When it is published; NULL for one that waits for its author.';
CREATE INDEX drafts_account ON drafts (account_id, id DESC);
CREATE INDEX drafts_scheduled ON drafts (scheduled_at) WHERE scheduled_at IS NOT NULL;

ALTER TABLE media_attachments ADD COLUMN draft_id bigint REFERENCES drafts ON DELETE SET NULL;
COMMENT ON COLUMN media_attachments.draft_id IS 'What will have it; until then it is not swept away.';
CREATE INDEX media_attachments_draft ON media_attachments (draft_id) WHERE draft_id IS NOT NULL;

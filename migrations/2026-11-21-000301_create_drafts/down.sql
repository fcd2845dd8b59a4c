ALTER TABLE media_attachments DROP COLUMN draft_id;
DROP TABLE drafts;

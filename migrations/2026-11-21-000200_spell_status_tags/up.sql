ALTER TABLE status_tags ADD COLUMN spelling text;
COMMENT ON COLUMN status_tags.spelling IS
    'As the author wrote it, without #; NULL where that is how the tag is displayed everywhere.';

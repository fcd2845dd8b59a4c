ALTER TABLE status_tags DROP COLUMN spelling;

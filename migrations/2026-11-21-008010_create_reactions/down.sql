ALTER TABLE status_stats DROP COLUMN reactions_count;
DROP TABLE status_reactions;

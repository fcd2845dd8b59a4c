-- For accounts of this instance alone, whatever the visibility.
ALTER TABLE statuses ADD COLUMN local_only boolean NOT NULL DEFAULT false;
ALTER TABLE statuses ADD CONSTRAINT statuses_local_only CHECK (local OR NOT local_only);

-- A poll tells its own author too; what moderators did comes from nobody, so from whom it concerns.
ALTER TABLE notifications DROP CONSTRAINT notifications_no_self;
ALTER TABLE notifications
    ADD CONSTRAINT notifications_no_self CHECK (account_id <> from_account_id OR kind IN (8, 11, 12));

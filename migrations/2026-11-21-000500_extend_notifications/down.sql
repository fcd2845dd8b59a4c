DELETE FROM notifications WHERE account_id = from_account_id;
ALTER TABLE notifications DROP CONSTRAINT notifications_no_self;
ALTER TABLE notifications ADD CONSTRAINT notifications_no_self CHECK (account_id <> from_account_id);

DROP TABLE push_subscriptions;
ALTER TABLE identity DROP COLUMN vapid_key;

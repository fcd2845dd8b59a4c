DROP TABLE notification_permissions, notification_requests, notification_policies, notification_cooldowns,
    notification_groups;
DELETE FROM notifications WHERE subject_id IS NOT NULL;
DROP INDEX notifications_filtered, notifications_group, notifications_once;
ALTER TABLE notifications DROP COLUMN group_id, DROP COLUMN filtered, DROP COLUMN subject_id;
CREATE UNIQUE INDEX notifications_once
    ON notifications (account_id, kind, from_account_id, coalesce(status_id, 0));

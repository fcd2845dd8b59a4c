DROP TABLE reply_policies;

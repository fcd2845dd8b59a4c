DROP INDEX account_stats_followers;
DROP INDEX account_stats_active;
DROP INDEX accounts_directory;
DROP TABLE dismissed_suggestions;
DROP TABLE endorsements;

DROP TABLE trending_statuses;
DROP TABLE trending_tags;

DROP TABLE quotes;
ALTER TABLE status_stats DROP COLUMN quotes_count;
ALTER TABLE statuses DROP COLUMN has_quote;
ALTER TABLE statuses DROP COLUMN quote_policy;

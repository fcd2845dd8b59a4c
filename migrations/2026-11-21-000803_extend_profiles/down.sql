ALTER TABLE users
    DROP COLUMN attribution_domains,
    DROP COLUMN default_quote_policy;
ALTER TABLE accounts DROP COLUMN hidden_tabs;

ALTER TABLE accounts ADD COLUMN hidden_tabs smallint NOT NULL DEFAULT 0 CHECK (hidden_tabs BETWEEN 0 AND 7);
COMMENT ON COLUMN accounts.hidden_tabs IS 'Tabs of the profile that are not shown: 1 media, 2 replies among the media, 4 featured.';

ALTER TABLE users
    ADD COLUMN default_quote_policy smallint NOT NULL DEFAULT 0 CHECK (default_quote_policy BETWEEN 0 AND 2),
    ADD COLUMN attribution_domains text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN users.default_quote_policy IS 'Who may quote new statuses: 0 everybody, 1 followers, 2 nobody.';
COMMENT ON COLUMN users.attribution_domains IS 'Websites that may name the account as the author of what they publish.';

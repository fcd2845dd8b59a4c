-- Who may answer a status, beside its author and those it mentions; a status without a row is open to everybody.
CREATE TABLE reply_policies (
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    followers boolean NOT NULL,
    following boolean NOT NULL,
    mutuals boolean NOT NULL,
    uris text[] NOT NULL DEFAULT '{}' CHECK (cardinality(uris) <= 64)
);
COMMENT ON COLUMN reply_policies.followers IS 'Those who follow the author.';
COMMENT ON COLUMN reply_policies.following IS 'Those whom the author follows.';
COMMENT ON COLUMN reply_policies.mutuals IS 'Those who are both.';
COMMENT ON COLUMN reply_policies.uris IS 'Single accounts, by their ids.';
CREATE TRIGGER reply_policies_touch AFTER INSERT OR UPDATE OR DELETE ON reply_policies
    FOR EACH ROW EXECUTE FUNCTION touch_status_of_detail();

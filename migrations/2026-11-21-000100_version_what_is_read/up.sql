-- The hidden column xmin of a row is its version: it changes with each update. What is shown of a status is
-- kept in memory under the version of its row, and what is shown of an account under that of its own, so
-- whatever else is shown of them writes the row when it changes. These triggers see to it.

-- A status that this transaction has written anyway has a new version already.
CREATE FUNCTION touch_statuses(ids bigint[]) RETURNS void LANGUAGE sql AS $$
    UPDATE statuses SET deleted_at = deleted_at
    WHERE id = ANY(ids) AND xmin <> pg_current_xact_id()::xid
$$;

CREATE FUNCTION touch_status_of_detail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status_id IS NOT NULL THEN
        PERFORM touch_statuses(ARRAY[OLD.status_id]);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status_id IS NOT NULL
        AND (TG_OP = 'INSERT' OR NEW.status_id IS DISTINCT FROM OLD.status_id) THEN
        PERFORM touch_statuses(ARRAY[NEW.status_id]);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER media_attachments_touch AFTER INSERT OR UPDATE OR DELETE ON media_attachments
    FOR EACH ROW EXECUTE FUNCTION touch_status_of_detail();
-- Mentions and tags are added with their status, or with its revision, in one transaction.
CREATE TRIGGER mentions_touch AFTER UPDATE OR DELETE ON mentions
    FOR EACH ROW EXECUTE FUNCTION touch_status_of_detail();
CREATE TRIGGER status_tags_touch AFTER UPDATE OR DELETE ON status_tags
    FOR EACH ROW EXECUTE FUNCTION touch_status_of_detail();

-- Handle and address of an account stand in the statuses that mention it.
CREATE FUNCTION touch_statuses_that_mention() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_statuses(ARRAY(SELECT status_id FROM mentions WHERE account_id = NEW.id));
    RETURN NULL;
END
$$;

CREATE TRIGGER accounts_touch_mentions AFTER UPDATE OF username, domain, uri, url ON accounts
    FOR EACH ROW WHEN ((OLD.username, OLD.domain, OLD.uri, OLD.url)
        IS DISTINCT FROM (NEW.username, NEW.domain, NEW.uri, NEW.url))
    EXECUTE FUNCTION touch_statuses_that_mention();

-- The role of a user is shown with the account.
CREATE FUNCTION touch_account_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET suspended_at = suspended_at WHERE id = NEW.account_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER users_touch_account AFTER INSERT OR UPDATE OF role ON users
    FOR EACH ROW EXECUTE FUNCTION touch_account_of_user();

-- Whether the account is on an instance that is blocked here: a copy, so that nobody joins for it.
ALTER TABLE accounts ADD COLUMN instance_blocked boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN accounts.instance_blocked IS
    'Whether its handle or its id is on an instance that is blocked here; kept by whoever blocks and unblocks.';

-- Whether a host, with or without a port, is another one or a part of it.
CREATE FUNCTION host_is_within(host text, other text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT host = other OR regexp_replace(host, ':[0-9]+$', '') = other
        OR right(regexp_replace(host, ':[0-9]+$', ''), length(other) + 1) = '.' || other
$$;

UPDATE accounts a SET instance_blocked = true FROM instances i
WHERE i.blocked AND a.domain IS NOT NULL AND (host_is_within(a.domain, i.host)
    OR host_is_within(substring(a.uri FROM '^https?://([^/?#]+)'), i.host));

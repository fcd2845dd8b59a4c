-- What is shown of the page that a status links to. One card for an address, however many statuses link there.
CREATE TABLE cards (
    id bigint PRIMARY KEY DEFAULT new_id(),
    url text NOT NULL UNIQUE CHECK (octet_length(url) <= 2048),
    kind smallint NOT NULL DEFAULT 0 CHECK (kind BETWEEN 0 AND 3),
    title text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    language text,
    author_name text NOT NULL DEFAULT '',
    author_url text NOT NULL DEFAULT '',
    author_account_id bigint REFERENCES accounts ON DELETE SET NULL,
    author_agrees boolean NOT NULL DEFAULT false,
    provider_name text NOT NULL DEFAULT '',
    provider_url text NOT NULL DEFAULT '',
    frame_url text,
    width integer NOT NULL DEFAULT 0 CHECK (width >= 0),
    height integer NOT NULL DEFAULT 0 CHECK (height >= 0),
    image_key text,
    image_description text NOT NULL DEFAULT '',
    blurhash text,
    published_at timestamptz,
    due_at timestamptz NOT NULL DEFAULT now(),
    fetched_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN cards.kind IS '0 link, 1 photo, 2 video, 3 rich';
COMMENT ON COLUMN cards.title IS 'Empty while nothing is known, or nothing can be shown: then no status shows it.';
COMMENT ON COLUMN cards.author_account_id IS 'Whom the page names as its author (fediverse:creator).';
COMMENT ON COLUMN cards.author_agrees IS 'Whether that account says that it writes for this website.';
COMMENT ON COLUMN cards.frame_url IS 'The player of a site that is known to make one, shown in a frame.';
COMMENT ON COLUMN cards.due_at IS 'The next status that links here after this has it fetched anew.';
CREATE INDEX cards_author_account_id ON cards (author_account_id) WHERE author_account_id IS NOT NULL;
CREATE INDEX cards_created_at ON cards (created_at);

CREATE TABLE status_cards (
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    card_id bigint NOT NULL REFERENCES cards ON DELETE CASCADE
);
CREATE INDEX status_cards_card_id ON status_cards (card_id, status_id);

-- A card stands in its statuses, so that they have another version when it has.
CREATE FUNCTION touch_status_of_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM touch_statuses(ARRAY[OLD.status_id]);
    ELSIF EXISTS (SELECT FROM cards WHERE id = NEW.card_id AND title <> '') THEN
        PERFORM touch_statuses(ARRAY[NEW.status_id]);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER status_cards_touch AFTER INSERT OR UPDATE OR DELETE ON status_cards
    FOR EACH ROW EXECUTE FUNCTION touch_status_of_card();

CREATE FUNCTION touch_statuses_with_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_statuses(ARRAY(SELECT status_id FROM status_cards WHERE card_id = NEW.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER cards_touch AFTER UPDATE ON cards
    FOR EACH ROW WHEN ((OLD.kind, OLD.title, OLD.description, OLD.language, OLD.author_name, OLD.author_url,
            OLD.author_account_id, OLD.author_agrees, OLD.provider_name, OLD.provider_url, OLD.frame_url,
            OLD.width, OLD.height, OLD.image_key, OLD.image_description, OLD.blurhash, OLD.published_at)
        IS DISTINCT FROM (NEW.kind, NEW.title, NEW.description, NEW.language, NEW.author_name, NEW.author_url,
            NEW.author_account_id, NEW.author_agrees, NEW.provider_name, NEW.provider_url, NEW.frame_url,
            NEW.width, NEW.height, NEW.image_key, NEW.image_description, NEW.blurhash, NEW.published_at))
    EXECUTE FUNCTION touch_statuses_with_card();

CREATE TABLE trending_cards (
    card_id bigint PRIMARY KEY REFERENCES cards ON DELETE CASCADE,
    score double precision NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trending_cards_score ON trending_cards (score DESC, card_id);

-- The websites that accounts elsewhere write for; those of users here stand in users.
CREATE TABLE attribution_domains (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    domains text[] NOT NULL CHECK (cardinality(domains) <= 100)
);

-- Ids: milliseconds since 1970 in the upper bits, a sequence's tail in the lower 16.
-- One source for all processes, so two of them never hand out the same id.
CREATE SEQUENCE id_tail CYCLE MAXVALUE 9223372036854775807;

CREATE FUNCTION new_id(at timestamptz DEFAULT clock_timestamp()) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE AS $$
    SELECT (greatest(floor(extract(epoch FROM least(at, clock_timestamp())) * 1000)::bigint, 0) << 16)
           | (nextval('id_tail') & 65535)
$$;

-- What this database was made for; a different domain at start is refused, since ids would change.
CREATE TABLE identity (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    domain text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE instances (
    host text COLLATE "C" PRIMARY KEY,
    software text,
    software_version text,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    blocked boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    unreachable_since timestamptz,
    last_success_at timestamptz,
    last_error text,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    leased_by bigint
);

CREATE TABLE accounts (
    id bigint PRIMARY KEY DEFAULT new_id(),
    username text NOT NULL,
    domain text COLLATE "C",
    uri text COLLATE "C" NOT NULL,
    url text,
    kind smallint NOT NULL DEFAULT 0,
    display_name text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    fields jsonb NOT NULL DEFAULT '[]',
    locked boolean NOT NULL DEFAULT false,
    discoverable boolean NOT NULL DEFAULT false,
    indexable boolean NOT NULL DEFAULT false,
    hide_collections boolean NOT NULL DEFAULT false,
    memorial boolean NOT NULL DEFAULT false,
    avatar_key text,
    avatar_remote_url text,
    avatar_description text NOT NULL DEFAULT '',
    header_key text,
    header_remote_url text,
    header_description text NOT NULL DEFAULT '',
    also_known_as text[] NOT NULL DEFAULT '{}',
    moved_to_id bigint REFERENCES accounts ON DELETE SET NULL,
    suspended_at timestamptz,
    silenced_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX accounts_uri ON accounts (uri);
CREATE UNIQUE INDEX accounts_handle ON accounts (lower(username) COLLATE "C", coalesce(domain, '') COLLATE "C");
CREATE INDEX accounts_domain ON accounts (domain) WHERE domain IS NOT NULL;
CREATE INDEX accounts_username_prefix ON accounts (lower(username) COLLATE "C" text_pattern_ops);
CREATE INDEX accounts_display_name_prefix ON accounts (lower(display_name) COLLATE "C" text_pattern_ops);

CREATE TABLE account_stats (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    statuses_count bigint NOT NULL DEFAULT 0 CHECK (statuses_count >= 0),
    followers_count bigint NOT NULL DEFAULT 0 CHECK (followers_count >= 0),
    following_count bigint NOT NULL DEFAULT 0 CHECK (following_count >= 0),
    last_status_at timestamptz
);

-- The ActivityPub side of an account: where it listens and how it signs.
CREATE TABLE actors (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    inbox_url text NOT NULL,
    shared_inbox_url text,
    outbox_url text,
    followers_url text,
    following_url text,
    featured_url text,
    key_id text COLLATE "C" NOT NULL,
    public_key_pem text NOT NULL,
    private_key_pem text,
    fetched_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX actors_key_id ON actors (key_id);
CREATE INDEX actors_followers_url ON actors (followers_url);

CREATE TABLE users (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL UNIQUE REFERENCES accounts ON DELETE CASCADE,
    email text NOT NULL,
    password_hash text NOT NULL,
    role smallint NOT NULL DEFAULT 0,
    locale text NOT NULL DEFAULT 'en',
    reason text,
    default_visibility smallint NOT NULL DEFAULT 0,
    default_sensitive boolean NOT NULL DEFAULT false,
    default_language text,
    note_source text NOT NULL DEFAULT '',
    confirmed_at timestamptz,
    confirmation_hash bytea,
    approved_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_active_on date
);
CREATE UNIQUE INDEX users_email ON users (lower(email) COLLATE "C");
CREATE UNIQUE INDEX users_confirmation ON users (confirmation_hash) WHERE confirmation_hash IS NOT NULL;

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE applications (
    id bigint PRIMARY KEY DEFAULT new_id(),
    client_id text COLLATE "C" NOT NULL UNIQUE,
    client_secret_hash bytea NOT NULL,
    name text NOT NULL,
    website text,
    redirect_uris text[] NOT NULL,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE access_tokens (
    id bigint PRIMARY KEY DEFAULT new_id(),
    token_hash bytea NOT NULL UNIQUE,
    application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
    user_id bigint REFERENCES users ON DELETE CASCADE,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_on date,
    revoked_at timestamptz
);
CREATE INDEX access_tokens_user ON access_tokens (user_id);
CREATE INDEX access_tokens_application ON access_tokens (application_id);

CREATE TABLE authorization_codes (
    code_hash bytea PRIMARY KEY,
    application_id bigint NOT NULL REFERENCES applications ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    scopes text NOT NULL,
    code_challenge text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    access_token_id bigint REFERENCES access_tokens ON DELETE SET NULL
);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

CREATE TABLE follows (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    uri text COLLATE "C",
    show_reblogs boolean NOT NULL DEFAULT true,
    notify boolean NOT NULL DEFAULT false,
    languages text[],
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT follows_no_self CHECK (account_id <> target_account_id),
    CONSTRAINT follows_pair UNIQUE (account_id, target_account_id)
);
CREATE INDEX follows_target ON follows (target_account_id, id DESC);
CREATE INDEX follows_account ON follows (account_id, id DESC);
CREATE INDEX follows_uri ON follows (uri) WHERE uri IS NOT NULL;

CREATE TABLE follow_requests (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    uri text COLLATE "C",
    show_reblogs boolean NOT NULL DEFAULT true,
    notify boolean NOT NULL DEFAULT false,
    languages text[],
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT follow_requests_no_self CHECK (account_id <> target_account_id),
    CONSTRAINT follow_requests_pair UNIQUE (account_id, target_account_id)
);
CREATE INDEX follow_requests_target ON follow_requests (target_account_id, id DESC);
CREATE INDEX follow_requests_uri ON follow_requests (uri) WHERE uri IS NOT NULL;

CREATE TABLE blocks (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    uri text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT blocks_no_self CHECK (account_id <> target_account_id),
    CONSTRAINT blocks_pair UNIQUE (account_id, target_account_id)
);
CREATE INDEX blocks_target ON blocks (target_account_id, account_id);
CREATE INDEX blocks_uri ON blocks (uri) WHERE uri IS NOT NULL;

CREATE TABLE mutes (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    hide_notifications boolean NOT NULL DEFAULT true,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mutes_no_self CHECK (account_id <> target_account_id),
    CONSTRAINT mutes_pair UNIQUE (account_id, target_account_id)
);

CREATE TABLE domain_mutes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    domain text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, domain)
);

CREATE TABLE account_notes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    comment text NOT NULL,
    PRIMARY KEY (account_id, target_account_id)
);

CREATE TABLE statuses (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    uri text COLLATE "C" NOT NULL,
    url text,
    local boolean NOT NULL,
    visibility smallint NOT NULL,
    content text NOT NULL DEFAULT '',
    spoiler_text text NOT NULL DEFAULT '',
    sensitive boolean NOT NULL DEFAULT false,
    language text,
    source text,
    content_type smallint NOT NULL DEFAULT 0,
    conversation_id bigint NOT NULL,
    in_reply_to_id bigint,
    in_reply_to_account_id bigint,
    in_reply_to_uri text COLLATE "C",
    reblog_of_id bigint REFERENCES statuses ON DELETE CASCADE,
    application_id bigint REFERENCES applications ON DELETE SET NULL,
    media_count smallint NOT NULL DEFAULT 0,
    mentions_count smallint NOT NULL DEFAULT 0,
    tags_count smallint NOT NULL DEFAULT 0,
    emojis_count smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX statuses_uri ON statuses (uri);
CREATE INDEX statuses_account ON statuses (account_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX statuses_reply ON statuses (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX statuses_reply_uri ON statuses (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL AND in_reply_to_id IS NULL;
CREATE INDEX statuses_words ON statuses USING gin (to_tsvector('simple', content))
    WHERE reblog_of_id IS NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX statuses_reblog ON statuses (reblog_of_id, account_id)
    WHERE reblog_of_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX statuses_public ON statuses (id DESC)
    WHERE visibility = 0 AND reblog_of_id IS NULL AND deleted_at IS NULL;
CREATE INDEX statuses_public_local ON statuses (id DESC)
    WHERE visibility = 0 AND reblog_of_id IS NULL AND deleted_at IS NULL AND local;

CREATE TABLE status_stats (
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    replies_count bigint NOT NULL DEFAULT 0 CHECK (replies_count >= 0),
    reblogs_count bigint NOT NULL DEFAULT 0 CHECK (reblogs_count >= 0),
    favourites_count bigint NOT NULL DEFAULT 0 CHECK (favourites_count >= 0)
);

CREATE TABLE status_edits (
    id bigint PRIMARY KEY DEFAULT new_id(),
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    content text NOT NULL,
    spoiler_text text NOT NULL,
    sensitive boolean NOT NULL,
    media jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL
);
CREATE INDEX status_edits_status ON status_edits (status_id, id);

CREATE TABLE media_attachments (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint REFERENCES statuses ON DELETE SET NULL,
    kind smallint NOT NULL DEFAULT 0,
    mime text,
    file_key text,
    preview_key text,
    remote_url text,
    description text,
    blurhash text,
    meta jsonb NOT NULL DEFAULT '{}',
    position smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_attachments_status ON media_attachments (status_id, position, id) WHERE status_id IS NOT NULL;
CREATE INDEX media_attachments_unattached ON media_attachments (account_id, created_at) WHERE status_id IS NULL;
CREATE UNIQUE INDEX media_attachments_file ON media_attachments (file_key) WHERE file_key IS NOT NULL;

CREATE TABLE mentions (
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    silent boolean NOT NULL DEFAULT false,
    PRIMARY KEY (status_id, account_id)
);
CREATE INDEX mentions_account ON mentions (account_id, status_id DESC);

CREATE TABLE tags (
    id bigint PRIMARY KEY DEFAULT new_id(),
    name text COLLATE "C" NOT NULL UNIQUE,
    display_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_status_at timestamptz
);

CREATE TABLE status_tags (
    tag_id bigint NOT NULL REFERENCES tags ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    PRIMARY KEY (tag_id, status_id)
);
CREATE INDEX status_tags_status ON status_tags (status_id);

CREATE TABLE custom_emojis (
    id bigint PRIMARY KEY DEFAULT new_id(),
    shortcode text COLLATE "C" NOT NULL,
    domain text COLLATE "C",
    uri text,
    image_key text,
    image_remote_url text,
    category text,
    visible boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX custom_emojis_shortcode ON custom_emojis (shortcode, coalesce(domain, ''));

CREATE TABLE favourites (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    uri text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT favourites_pair UNIQUE (account_id, status_id)
);
CREATE INDEX favourites_status ON favourites (status_id, id DESC);
CREATE INDEX favourites_account ON favourites (account_id, id DESC);
CREATE INDEX favourites_uri ON favourites (uri) WHERE uri IS NOT NULL;

CREATE TABLE bookmarks (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bookmarks_pair UNIQUE (account_id, status_id)
);
CREATE INDEX bookmarks_account ON bookmarks (account_id, id DESC);
CREATE INDEX bookmarks_status ON bookmarks (status_id);

CREATE TABLE status_pins (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT status_pins_pair UNIQUE (account_id, status_id)
);
CREATE INDEX status_pins_status ON status_pins (status_id);

CREATE TABLE conversation_mutes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    conversation_id bigint NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
);

CREATE TABLE notifications (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    from_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind smallint NOT NULL,
    status_id bigint REFERENCES statuses ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notifications_no_self CHECK (account_id <> from_account_id)
);
CREATE UNIQUE INDEX notifications_once
    ON notifications (account_id, kind, from_account_id, coalesce(status_id, 0));
CREATE INDEX notifications_account ON notifications (account_id, id DESC);
CREATE INDEX notifications_status ON notifications (status_id) WHERE status_id IS NOT NULL;
CREATE INDEX notifications_from ON notifications (from_account_id);

CREATE TABLE markers (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    timeline text COLLATE "C" NOT NULL CHECK (timeline IN ('home', 'notifications')),
    last_read_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, timeline)
);

CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    status_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- URIs that must not come back, and undoings that came before what they undo.
CREATE TABLE tombstones (
    uri text COLLATE "C" PRIMARY KEY,
    actor_uri text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tombstones_age ON tombstones (created_at);

-- Ids of activities that were processed; kept for a week.
CREATE TABLE received_activities (
    uri text COLLATE "C" PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX received_activities_age ON received_activities (received_at);

-- What leaves: the body once for each activity, a row for each inbox, one lane for each host.
CREATE TABLE outgoing_activities (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    uri text COLLATE "C" NOT NULL UNIQUE,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
-- Bodies are some kilobytes and live for a day: not worth compressing.
ALTER TABLE outgoing_activities SET (toast_tuple_target = 8160);
CREATE INDEX outgoing_activities_age ON outgoing_activities (created_at);

CREATE TABLE deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    activity_id bigint NOT NULL REFERENCES outgoing_activities ON DELETE CASCADE,
    host text COLLATE "C" NOT NULL,
    inbox_url text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deliveries_once UNIQUE (activity_id, inbox_url)
);
CREATE INDEX deliveries_lane ON deliveries (host, id);

-- What whoever runs the place asks of people. A rule that is withdrawn stays, for reports refer to it.
CREATE TABLE instance_rules (
    id bigint PRIMARY KEY DEFAULT new_id(),
    position integer NOT NULL DEFAULT 0,
    text text NOT NULL CHECK (text <> ''),
    hint text NOT NULL DEFAULT '',
    translations jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(translations) = 'object'),
    withdrawn_at timestamptz
);
COMMENT ON COLUMN instance_rules.translations IS 'By language tag: {"text": …, "hint": …}';
CREATE INDEX instance_rules_order ON instance_rules (position, id) WHERE withdrawn_at IS NULL;

CREATE TABLE instance_texts (
    kind text COLLATE "C" PRIMARY KEY CHECK (kind IN ('extended-description', 'privacy-policy')),
    source text NOT NULL,
    content text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN instance_texts.source IS 'Markdown, as it was written';
COMMENT ON COLUMN instance_texts.content IS 'Safe HTML made of the source';

CREATE TABLE terms_of_service (
    effective_on date PRIMARY KEY,
    source text NOT NULL,
    content text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN terms_of_service.content IS 'Safe HTML made of the source, which is Markdown';

ALTER TABLE instances ADD COLUMN public_comment text NOT NULL DEFAULT '';
COMMENT ON COLUMN instances.public_comment IS 'Why the host is blocked, for those who may see the list';

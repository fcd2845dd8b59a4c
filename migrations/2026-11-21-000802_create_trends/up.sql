-- What trends, as of the last calculation: replaced as a whole, so that it stays when one fails.
CREATE TABLE trending_tags (
    tag_id bigint PRIMARY KEY REFERENCES tags ON DELETE CASCADE,
    score double precision NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trending_tags_score ON trending_tags (score DESC, tag_id);

CREATE TABLE trending_statuses (
    status_id bigint PRIMARY KEY REFERENCES statuses ON DELETE CASCADE,
    score double precision NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trending_statuses_score ON trending_statuses (score DESC, status_id);

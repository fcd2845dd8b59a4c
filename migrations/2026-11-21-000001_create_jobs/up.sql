-- The queue of the crate `jobs`. A row exists from the transaction that causes the work until the work is done.
-- Priority and the number of attempts belong to the kind and stand in the code, so that a deploy changes them
-- for rows that already wait.
CREATE TABLE jobs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    queue TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    run_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    dedup_key TEXT COLLATE "C",
    request_id TEXT,
    leased_by BIGINT,
    lease_until TIMESTAMPTZ,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK ((leased_by IS NULL) = (lease_until IS NULL))
) WITH (
    -- Each row is rewritten once or more, by its claim, which changes no indexed column: with room for a second
    -- version of every row on the page that is a heap-only update.
    fillfactor = 50,
    -- The table is small and all of it is rewritten all the time: clean by count, never by share, and never wait.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 5000,
    -- Truncation takes a lock that stops everybody, to return space that is needed again a moment later.
    vacuum_truncate = false
);

-- Activities are some kilobytes. Beside the row they are not written again by each claim, and compressing them would
-- cost more than it saves: inline, a job's life costs twice as much.
ALTER TABLE jobs ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The claim reads it by kind up to now: waiting retries and kinds that a process does not know cost nothing.
CREATE INDEX jobs_due ON jobs (kind, run_at, id);
CREATE UNIQUE INDEX jobs_dedup_key ON jobs (kind, dedup_key) WHERE dedup_key IS NOT NULL;

-- Jobs that were given up, kept for a person to look at and to retry.
CREATE TABLE dead_jobs (
    id BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    queue TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    attempts INTEGER NOT NULL,
    request_id TEXT,
    error TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    died_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX dead_jobs_died_at ON dead_jobs (died_at);

//! The statements of the queue. They are written out, since diesel has no words for `SKIP LOCKED` inside a lateral
//! join or for writing several tables at once; unlike `diesel::sql_query` they are prepared once and kept.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz};

/// Defines a statement with its binds, in the order of the question marks, and the type of its rows.
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident { $($bind:ident: $rust:ty => $sql_type:ty),* $(,)? } -> $row:ty, $sql:literal) => {
        $(#[$doc])*
        pub(crate) struct $name<'a> {
            $(pub(crate) $bind: &'a $rust),*
        }

        impl QueryFragment<Pg> for $name<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                let mut pieces = $sql.split('?');
                out.push_sql(pieces.next().unwrap_or_default());
                $(
                    out.push_bind_param::<$sql_type, _>(self.$bind)?;
                    out.push_sql(pieces.next().expect("there is a question mark for each bind"));
                )*
                debug_assert!(pieces.next().is_none(), "there is a bind for each question mark");
                Ok(())
            }
        }

        impl QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl Query for $name<'_> {
            type SqlType = $row;
        }
    };
}

statement! {
    /// Adds jobs of one kind; those whose key is taken are left out.
    Insert {
        kind: str => Text,
        queue: str => Text,
        request_id: Option<String> => Nullable<Text>,
        run_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        payloads: [String] => Array<Text>,
        dedup_keys: [Option<String>] => Array<Nullable<Text>>,
    } -> (),
    "WITH added AS (
         INSERT INTO jobs (kind, queue, request_id, run_at, payload, dedup_key)
         SELECT ?, ?, ?, coalesce(?, now()), job.payload::jsonb, job.dedup_key
         FROM unnest(?, ?) AS job (payload, dedup_key)
         ON CONFLICT (kind, dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING
         RETURNING queue
     )
     SELECT pg_notify('stoa_jobs', queue) FROM (SELECT DISTINCT queue FROM added) AS queues"
}

statement! {
    /// Leases due jobs of these kinds, of the first kind first. The lateral join is read row by row and stops at the
    /// outer limit, so exactly the rows taken are locked.
    Claim {
        kinds: [&'static str] => Array<Text>,
        each: i64 => BigInt,
        limit: i64 => BigInt,
        owner: i64 => BigInt,
        lease: f64 => Double,
    } -> (BigInt, Text, Text, Integer, Nullable<Text>),
    "WITH due AS MATERIALIZED (
         SELECT job.id FROM unnest(?) AS known (kind)
         CROSS JOIN LATERAL (
             SELECT id FROM jobs
             WHERE jobs.kind = known.kind AND run_at <= now() AND (lease_until IS NULL OR lease_until < now())
             ORDER BY run_at, id LIMIT ? FOR UPDATE SKIP LOCKED
         ) AS job
         LIMIT ?
     )
     UPDATE jobs SET attempts = attempts + 1, leased_by = ?, lease_until = now() + make_interval(secs => ?),
         dedup_key = NULL
     FROM due WHERE jobs.id = due.id
     RETURNING jobs.id, jobs.kind, jobs.payload::text, jobs.attempts, jobs.request_id"
}

statement! {
    /// Seconds until the next job of these kinds is due, if one waits.
    NextDue { kinds: [&'static str] => Array<Text> } -> Nullable<Double>,
    "SELECT extract(epoch FROM min(job.run_at) - now())::float8 FROM unnest(?) AS known (kind)
     CROSS JOIN LATERAL (
         SELECT run_at FROM jobs WHERE jobs.kind = known.kind AND run_at > now() ORDER BY run_at LIMIT 1
     ) AS job"
}

statement! {
    /// Removes jobs that are done, where the lease is still the one under which they ran.
    Finish {
        ids: [i64] => Array<BigInt>,
        owner: i64 => BigInt,
        pairs: [i64] => Array<BigInt>,
        attempts: [i32] => Array<Integer>,
    } -> (),
    "DELETE FROM jobs WHERE id = ANY(?) AND leased_by = ?
     AND (id, attempts) IN (SELECT * FROM unnest(?, ?) AS done (id, attempts))"
}

statement! {
    /// Puts a failed job back. Its key returns with it, unless an equal job was added meanwhile: then the two
    /// become one, which inherits the pause and the count.
    Retry {
        id: i64 => BigInt,
        owner: i64 => BigInt,
        attempt: i32 => Integer,
        twin_error: str => Text,
        twin_pause: f64 => Double,
        twin_key: Option<String> => Nullable<Text>,
        error: str => Text,
        pause: f64 => Double,
        key: Option<String> => Nullable<Text>,
    } -> (),
    "WITH mine AS MATERIALIZED (
         SELECT id, kind, attempts FROM jobs WHERE id = ? AND leased_by = ? AND attempts = ? FOR UPDATE
     ), twin AS (
         UPDATE jobs SET attempts = greatest(jobs.attempts, mine.attempts), last_error = ?,
             run_at = now() + make_interval(secs => ?)
         FROM mine WHERE jobs.kind = mine.kind AND jobs.dedup_key = ? RETURNING jobs.id
     ), merged AS (
         DELETE FROM jobs USING mine WHERE jobs.id = mine.id AND EXISTS (SELECT FROM twin)
     )
     UPDATE jobs SET leased_by = NULL, lease_until = NULL, last_error = ?,
         run_at = now() + make_interval(secs => ?), dedup_key = ?
     FROM mine WHERE jobs.id = mine.id AND NOT EXISTS (SELECT FROM twin)"
}

statement! {
    /// Moves a job to the dead ones.
    Bury {
        id: i64 => BigInt,
        owner: i64 => BigInt,
        attempt: i32 => Integer,
        error: str => Text,
    } -> (),
    "WITH given_up AS (
         DELETE FROM jobs WHERE id = ? AND leased_by = ? AND attempts = ? RETURNING *
     )
     INSERT INTO dead_jobs (id, kind, queue, payload, attempts, request_id, error, created_at)
     SELECT id, kind, queue, payload, attempts, request_id, ?, created_at FROM given_up"
}

statement! {
    /// Gives leases back as if the jobs had not been claimed.
    Release { ids: [i64] => Array<BigInt>, owner: i64 => BigInt } -> (),
    "UPDATE jobs SET leased_by = NULL, lease_until = NULL, attempts = attempts - 1
     WHERE id = ANY(?) AND leased_by = ?"
}

statement! {
    /// Prolongs leases that are still ours.
    Renew { lease: f64 => Double, ids: [i64] => Array<BigInt>, owner: i64 => BigInt } -> (),
    "UPDATE jobs SET lease_until = now() + make_interval(secs => ?) WHERE id = ANY(?) AND leased_by = ?"
}

statement! {
    /// Frees the jobs of owners whose lock is free: their processes are gone. A job that has seen several attempts
    /// may be what killed them, so it waits a random while and its neighbours get away from it. Where PostgreSQL
    /// itself has just been started, everybody has lost the lock and gets the time to take it again.
    ReleaseOrphans { owner: i64 => BigInt } -> (),
    "WITH gone AS MATERIALIZED (
         SELECT leased_by FROM (
             SELECT DISTINCT leased_by FROM jobs WHERE leased_by IS NOT NULL AND leased_by <> ?
                 AND pg_postmaster_start_time() < now() - interval '7 s' OFFSET 0
         ) AS owners WHERE pg_try_advisory_xact_lock(leased_by)
     )
     UPDATE jobs SET leased_by = NULL, lease_until = NULL,
         run_at = CASE WHEN attempts < 3 THEN run_at
             ELSE now() + random() * least(2 ^ attempts, 600) * interval '1 second' END
     FROM gone WHERE jobs.leased_by = gone.leased_by"
}

statement! {
    /// Marks an owner as alive for as long as the session lives.
    LockOwner { owner: i64 => BigInt } -> Bool,
    "SELECT pg_try_advisory_lock(?)"
}

statement! {
    /// Moves a dead job back, with all attempts before it.
    Resurrect { id: i64 => BigInt } -> (),
    "WITH revived AS (DELETE FROM dead_jobs WHERE id = ? RETURNING *), added AS (
         INSERT INTO jobs (kind, queue, payload, request_id, last_error, created_at)
         SELECT kind, queue, payload, request_id, error, created_at FROM revived RETURNING queue
     )
     SELECT pg_notify('stoa_jobs', queue) FROM added"
}

statement! {
    /// Counts by queue; the age of a ready job counts from when it was due.
    Stats { limit: i64 => BigInt } -> (Text, BigInt, BigInt, BigInt, Nullable<Double>),
    "SELECT queue,
         count(*) FILTER (WHERE run_at <= now() AND (lease_until IS NULL OR lease_until < now())),
         count(*) FILTER (WHERE lease_until >= now()),
         count(*) FILTER (WHERE run_at > now() AND lease_until IS NULL),
         extract(epoch FROM now() - min(run_at)
             FILTER (WHERE run_at <= now() AND (lease_until IS NULL OR lease_until < now())))::float8
     FROM jobs GROUP BY queue ORDER BY queue LIMIT ?"
}

//! What waits, what runs, and what was given up.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::{ExpressionMethods, QueryDsl, QueryResult, Queryable, Selectable, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::schema::dead_jobs;
use crate::statement::{Resurrect, Stats};

/// How much lies in one queue. Reads the whole table: for people and metrics, not for requests.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueStats {
    /// The queue under which the jobs were added.
    pub queue: String,
    /// Due, and nobody's yet.
    pub ready: i64,
    /// Leased.
    pub running: i64,
    /// To run later: retries and appointments.
    pub delayed: i64,
    /// How long the oldest of the ready ones has been due.
    pub oldest_age: Option<Duration>,
}

/// A job that was given up. Its payload is not here, since it holds what people wrote.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = dead_jobs, check_for_backend(diesel::pg::Pg))]
pub struct DeadJob {
    /// The id it had in the queue.
    pub id: i64,
    /// [`crate::Job::KIND`].
    pub kind: String,
    /// The queue under which it was added.
    pub queue: String,
    /// How often it was tried.
    pub attempts: i32,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// Of the last attempt.
    pub error: String,
    /// When it was added to the queue.
    pub created_at: DateTime<Utc>,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

/// Every queue that has jobs, by name.
pub async fn stats(conn: &mut AsyncPgConnection) -> QueryResult<Vec<QueueStats>> {
    let rows: Vec<(String, i64, i64, i64, Option<f64>)> = Stats { limit: &1000 }.load(conn).await?;
    let age = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|(queue, ready, running, delayed, oldest)| QueueStats {
            queue,
            ready,
            running,
            delayed,
            oldest_age: oldest.map(age),
        })
        .collect())
}

/// The latest `limit` dead jobs, the newest first.
pub async fn dead(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<Vec<DeadJob>> {
    dead_jobs::table
        .order((dead_jobs::died_at.desc(), dead_jobs::id.desc()))
        .limit(limit.clamp(0, 1000))
        .select(DeadJob::as_select())
        .load(conn)
        .await
}

/// Puts a dead job back into its queue, with a new id and all its attempts before it; false if there is none.
pub async fn retry_dead(conn: &mut AsyncPgConnection, id: i64) -> QueryResult<bool> {
    Ok(Resurrect { id: &id }.execute(conn).await? > 0)
}

/// Removes what died before `before`; how many those were.
pub async fn forget_dead(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(dead_jobs::table.filter(dead_jobs::died_at.lt(before))).execute(conn).await
}

//! Promising work, inside the transaction that causes it.

use chrono::{DateTime, Utc};
use diesel::result::{Error, QueryResult};
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::statement::Insert;
use crate::{Job, request};

/// Adds `job` to the caller's transaction, to run as soon as that commits. Nothing happens when an equal
/// [`Job::dedup_key`] is waiting.
pub async fn enqueue<J: Job>(conn: &mut AsyncPgConnection, job: &J) -> QueryResult<()> {
    insert(conn, std::slice::from_ref(job), None).await
}

/// Adds all of `jobs` with one statement.
pub async fn enqueue_all<J: Job>(conn: &mut AsyncPgConnection, jobs: &[J]) -> QueryResult<()> {
    insert(conn, jobs, None).await
}

/// Adds `job`, to run at `run_at` or soon after.
pub async fn enqueue_at<J: Job>(
    conn: &mut AsyncPgConnection,
    job: &J,
    run_at: DateTime<Utc>,
) -> QueryResult<()> {
    insert(conn, std::slice::from_ref(job), Some(run_at)).await
}

/// Takes back, in the caller's transaction, the job of this kind with this [`Job::dedup_key`]. False when none waits
/// any more: then it has begun.
pub async fn withdraw<J: Job>(conn: &mut AsyncPgConnection, dedup_key: &str) -> QueryResult<bool> {
    let query = diesel::sql_query("DELETE FROM jobs WHERE kind = $1 AND dedup_key = $2");
    let query = query.bind::<Text, _>(J::KIND).bind::<Text, _>(dedup_key);
    Ok(query.execute(conn).await? > 0)
}

async fn insert<J: Job>(
    conn: &mut AsyncPgConnection,
    jobs: &[J],
    run_at: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut rows = jobs
        .iter()
        .map(|job| Ok((job.dedup_key(), serde_json::to_string(job)?)))
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(|error| Error::SerializationError(error.into()))?;
    if rows.iter().any(|(key, _)| key.is_some()) {
        // Two transactions that add the same keys wait for each other; in one order they do not deadlock.
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let (dedup_keys, payloads): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let request_id = request::current().map(|id| id.to_string());
    Insert {
        kind: J::KIND,
        queue: J::QUEUE.0,
        request_id: &request_id,
        run_at: &run_at,
        payloads: &payloads,
        dedup_keys: &dedup_keys,
    }
    .execute(conn)
    .await
    .map(drop)
}

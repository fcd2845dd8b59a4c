//! Who holds which job: one owner, its connection, and the statements it sends.

use std::time::Duration;

use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as QueryError, QueryResult};
use diesel_async::methods::{ExecuteDsl, LoadQuery};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::FutureExt;
use tokio::sync::Mutex;

use crate::statement::{Bury, Claim, Finish, LockOwner, NextDue, Release, ReleaseOrphans, Renew, Retry};
use crate::{Error, Pool};

/// The longest a statement of the queue may take before its connection is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Settings of the owner's session. The plans of a queue are known beforehand, while the table's statistics swing
/// between nothing and everything: without these, a plan made for an empty table would sort a full one.
const SESSION: &str = "SET application_name = 'jobs'; SET enable_seqscan = off; SET enable_bitmapscan = off;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan;
    SET synchronous_commit = off; SET statement_timeout = '10s'";

/// A row that has been leased.
#[derive(diesel::Queryable)]
pub(crate) struct Claimed {
    pub(crate) id: i64,
    pub(crate) kind: String,
    /// JSON.
    pub(crate) payload: String,
    /// Counts from 1; together with the owner it tells this lease from every other.
    pub(crate) attempt: i32,
    pub(crate) request_id: Option<String>,
}

/// An owner of leases. It has one connection of its own: the lock that shows it to be alive hangs on that.
pub(crate) struct Leases {
    pool: Pool,
    owner: i64,
    lease: f64,
    conn: Mutex<Option<AsyncPgConnection>>,
}

impl Leases {
    /// A new owner, whose leases last for `lease` unless renewed.
    pub(crate) fn new(pool: Pool, lease: Duration) -> Self {
        Self {
            pool,
            owner: rand::random_range(1..i64::MAX),
            lease: lease.as_secs_f64(),
            conn: Mutex::new(None),
        }
    }

    /// Leases at most `limit` due jobs of these kinds, the first kind first.
    pub(crate) async fn claim(&self, kinds: &[&'static str], limit: usize) -> Result<Vec<Claimed>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.load(Claim { kinds, each: &limit, limit: &limit, owner: &self.owner, lease: &self.lease }).await
    }

    /// How long until the next of the waiting jobs of these kinds is due.
    pub(crate) async fn next_due(&self, kinds: &[&'static str]) -> Result<Option<Duration>, Error> {
        let seconds: Vec<Option<f64>> = self.load(NextDue { kinds }).await?;
        let seconds = seconds.into_iter().next().flatten();
        Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
    }

    /// Deletes jobs that are done, given as ids and attempts.
    pub(crate) async fn finish(&self, ids: &[i64], attempts: &[i32]) -> Result<usize, Error> {
        self.execute(|| Finish { ids, owner: &self.owner, pairs: ids, attempts }).await
    }

    /// Puts a failed job back, to be tried again after `pause`.
    pub(crate) async fn retry(
        &self,
        id: i64,
        attempt: i32,
        error: &str,
        pause: Duration,
        key: Option<String>,
    ) -> Result<usize, Error> {
        let (attempt, pause, owner) = (&attempt, &pause.as_secs_f64(), &self.owner);
        let statement = || Retry {
            id: &id,
            owner,
            attempt,
            twin_error: error,
            twin_pause: pause,
            twin_key: &key,
            error,
            pause,
            key: &key,
        };
        self.execute(statement).await
    }

    /// Moves a job to the dead ones.
    pub(crate) async fn bury(&self, id: i64, attempt: i32, error: &str) -> Result<usize, Error> {
        self.execute(|| Bury { id: &id, owner: &self.owner, attempt: &attempt, error }).await
    }

    /// Gives leases back unused.
    pub(crate) async fn release(&self, ids: &[i64]) -> Result<usize, Error> {
        self.execute(|| Release { ids, owner: &self.owner }).await
    }

    /// Prolongs leases.
    pub(crate) async fn renew(&self, ids: &[i64]) -> Result<usize, Error> {
        self.execute(|| Renew { lease: &self.lease, ids, owner: &self.owner }).await
    }

    /// Frees the jobs of owners that are gone.
    pub(crate) async fn release_orphans(&self) -> Result<usize, Error> {
        self.execute(|| ReleaseOrphans { owner: &self.owner }).await
    }

    // The futures are boxed where it is known that they are `Send`; seen through the loops above, the compiler
    // cannot tell.
    async fn load<'s, S, R>(&self, statement: S) -> Result<Vec<R>, Error>
    where
        S: LoadQuery<'s, AsyncPgConnection, R> + Query + Send + 's,
        R: Send + 's,
    {
        let mut slot = self.conn.lock().await;
        let mut conn = self.take(&mut slot).await?;
        let answer = tokio::time::timeout(PATIENCE, statement.load(&mut conn).boxed()).await;
        put_back(&mut slot, conn, answer)
    }

    /// Sends the statement, a second time where another transaction came between and took the key.
    async fn execute<S>(&self, statement: impl Fn() -> S + Send + Sync) -> Result<usize, Error>
    where
        S: QueryFragment<Pg> + QueryId + ExecuteDsl<AsyncPgConnection> + Send,
    {
        let mut slot = self.conn.lock().await;
        let mut conn = self.take(&mut slot).await?;
        let mut answer = tokio::time::timeout(PATIENCE, statement().execute(&mut conn).boxed()).await;
        if matches!(answer, Ok(Err(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))) {
            answer = tokio::time::timeout(PATIENCE, statement().execute(&mut conn).boxed()).await;
        }
        put_back(&mut slot, conn, answer)
    }

    /// The connection, made anew where there is none. It leaves its slot, so that one whose statement is broken off
    /// does not come back.
    async fn take(&self, slot: &mut Option<AsyncPgConnection>) -> Result<AsyncPgConnection, Error> {
        if let Some(conn) = slot.take() {
            return Ok(conn);
        }
        let connect = async {
            let pooled = self.pool.get().await.map_err(|error| Error::Connect(error.to_string()))?;
            let mut conn = Object::take(pooled);
            conn.batch_execute(SESSION).await?;
            let _: bool = LockOwner { owner: &self.owner }.get_result(&mut conn).await?;
            Ok(conn)
        };
        tokio::time::timeout(PATIENCE, connect.boxed()).await.map_err(|_| Error::Timeout)?
    }
}

/// Keeps a connection that has answered; one that failed may be broken, and making a new one is cheap.
fn put_back<T>(
    slot: &mut Option<AsyncPgConnection>,
    conn: AsyncPgConnection,
    answer: Result<QueryResult<T>, tokio::time::error::Elapsed>,
) -> Result<T, Error> {
    let answer = answer.map_err(|_| Error::Timeout)?;
    if answer.is_ok() {
        *slot = Some(conn);
    }
    Ok(answer?)
}

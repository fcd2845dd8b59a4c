//! The worker's own connection: the lock that shows that it lives hangs on it, and its books go over it.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use db::connect::Pooled;
use db::deliveries::{self, Delivery, Free, Lane, Rest};
use db::ids::ActivityId;
use db::{Conn, Pool};
use tokio::sync::{Mutex, MutexGuard};

/// The longest a statement may take before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(12);

/// The worker's books.
pub(super) struct Ledger {
    pool: Pool,
    worker: i64,
    conn: Mutex<Option<Conn>>,
}

/// Runs a query on the worker's connection, and gives the connection up when it fails: it may be broken, and
/// making a new one is cheap.
macro_rules! ask {
    ($self:ident, |$conn:ident| $query:expr) => {{
        let mut slot = $self.connected().await?;
        let mut taken = slot.take().context("the connection was just made")?;
        let $conn = &mut taken;
        // A query that is broken off leaves the slot empty.
        let answer = tokio::time::timeout(PATIENCE, $query).await.context("the database took too long")??;
        *slot = Some(taken);
        answer
    }};
}

impl Ledger {
    /// Books of a new worker.
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, worker: rand::random_range(1..i64::MAX), conn: Mutex::new(None) }
    }

    async fn connected(&self) -> anyhow::Result<MutexGuard<'_, Option<Conn>>> {
        let mut slot = self.conn.lock().await;
        if slot.is_none() {
            let mut conn = Pooled::take(self.pool.get().await?);
            let locked = deliveries::hold_worker_lock(&mut conn, self.worker);
            tokio::time::timeout(PATIENCE, locked).await.context("the database took too long")??;
            *slot = Some(conn);
        }
        Ok(slot)
    }

    /// Takes the lease of due lanes with work, `limit` at most.
    pub(super) async fn claim(&self, limit: usize) -> anyhow::Result<Vec<Lane>> {
        let limit = i64::try_from(limit)?;
        Ok(ask!(self, |conn| deliveries::claim_lanes(conn, self.worker, limit)))
    }

    /// The oldest deliveries of each of these lanes.
    pub(super) async fn load(&self, hosts: &[String], each: i64) -> anyhow::Result<Vec<Delivery>> {
        Ok(ask!(self, |conn| deliveries::load(conn, hosts, each)))
    }

    /// The bodies of these activities.
    pub(super) async fn bodies(&self, ids: &[ActivityId]) -> anyhow::Result<HashMap<ActivityId, Bytes>> {
        let rows = ask!(self, |conn| deliveries::bodies(conn, ids));
        Ok(rows.into_iter().map(|(id, body)| (id, Bytes::from(body))).collect())
    }

    /// Of these hosts, those that we do not talk to; what waits for them is removed.
    pub(super) async fn drop_blocked(&self, hosts: &[String]) -> anyhow::Result<Vec<String>> {
        let blocked = ask!(self, |conn| db::instances::blocked_among(conn, hosts));
        if !blocked.is_empty() {
            ask!(self, |conn| deliveries::drop_lanes(conn, &blocked));
        }
        Ok(blocked)
    }

    /// Removes deliveries that are done with, and gives back lanes that are through.
    pub(super) async fn settle(&self, done: &[i64], free: &[Free]) -> anyhow::Result<()> {
        ask!(self, |conn| deliveries::settle(conn, self.worker, done, free));
        Ok(())
    }

    /// Gives back lanes that failed, and lets them rest.
    pub(super) async fn rest(&self, lanes: &[Rest]) -> anyhow::Result<()> {
        ask!(self, |conn| deliveries::rest(conn, self.worker, lanes));
        Ok(())
    }

    /// Extends the lease of lanes at work.
    pub(super) async fn renew(&self, hosts: &[String]) -> anyhow::Result<()> {
        ask!(self, |conn| deliveries::renew(conn, self.worker, hosts));
        Ok(())
    }

    /// Frees the lanes of workers that are gone.
    pub(super) async fn release_abandoned(&self) -> anyhow::Result<usize> {
        Ok(ask!(self, |conn| deliveries::release_abandoned(conn)))
    }

    /// How long until the next resting lane is due.
    pub(super) async fn next_due(&self) -> anyhow::Result<Option<Duration>> {
        let at = ask!(self, |conn| deliveries::next_due(conn));
        Ok(at.map(|at| (at - chrono::Utc::now()).to_std().unwrap_or_default()))
    }
}

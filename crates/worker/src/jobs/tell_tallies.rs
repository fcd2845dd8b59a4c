//! Telling other servers how a poll stands, some time after a vote: many votes are one Update.

use std::time::Duration;

use anyhow::Result;
use chrono::{TimeDelta, Utc};
use db::{Conn, StatusId};
use diesel_async::AsyncConnection;
use federation::outgoing;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::{Parts, Undone};

/// How long votes are gathered.
const GATHERED_FOR: TimeDelta = TimeDelta::minutes(3);

/// An Update of a poll here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TellTallies {
    status: StatusId,
    /// Tells its Update from others, however often it is handled: microseconds since 1970.
    number: i64,
}

impl Job for TellTallies {
    const KIND: &'static str = "tell_tallies";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 10;
    const TIMEOUT: Duration = Duration::from_mins(1);

    fn dedup_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }
}

impl TellTallies {
    /// Promises it, in the transaction of the vote's consequences.
    pub(crate) async fn promise(conn: &mut Conn, status: StatusId) -> Result<()> {
        let now = Utc::now();
        let job = Self { status, number: now.timestamp_micros() };
        Ok(jobs::enqueue_at(conn, &job, now + GATHERED_FOR).await?)
    }
}

/// Sends it.
pub(crate) async fn run(parts: Parts, job: TellTallies) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    let f = &parts.federation;
    let told = conn.transaction(async |conn| {
        outgoing::poll_changed(f, conn, job.status, job.number).await.map_err(Undone)
    });
    Ok(told.await?)
}

//! Clearing away what others made of a status that was deleted.

use std::time::Duration;

use anyhow::Result;
use db::{StatusId, statuses};
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::{Parts, Undone};

/// So many of each kind go in one transaction.
const BATCH: i64 = 500;

/// The reblogs, favourites, bookmarks and notifications of a status. What went stays gone, so that it goes on
/// where it was when it is interrupted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bury {
    pub(crate) status: StatusId,
}

impl Job for Bury {
    const KIND: &'static str = "bury";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 10;
    const TIMEOUT: Duration = Duration::from_mins(10);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("bury:{}", self.status))
    }
}

/// Clears everything, one batch after another.
pub(crate) async fn run(parts: Parts, job: Bury) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    loop {
        let gone = conn
            .transaction(async |conn| {
                let reblogs = statuses::bury_reblogs(conn, job.status, BATCH).await?;
                Ok::<_, Undone>(reblogs + statuses::clear_buried(conn, job.status, BATCH).await?)
            })
            .await?;
        if gone == 0 {
            return Ok(());
        }
    }
}

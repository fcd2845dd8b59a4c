//! Putting a status into the home feeds of those who follow its author.

use std::time::Duration;

use anyhow::Result;
use db::notifications::Kind;
use db::statuses::Status;
use db::{AccountId, Conn, StatusId, feeds, follows, statuses};
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use services::{news, notifications};
use streaming::{MAX_READERS, Message};

use crate::Parts;

/// So many readers are served by one run.
const BATCH: i64 = 1_000;

/// The rest of a fan-out: readers above `after`, in order of their ids, so that it goes on where it was
/// when it is interrupted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FanOut {
    status: StatusId,
    after: AccountId,
}

impl Job for FanOut {
    const KIND: &'static str = "fan_out";
    const QUEUE: Queue = Queue::DEFAULT;
    const TIMEOUT: Duration = Duration::from_mins(1);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("fan_out:{}:{}", self.status, self.after))
    }
}

/// Serves one batch, and leaves the next to another run.
pub(crate) async fn run(parts: Parts, job: FanOut) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    if let Ok(status) = statuses::find(&mut conn, job.status).await {
        batch(&mut conn, &status, job.after).await?;
    }
    Ok(())
}

/// Begins a fan-out within the event's transaction; small ones end there too.
pub(crate) async fn start(conn: &mut Conn, status: &Status) -> Result<()> {
    if status.local {
        push(conn, status, &[status.account_id]).await?;
    }
    batch(conn, status, AccountId(0)).await?;
    if status.reblog_of_id.is_none() && status.in_reply_to_uri.is_none() {
        for reader in follows::told_of_posts(conn, status.account_id).await? {
            notifications::notify(conn, reader, status.account_id, Kind::Status, Some(status.id)).await?;
        }
    }
    Ok(())
}

async fn batch(conn: &mut Conn, status: &Status, after: AccountId) -> Result<()> {
    let readers = feeds::readers(conn, status.id, after, BATCH).await?;
    push(conn, status, &readers).await?;
    if let Some(last) = readers.last()
        && i64::try_from(readers.len())? == BATCH
    {
        jobs::enqueue(conn, &FanOut { status: status.id, after: *last }).await?;
    }
    Ok(())
}

async fn push(conn: &mut Conn, status: &Status, readers: &[AccountId]) -> Result<()> {
    for readers in readers.chunks(MAX_READERS) {
        let message = Message::Feed {
            status: status.id.0,
            original: status.reblog_of_id.unwrap_or(status.id).0,
            readers: readers.iter().map(|id| id.0).collect(),
        };
        news::tell(conn, &message).await?;
    }
    Ok(())
}

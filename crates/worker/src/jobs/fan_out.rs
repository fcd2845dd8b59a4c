//! Putting a status into the home feeds of those who follow its author.

use std::time::Duration;

use anyhow::Result;
use db::notifications::Kind;
use db::statuses::Status;
use db::{AccountId, Conn, StatusId, feeds, statuses};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use services::{news, notifications};
use streaming::{MAX_READERS, Message};

use crate::{Parts, Undone};

/// So many readers are served by one run.
const BATCH: i64 = 1_000;

/// Below every id.
const BEGINNING: AccountId = AccountId(0);

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
    if let Some(status) = statuses::find(&mut conn, job.status).await.optional()? {
        conn.transaction(async |conn| batch(conn, &status, job.after).await.map_err(Undone)).await?;
    }
    Ok(())
}

/// Begins a fan-out within the event's transaction; small ones end there too.
pub(crate) async fn start(conn: &mut Conn, status: &Status) -> Result<()> {
    batch(conn, status, BEGINNING).await
}

/// Serves the readers above `after`; the first batch begins with the author, and is the one that public
/// streams hear of.
async fn batch(conn: &mut Conn, status: &Status, after: AccountId) -> Result<()> {
    let readers = feeds::readers(conn, status.id, after, BATCH).await?;
    let first = after == BEGINNING;
    let author = (first && status.local).then_some(status.account_id.0);
    let at_home = readers.iter().filter(|reader| !reader.apart).map(|reader| reader.id.0);
    let whose: Vec<i64> = author.into_iter().chain(at_home).collect();
    push(conn, status, &whose, first, readers.iter().any(|reader| reader.apart)).await?;
    for reader in readers.iter().filter(|reader| reader.notify) {
        notifications::notify(conn, reader.id, status.account_id, Kind::Status, Some(status.id)).await?;
    }
    if let Some(last) = readers.last()
        && i64::try_from(readers.len())? == BATCH
    {
        jobs::enqueue(conn, &FanOut { status: status.id, after: last.id }).await?;
    }
    Ok(())
}

/// Says that a status is there for these readers; what is to be heard elsewhere than at home is said once, even
/// if they are none.
async fn push(
    conn: &mut Conn,
    status: &Status,
    whose: &[i64],
    first: bool,
    is_read_apart: bool,
) -> Result<()> {
    let open = first && status.visibility.is_open();
    let message = |readers: &[i64], first: bool| Message::Published {
        status: status.id.0,
        original: status.reblog_of_id.unwrap_or(status.id).0,
        author: status.account_id.0,
        readers: readers.to_vec(),
        open: first && open,
        first,
    };
    if whose.is_empty() && (open || first && is_read_apart) {
        news::tell(conn, &message(&[], true)).await?;
    }
    for (number, readers) in whose.chunks(MAX_READERS).enumerate() {
        news::tell(conn, &message(readers, first && number == 0)).await?;
    }
    Ok(())
}

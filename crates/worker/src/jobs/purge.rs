//! Removing what a deleted local account made, piece by piece.

use std::time::Duration;

use anyhow::Result;
use db::accounts::Account;
use db::{AccountId, Conn, accounts, departures, media};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use services::media::RemoveFiles;

use crate::{Parts, Undone};

/// Rows of one kind that one transaction removes.
const PIECE: i64 = 500;
/// Transactions of one run; another one goes on.
const PIECES: usize = 20;

/// What this account made goes; what was removed stays removed when this is interrupted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Purge {
    account: AccountId,
}

impl Purge {
    /// Promises it, in the transaction in which everybody else is told.
    pub(crate) async fn start(conn: &mut Conn, account: AccountId) -> Result<()> {
        Ok(jobs::enqueue(conn, &Self { account }).await?)
    }
}

impl Job for Purge {
    const KIND: &'static str = "purge";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 50;
    const TIMEOUT: Duration = Duration::from_mins(5);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("purge:{}", self.account))
    }
}

/// Removes some, and leaves the rest to another run.
pub(crate) async fn run(parts: Parts, job: Purge) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    let account = accounts::find(&mut conn, job.account).await.optional()?;
    let deleted = |account: &Account| account.is_local() && account.suspended_at.is_some();
    if !account.as_ref().is_some_and(deleted) {
        return Ok(());
    }
    for _ in 0..PIECES {
        let more = conn.transaction(async |conn| piece(conn, job.account).await.map_err(Undone)).await?;
        if !more {
            return Ok(());
        }
    }
    Ok(jobs::enqueue(&mut conn, &job).await?)
}

/// True when there is more.
async fn piece(conn: &mut Conn, account: AccountId) -> Result<bool> {
    let (removed, keys) = media::delete_of_account(conn, account, PIECE).await?;
    RemoveFiles::promise(conn, keys).await?;
    if i64::try_from(removed)? == PIECE || departures::remove_some(conn, account, PIECE).await? {
        return Ok(true);
    }
    let pictures = media::pictures_of(conn, account).await?;
    RemoveFiles::promise(conn, pictures).await?;
    departures::empty(conn, account).await?;
    Ok(false)
}

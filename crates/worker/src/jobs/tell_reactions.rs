//! Telling those who have a status on their screens what stands below it: many reactions are told of at once.

use std::time::Duration;

use anyhow::Result;
use chrono::{TimeDelta, Utc};
use db::{Conn, StatusId, statuses};
use diesel::OptionalExtension;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use services::news;
use streaming::Message;

use crate::Parts;

/// How long reactions are gathered.
const GATHERED_FOR: TimeDelta = TimeDelta::seconds(2);

/// The reactions to a status have changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TellReactions {
    status: StatusId,
}

impl Job for TellReactions {
    const KIND: &'static str = "tell_reactions";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 10;
    const MAX_ATTEMPTS: i32 = 2;
    const TIMEOUT: Duration = Duration::from_mins(1);

    fn dedup_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }
}

impl TellReactions {
    /// Promises it, in the transaction of the reaction's consequences.
    pub(crate) async fn promise(conn: &mut Conn, status: StatusId) -> Result<()> {
        Ok(jobs::enqueue_at(conn, &Self { status }, Utc::now() + GATHERED_FOR).await?)
    }
}

/// Tells them.
pub(crate) async fn run(parts: Parts, job: TellReactions) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    let Some(status) = statuses::find(&mut conn, job.status).await.optional()? else { return Ok(()) };
    let message = Message::Edited { status: status.id.0, author: status.account_id.0 };
    Ok(news::tell(&mut conn, &message).await?)
}

//! Clearing away what nobody needs any more.

use std::time::Duration;

use anyhow::Result;
use chrono::Utc;
use db::{activities, deliveries, idempotency, media, tombstones};
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use services::media::RemoveFiles;

use crate::Parts;

/// How long an upload may wait to be attached, or what a deleted status had to be attached again.
const UNATTACHED_FOR: chrono::Duration = chrono::Duration::hours(24);

/// One round of clearing; each part is bounded, and the next round does the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "sweep";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 100;
    const TIMEOUT: Duration = Duration::from_mins(5);

    fn dedup_key(&self) -> Option<String> {
        Some("sweep".to_owned())
    }
}

/// How long jobs that were given up are kept for somebody to look at.
const DEAD_FOR: chrono::Duration = chrono::Duration::days(30);

/// Clears away uploads that are not used, old keys, ids, activities, notifications and dead jobs, and lapsed
/// credentials.
pub(crate) async fn run(parts: Parts, _: Sweep) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    idempotency::forget_old(&mut conn).await?;
    tombstones::forget_old(&mut conn).await?;
    deliveries::give_up_old(&mut conn).await?;
    activities::forget_delivered(&mut conn, 10_000).await?;
    db::sessions::forget_old(&mut conn).await?;
    db::authorization_codes::forget_old(&mut conn).await?;
    let kept = chrono::Duration::days(parts.app.config.limits.notification_days.into());
    db::notifications::forget_old(&mut conn, Utc::now() - kept, 10_000).await?;
    db::password_resets::forget_old(&mut conn).await?;
    jobs::forget_dead(&mut conn, Utc::now() - DEAD_FOR).await?;
    conn.transaction(async |conn| {
        let mut keys = media::delete_orphans(conn, Utc::now() - UNATTACHED_FOR, 200).await?;
        keys.extend(db::cards::forget_unused(conn, Utc::now() - UNATTACHED_FOR, 200).await?);
        RemoveFiles::promise(conn, keys).await
    })
    .await?;
    Ok(())
}

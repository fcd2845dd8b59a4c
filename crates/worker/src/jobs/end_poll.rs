//! The end of a poll: its author and those here who voted are told, and other servers.

use anyhow::Result;
use db::notifications::Kind;
use db::{Conn, StatusId, polls, statuses};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;
use federation::{Federation, outgoing};
use services::notifications::notify;
use services::polls::{EndPoll, RefreshPoll};

use crate::{Parts, Undone};

/// So many voters are told in one transaction, which also notes who was: nobody is told twice, even of what
/// they have dismissed since.
const BATCH: i64 = 500;

/// Tells everybody, one batch after another.
pub(crate) async fn run(parts: Parts, job: EndPoll) -> Result<()> {
    let mut conn = parts.app.conn().await?;
    let f = &parts.federation;
    while conn.transaction(async |conn| batch(f, conn, job.status).await.map_err(Undone)).await? {}
    Ok(())
}

/// True when there are more.
async fn batch(f: &Federation, conn: &mut Conn, id: StatusId) -> Result<bool> {
    let Some(status) = statuses::find(conn, id).await.optional()? else { return Ok(false) };
    let ends = polls::end(conn, id).await?;
    let Some(poll) = polls::lock(conn, id).await.optional()? else { return Ok(false) };
    if poll.ended_at.is_none() {
        // An edit moved its end.
        if let Some(at) = poll.expires_at {
            EndPoll::promise(conn, id, at).await?;
        }
        return Ok(false);
    }
    if ends && status.local {
        notify(conn, status.account_id, status.account_id, Kind::Poll, Some(id)).await?;
        let number = poll.expires_at.unwrap_or(status.created_at).timestamp_micros();
        outgoing::poll_changed(f, conn, id, number).await?;
    } else if ends {
        jobs::enqueue(conn, &RefreshPoll { status: id }).await?;
    }
    let voters = polls::local_voters(conn, id, poll.told_up_to, BATCH).await?;
    for voter in &voters {
        notify(conn, *voter, status.account_id, Kind::Poll, Some(id)).await?;
    }
    if let Some(last) = voters.last() {
        polls::told(conn, id, *last).await?;
    }
    Ok(i64::try_from(voters.len())? == BATCH)
}

//! The page of consequences: what follows from each event.
//!
//! Everything an event leads to is written in one transaction. If the process dies after that and before the
//! event is removed, the event is handled again, to no further effect: notifications are unique, a feed
//! holds a status once, and an activity's id is sent once.

use anyhow::Result;
use db::notifications::Kind;
use db::statuses::Status;
use db::{AccountId, Conn, StatusId, accounts, mentions, statuses};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;
use federation::{Federation, outgoing};
use services::events::Event;
use services::{news, notifications::notify};
use streaming::Message;

use crate::jobs::fan_out;
use crate::{Parts, Undone};

/// Does what follows from an event.
pub(crate) async fn handle(parts: Parts, event: Event) -> Result<()> {
    let federation = &parts.federation;
    let mut conn = parts.app.conn().await?;
    conn.transaction(async |conn| consequences(federation, conn, &event).await.map_err(Undone)).await?;
    Ok(())
}

async fn consequences(f: &Federation, conn: &mut Conn, event: &Event) -> Result<()> {
    match event {
        Event::StatusCreated { status } => status_created(f, conn, *status).await?,
        Event::StatusEdited { status, mentioned } => {
            if let Some(Status { account_id: author, .. }) = find(conn, *status).await? {
                notify_all(conn, mentioned, author, Kind::Mention, *status).await?;
                notify_rebloggers(conn, *status, author).await?;
                news::tell(conn, &Message::Edited { status: status.0 }).await?;
                outgoing::status_edited(f, conn, *status).await?;
            }
        }
        Event::StatusDeleted { status, by, touched } => {
            news::tell(conn, &Message::Deleted { status: status.0 }).await?;
            outgoing::status_deleted(f, conn, *status, *by, touched).await?;
        }
        Event::ReblogDeleted { reblog, of, by } => {
            news::tell(conn, &Message::Deleted { status: reblog.0 }).await?;
            outgoing::reblog_deleted(f, conn, *reblog, *of, *by).await?;
        }
        Event::StatusFavourited { status, by, favourite } => {
            if let Some(Status { account_id: author, .. }) = find(conn, *status).await? {
                notify(conn, author, *by, Kind::Favourite, Some(*status)).await?;
                outgoing::favourited(f, conn, *status, *by, *favourite).await?;
            }
        }
        Event::StatusUnfavourited { status, by, favourite } => {
            outgoing::unfavourited(f, conn, *status, *by, *favourite).await?;
        }
        Event::StatusPinned { status, by } => outgoing::pinned(f, conn, *status, *by).await?,
        Event::StatusUnpinned { status, by } => outgoing::unpinned(f, conn, *status, *by).await?,
        Event::FollowRequested { by, of } => {
            notify(conn, *of, *by, Kind::FollowRequest, None).await?;
            outgoing::follow_requested(f, conn, *by, *of).await?;
        }
        Event::Followed { by, of, asked: _ } => {
            notify(conn, *of, *by, Kind::Follow, None).await?;
            outgoing::followed(f, conn, *by, *of).await?;
        }
        Event::FollowRepeated { by, of } => outgoing::followed(f, conn, *by, *of).await?,
        Event::FollowRejected { by, of, uri } => {
            outgoing::follow_rejected(f, conn, *by, *of, uri.as_deref()).await?;
        }
        Event::Unfollowed { by, of, uri } => {
            outgoing::unfollowed(f, conn, *by, *of, uri.as_deref()).await?;
        }
        Event::Blocked { by, of, block, rejected, unfollowed } => {
            let (rejected, unfollowed) =
                (rejected.as_ref().map(Option::as_deref), unfollowed.as_ref().map(Option::as_deref));
            outgoing::blocked(f, conn, *by, *of, *block, rejected, unfollowed).await?;
        }
        Event::Unblocked { by, of, block } => outgoing::unblocked(f, conn, *by, *of, *block).await?,
        Event::AccountUpdated { account } => outgoing::account_updated(f, conn, *account).await?,
        Event::AccountDeleted { account } => {
            outgoing::account_deleted(f, conn, *account).await?;
            accounts::purge(conn, *account).await?;
        }
    }
    Ok(())
}

/// The status, unless it was deleted since.
async fn find(conn: &mut Conn, id: StatusId) -> Result<Option<Status>> {
    Ok(statuses::find(conn, id).await.optional()?)
}

async fn status_created(f: &Federation, conn: &mut Conn, id: StatusId) -> Result<()> {
    let Some(status) = find(conn, id).await? else {
        return Ok(());
    };
    fan_out::start(conn, &status).await?;
    notify_of_status(conn, &status).await?;
    outgoing::status_created(f, conn, &status).await
}

async fn notify_of_status(conn: &mut Conn, status: &Status) -> Result<()> {
    if let Some(of) = status.reblog_of_id
        && let Some(original) = find(conn, of).await?
    {
        notify(conn, original.account_id, status.account_id, Kind::Reblog, Some(of)).await?;
    }
    if status.mentions_count > 0 {
        let mentioned: Vec<AccountId> = mentions::of_status(conn, status.id)
            .await?
            .into_iter()
            .filter_map(|(account, silent)| (!silent).then_some(account))
            .collect();
        notify_all(conn, &mentioned, status.account_id, Kind::Mention, status.id).await?;
    }
    Ok(())
}

async fn notify_all(
    conn: &mut Conn,
    whom: &[AccountId],
    from: AccountId,
    kind: Kind,
    status: StatusId,
) -> Result<()> {
    for account in whom {
        notify(conn, *account, from, kind, Some(status)).await?;
    }
    Ok(())
}

/// Those here who reblogged a status are told that it is another one now.
async fn notify_rebloggers(conn: &mut Conn, status: StatusId, author: AccountId) -> Result<()> {
    let rebloggers: Vec<AccountId> = statuses::reblogs_of(conn, status)
        .await?
        .into_iter()
        .filter(|reblog| reblog.local)
        .map(|reblog| reblog.account_id)
        .collect();
    notify_all(conn, &rebloggers, author, Kind::Update, status).await
}

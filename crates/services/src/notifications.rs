//! Notifying local accounts, and what they do about it.

use std::time::Duration;

use db::accounts::Account;
use db::notifications::groups::GroupKey;
use db::notifications::requests::{self, PolicyChanges};
use db::notifications::{self, Kind, NewNotification};
use db::{AccountId, Conn, NotificationId, StatusId};
use diesel::result::QueryResult;
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use streaming::Message;

use crate::{App, Error, Result, filters, news, push};

/// Notifications that one transaction moves.
const BATCH: i64 = 500;

/// Notifies an account of what another did, unless it does not want to know (see
/// [`notifications::insert`]) or hides the status by a filter; tells open streams and devices.
pub async fn notify(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
    status: Option<StatusId>,
) -> QueryResult<()> {
    announce(conn, NewNotification { account, from, kind, status, subject: None }).await
}

/// The same for everything that somebody can be notified of.
pub async fn announce(conn: &mut Conn, new: NewNotification) -> QueryResult<()> {
    if let Some(status) = new.status
        && filters::hides_notification(conn, new.account, status).await?
    {
        return Ok(());
    }
    let Some(written) = notifications::insert(conn, new).await? else { return Ok(()) };
    let made = written.notification;
    if made.filtered {
        return requests::note(conn, made.account_id, made.from_account_id, made.status_id).await;
    }
    if written.again {
        return Ok(());
    }
    news::tell(conn, &Message::Notified { account: made.account_id.0, notification: made.id.0 }).await?;
    if written.has_devices { push::promise(conn, &made, written.joined).await } else { Ok(()) }
}

/// Removes one of somebody's notifications.
///
/// # Errors
/// [`Error::NotFound`] when it has no such notification.
pub async fn dismiss(app: &App, by: &Account, id: NotificationId) -> Result<()> {
    let mut conn = app.conn().await?;
    if notifications::dismiss(&mut conn, by.id, id).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes a group of somebody's notifications; there need not be one.
pub async fn dismiss_group(app: &App, by: &Account, key: GroupKey) -> Result<()> {
    let mut conn = app.conn().await?;
    match key {
        GroupKey::Group(_, group) => notifications::dismiss_group(&mut conn, by.id, group).await?,
        GroupKey::Single(id) => {
            notifications::dismiss(&mut conn, by.id, id).await?;
        }
    }
    Ok(())
}

/// Removes all of somebody's notifications.
pub async fn clear(app: &App, by: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(notifications::clear(&mut conn, by.id).await?)
}

/// Changes whom somebody wants to hear of; what is here already stays where it is.
pub async fn set_policy(app: &App, by: &Account, changes: &PolicyChanges) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(requests::set_policy(&mut conn, by.id, changes).await?)
}

/// Moves the notifications of a request that was accepted, or removes those of one that was dismissed, up to
/// and with the one that was the newest then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettleRequest {
    account: AccountId,
    from: AccountId,
    /// `None`: accepted.
    dismissed_to: Option<NotificationId>,
}

impl Job for SettleRequest {
    const KIND: &'static str = "settle_notification_request";
    const QUEUE: Queue = Queue::DEFAULT;
    const TIMEOUT: Duration = Duration::from_mins(5);
}

impl SettleRequest {
    /// Does it, one batch after another; what was moved stays moved when this is interrupted. Open streams are told
    /// when nothing waits any more of all that was accepted.
    pub async fn carry_out(&self, app: &App) -> Result<()> {
        let mut conn = app.conn().await?;
        loop {
            let moved = match self.dismissed_to {
                None => requests::release(&mut conn, self.account, self.from, BATCH).await?,
                Some(newest) => requests::discard(&mut conn, self.account, self.from, newest, BATCH).await?,
            };
            if moved == 0 {
                if self.dismissed_to.is_none() && requests::are_merged(&mut conn, self.account).await? {
                    let merged = Message::NotificationsMerged { account: self.account.0 };
                    news::tell(&mut conn, &merged).await?;
                }
                return Ok(());
            }
        }
    }
}

/// Accepts somebody's requests: what waits is shown, and what comes from there is heard from now on. Those that
/// are not there are left out; returns how many were.
pub async fn accept_requests(app: &App, by: &Account, ids: &[i64]) -> Result<usize> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let from = requests::take(conn, by.id, ids).await?;
        if !from.is_empty() {
            requests::permit(conn, by.id, &from).await?;
            let settle = |&from| SettleRequest { account: by.id, from, dismissed_to: None };
            jobs::enqueue_all(conn, &from.iter().map(settle).collect::<Vec<_>>()).await?;
        }
        Ok(from.len())
    })
    .await
}

/// Dismisses somebody's requests: what waits is removed. Those that are not there are left out; returns how many
/// were.
pub async fn dismiss_requests(app: &App, by: &Account, ids: &[i64]) -> Result<usize> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let from = requests::take(conn, by.id, ids).await?;
        let newest = requests::newest_waiting(conn, by.id, &from).await?;
        let settle = |(from, newest): (AccountId, Option<NotificationId>)| {
            newest.map(|newest| SettleRequest { account: by.id, from, dismissed_to: Some(newest) })
        };
        jobs::enqueue_all(conn, &newest.into_iter().filter_map(settle).collect::<Vec<_>>()).await?;
        Ok(from.len())
    })
    .await
}

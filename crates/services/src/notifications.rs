//! Notifying local accounts.

use db::accounts::Account;
use db::notifications::{self, Kind};
use db::{AccountId, Conn, NotificationId, StatusId};
use diesel::result::QueryResult;
use streaming::Message;

use crate::{App, Error, Result, news};

/// Notifies an account of what another did, unless it does not want to know (see
/// [`notifications::insert`]); tells open streams.
pub async fn notify(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
    status: Option<StatusId>,
) -> QueryResult<()> {
    if let Some(made) = notifications::insert(conn, account, from, kind, status).await? {
        news::tell(conn, &Message::Notified { account: account.0, notification: made.id.0 }).await?;
    }
    Ok(())
}

/// Removes one of somebody's notifications.
///
/// # Errors
/// [`Error::NotFound`] when it has no such notification.
pub async fn dismiss(app: &App, by: &Account, id: NotificationId) -> Result<()> {
    let mut conn = app.conn().await?;
    if notifications::dismiss(&mut conn, by.id, id).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes all of somebody's notifications.
pub async fn clear(app: &App, by: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(notifications::clear(&mut conn, by.id).await?)
}

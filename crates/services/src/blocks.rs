//! Blocking: both sides disappear from each other.

use db::accounts::Account;
use db::{conversations, notifications, relationships};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::{App, Error, Result, follows, news};

/// Blocks: ends follows and requests both ways, removes what one notified the other of. Twice is once.
/// `uri` is the id of a remote Block.
///
/// # Errors
/// [`Error::Gone`] when that was taken back before.
pub async fn block(app: &App, by: &Account, of: &Account, uri: Option<&str>) -> Result<()> {
    if by.id == of.id {
        return Err(Error::invalid("You cannot block yourself"));
    }
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(uri) = uri
            && db::tombstones::hold(conn, uri, &by.uri).await?
        {
            return Err(Error::Gone);
        }
        relationships::lock_pair(conn, by.id, of.id).await?;
        let Some(row) = relationships::block(conn, by.id, of.id, uri).await? else {
            return Ok(());
        };
        let rejected = follows::end(conn, of.id, by.id).await?;
        let unfollowed = follows::end(conn, by.id, of.id).await?;
        notifications::delete_between(conn, by.id, of.id).await?;
        notifications::delete_between(conn, of.id, by.id).await?;
        conversations::delete_with(conn, by.id, of.id).await?;
        news::feed_changed(conn, &[by.id, of.id]).await?;
        Event::Blocked { by: by.id, of: of.id, block: row.id, rejected, unfollowed }.emit(conn).await?;
        Ok::<_, Error>(())
    })
    .await
}

/// Lifts a block; there need not be one. What it ended does not come back.
pub async fn unblock(app: &App, by: &Account, of: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(row) = relationships::unblock(conn, by.id, of.id).await? {
            Event::Unblocked { by: by.id, of: of.id, block: row.id }.emit(conn).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}

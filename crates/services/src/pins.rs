//! Pinning statuses to the own profile.

use db::accounts::Account;
use db::{StatusId, Visibility, pins, statuses};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::{App, Error, Result};

/// Pins one of the account's own statuses; twice is once.
pub async fn pin(app: &App, by: &Account, id: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    let most = i64::from(app.config.limits.max_pinned_statuses);
    conn.transaction(async |conn| {
        let status = statuses::hold_visible(conn, by.id, id).await?;
        if status.account_id != by.id {
            return Err(Error::invalid("Someone else's post cannot be pinned"));
        }
        if status.reblog_of_id.is_some() {
            return Err(Error::invalid("A boost cannot be pinned"));
        }
        if status.visibility == Visibility::Direct {
            return Err(Error::invalid("Posts that are only visible to mentioned users cannot be pinned"));
        }
        if pins::insert(conn, by.id, id).await? {
            if by.is_local() && pins::count(conn, by.id).await? > most {
                return Err(Error::invalid("You have already pinned the maximum number of posts"));
            }
            Event::StatusPinned { status: id, by: by.id }.emit(conn).await?;
        }
        Ok(())
    })
    .await
}

/// Unpins; it need not be pinned.
pub async fn unpin(app: &App, by: &Account, id: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    statuses::find_own(&mut conn, by.id, id).await?;
    conn.transaction(async |conn| {
        if pins::delete(conn, by.id, id).await? {
            Event::StatusUnpinned { status: id, by: by.id }.emit(conn).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}

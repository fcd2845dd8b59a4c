//! Favourites.

use db::accounts::Account;
use db::notifications::{self, Kind};
use db::statuses::{self, Counter};
use db::{StatusId, favourites};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::statuses::{acted_on, original};
use crate::{App, Error, Result};

/// Favourites a status that the account may see; twice is once. `uri` is the id of a remote Like.
///
/// # Errors
/// [`Error::Gone`] when that was taken back before.
pub async fn favourite(app: &App, by: &Account, status: StatusId, uri: Option<&str>) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(uri) = uri
            && db::tombstones::hold(conn, uri, &by.uri).await?
        {
            return Err(Error::Gone);
        }
        let status = original(conn, by.id, status).await?;
        if let Some(row) = favourites::insert(conn, by.id, status.id, uri).await? {
            statuses::count(conn, status.id, Counter::Favourites, 1).await?;
            Event::StatusFavourited { status: status.id, by: by.id, favourite: row.id }.emit(conn).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}

/// Takes a favourite back, also when the account may not see the status any more; there need not be one.
pub async fn unfavourite(app: &App, by: &Account, status: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let status = acted_on(conn, status).await?;
        if let Some(row) = favourites::delete(conn, by.id, status.id).await? {
            statuses::count(conn, status.id, Counter::Favourites, -1).await?;
            notifications::withdraw(conn, status.account_id, by.id, Kind::Favourite, Some(status.id)).await?;
            Event::StatusUnfavourited { status: status.id, by: by.id, favourite: row.id }.emit(conn).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}

//! How far somebody has read.

use db::accounts::Account;
use db::markers::{self, Marker};
use diesel_async::AsyncConnection;

use crate::{App, Error, Result};

/// Moves markers: pairs of a timeline (`home`, `notifications`) and the last id that was read.
pub async fn save(app: &App, by: &Account, positions: &[(&str, i64)]) -> Result<Vec<Marker>> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let mut saved = Vec::with_capacity(positions.len());
        for (timeline, last_read) in positions {
            saved.push(markers::save(conn, by.id, timeline, *last_read).await?);
        }
        Ok::<_, Error>(saved)
    })
    .await
}

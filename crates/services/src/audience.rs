//! Who reads a status beyond those who were known when it came.

use db::statuses::Status;
use db::{AccountId, mentions};

use crate::{App, Result};

/// A status that is known came by the inbox of one reader more. Open ones are for everybody anyway; who is
/// mentioned already stays so.
pub async fn add_reader(app: &App, status: &Status, reader: AccountId) -> Result<()> {
    if status.visibility.is_open() {
        return Ok(());
    }
    let mut conn = app.conn().await?;
    Ok(mentions::insert(&mut conn, status.id, &[reader], true).await?)
}

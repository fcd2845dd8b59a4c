//! Suggestions of accounts to follow.

use db::accounts::Account;
use db::suggestions;

use crate::{App, Result};

/// Suggests an account to another no more.
pub async fn dismiss(app: &App, viewer: &Account, account: &Account) -> Result<()> {
    if viewer.id == account.id {
        return Ok(());
    }
    let mut conn = app.conn().await?;
    Ok(suggestions::dismiss(&mut conn, viewer.id, account.id).await?)
}

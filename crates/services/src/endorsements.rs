//! Showing accounts that one follows on the own profile.

use db::accounts::Account;
use db::{endorsements, follows};
use diesel_async::AsyncConnection;

use crate::{App, Error, Result};

/// Accounts that one account may endorse.
const MOST: i64 = 500;

/// Endorses; twice is once.
///
/// # Errors
/// [`Error::Invalid`] for somebody whom the account does not follow.
pub async fn endorse(app: &App, by: &Account, of: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if !follows::hold(conn, by.id, of.id).await? {
            return Err(Error::invalid("You must be already following the person you want to endorse"));
        }
        if endorsements::insert(conn, by.id, of.id).await? && endorsements::count(conn, by.id).await? > MOST {
            return Err(Error::invalid(format!("You cannot endorse more than {MOST} accounts")));
        }
        Ok(())
    })
    .await
}

/// Ends that; it need not have begun.
pub async fn unendorse(app: &App, by: &Account, of: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    endorsements::delete(&mut conn, by.id, of.id).await?;
    Ok(())
}

//! Choosing a new password without the old one, by a letter to the user's address.

use db::users::User;
use db::{password_resets, users};
use diesel_async::AsyncConnection;

use crate::letters::Letter;
use crate::registrations::{check_email, check_password};
use crate::{App, Error, Result, passwords, secrets};

/// Somebody asks for a letter. Whether the address is a user's is found out when the letter is written, so that
/// the answer and its time are the same for all.
pub async fn ask(app: &App, address: &str) -> Result<()> {
    let address = address.trim();
    if check_email(address).is_some() {
        return Ok(());
    }
    let mut conn = app.conn().await?;
    Letter::PasswordReset { address: address.to_owned() }.promise(&mut conn).await
}

/// Whether a token of a letter still works.
pub async fn is_good(app: &App, token: &str) -> Result<bool> {
    let mut conn = app.conn().await?;
    Ok(password_resets::find(&mut conn, &secrets::hash(token)).await?.is_some())
}

/// Gives a new password, and ends everything that the old one opened. The token works no more.
///
/// # Errors
/// [`Error::NotFound`] for a token that is unknown, used or too old, [`Error::Invalid`] for a bad password.
pub async fn redeem(app: &App, token: &str, password: &str) -> Result<()> {
    if let Some(problem) = check_password(password) {
        return Err(Error::invalid(problem.sentence()));
    }
    if !is_good(app, token).await? {
        return Err(Error::NotFound);
    }
    let hash = passwords::hash(password).await?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let user = password_resets::take(conn, &secrets::hash(token)).await?.ok_or(Error::NotFound)?;
        crate::users::replace_password(conn, user, &hash).await
    })
    .await
}

/// Somebody who is signed in chooses another password, with the old one.
///
/// # Errors
/// [`Error::Forbidden`] when the old one is wrong, [`Error::Invalid`] for a bad new one.
pub async fn change(app: &App, user: &User, old: &str, new: &str) -> Result<()> {
    let known = {
        let mut conn = app.conn().await?;
        users::password_hash(&mut conn, user.id).await?
    };
    if !passwords::verify(old, Some(&known)).await? {
        return Err(Error::Forbidden("Your present password is another one"));
    }
    crate::users::set_password(app, user.id, new).await
}

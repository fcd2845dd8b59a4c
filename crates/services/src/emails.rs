//! Addresses of users, and how they are confirmed.

use chrono::{Duration, Utc};
use db::ApplicationId;
use db::users::{self, User};
use diesel::result::{DatabaseErrorKind, Error as DbError};
use diesel_async::AsyncConnection;

use crate::letters::Letter;
use crate::registrations::check_email;
use crate::{App, Error, Result, secrets};

/// How long a letter confirms.
pub const CONFIRMATION_LIFE: Duration = Duration::days(7);
/// Nobody gets another letter sooner.
const PAUSE: Duration = Duration::minutes(1);

/// Somebody who has not confirmed the address asks for another letter, perhaps to another address. Whoever asks
/// again within a minute gets no second one.
///
/// # Errors
/// [`Error::Forbidden`] when the address is confirmed, or the client is not the one that the user signed up
/// with; [`Error::Invalid`] for an address that is none or is taken.
pub async fn ask_again(app: &App, user: &User, client: ApplicationId, address: Option<&str>) -> Result<()> {
    let mut conn = app.conn().await?;
    let awaited = users::awaited(&mut conn, user.id).await?;
    if awaited.application != Some(client) {
        return Err(Error::Forbidden(
            "This method is only available to the application the user originally signed-up with",
        ));
    }
    if user.confirmed_at.is_some() {
        return Err(Error::Forbidden(
            "This method is only available while the e-mail is awaiting confirmation",
        ));
    }
    let address = address.map(str::trim).filter(|address| *address != user.email);
    if let Some(problem) = address.and_then(check_email) {
        return Err(Error::invalid(problem.sentence()));
    }
    if address.is_none() && awaited.sent_at.is_some_and(|at| at > Utc::now() - PAUSE) {
        return Ok(());
    }
    let taken = || Error::invalid("E-mail address has already been taken");
    conn.transaction(async |conn| {
        if let Some(address) = address {
            users::set_unconfirmed_email(conn, user.id, address).await.map_err(|error| match error {
                DbError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => taken(),
                other => other.into(),
            })?;
        }
        Letter::Confirmation { user: user.id }.promise(conn).await
    })
    .await
}

/// Confirms the address that a letter with this token was sent to; whose it is.
///
/// # Errors
/// [`Error::NotFound`] for a token that is unknown, too old or used.
pub async fn confirm(app: &App, token: &str) -> Result<User> {
    let mut conn = app.conn().await?;
    let since = Utc::now() - CONFIRMATION_LIFE;
    users::confirm_by(&mut conn, &secrets::hash(token), since).await?.ok_or(Error::NotFound)
}

//! Users: signing in, passwords, roles, and the end of everything a user was let in by.

use chrono::Utc;
use db::accounts::Account;
use db::users::{self, User};
use db::{Conn, UserId, sessions};
use diesel_async::AsyncConnection;

use crate::letters::Letter;
use crate::registrations::check_password;
use crate::{App, Error, Result, oauth, passwords};

/// Why a user who is known may do nothing at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A moderator disabled the login or suspended the account.
    Disabled,
    /// The e-mail address is not confirmed.
    Unconfirmed,
    /// A moderator has not decided yet.
    Pending,
}

impl Obstacle {
    /// The sentence of the client API.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Disabled => "Your login is currently disabled",
            Self::Unconfirmed => "Your login is missing a confirmed e-mail address",
            Self::Pending => "Your login is currently pending approval",
        }
    }
}

/// What is in this user's way.
pub fn obstacle(user: &User, account: &Account) -> Option<Obstacle> {
    if user.disabled_at.is_some() || account.suspended_at.is_some() {
        Some(Obstacle::Disabled)
    } else if user.confirmed_at.is_none() {
        Some(Obstacle::Unconfirmed)
    } else if user.approved_at.is_none() {
        Some(Obstacle::Pending)
    } else {
        None
    }
}

/// The user with this e-mail address or username and this password. It takes the same time whether there is
/// one or not. Whether the user may come in, [`obstacle`] says.
pub async fn authenticate(app: &App, login: &str, password: &str) -> Result<Option<(User, Account)>> {
    let login = login.trim().trim_start_matches('@');
    if login.len() > 300 {
        return Ok(None);
    }
    let known = {
        let mut conn = app.conn().await?;
        users::find_credentials(&mut conn, login).await?
    };
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    if !passwords::verify(password, hash).await? {
        return Ok(None);
    }
    let Some(known) = known else { return Ok(None) };
    let mut conn = app.conn().await?;
    let account = db::accounts::find(&mut conn, known.user.account_id).await?;
    Ok(Some((known.user, account)))
}

/// The user with this username, or [`Error::NotFound`].
pub async fn find(app: &App, username: &str) -> Result<(User, Account)> {
    let mut conn = app.conn().await?;
    users::find_by_username(&mut conn, username).await?.ok_or(Error::NotFound)
}

/// Gives a new password, and ends everything that the old one opened.
pub async fn set_password(app: &App, user: UserId, password: &str) -> Result<()> {
    if let Some(problem) = check_password(password) {
        return Err(Error::invalid(problem.sentence()));
    }
    let hash = passwords::hash(password).await?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| replace_password(conn, user, &hash).await).await
}

/// Gives a new password by its hash, in the caller's transaction: what the old one opened is closed, letters
/// that would let somebody choose another one work no more, and the user is told by letter.
pub async fn replace_password(conn: &mut Conn, user: UserId, hash: &str) -> Result<()> {
    users::set_password_hash(conn, user, hash).await?;
    db::password_resets::delete(conn, user).await?;
    revoke_all(conn, user).await?;
    Letter::PasswordChanged { user }.promise(conn).await
}

/// Confirms the e-mail address and approves, by whoever runs the server.
pub async fn confirm(app: &App, user: UserId) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(users::confirm(&mut conn, user).await?)
}

/// Gives a role, one of [`db::users::role`].
pub async fn set_role(app: &App, user: UserId, role: i16) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(users::set_role(&mut conn, user, role).await?)
}

/// Ends the right to sign in, and everything that is open.
pub async fn disable(app: &App, user: UserId) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        users::set_disabled(conn, user, Some(Utc::now())).await?;
        revoke_all(conn, user).await
    })
    .await
}

/// Ends every session, token, code and stream of a user, in the caller's transaction. The one function for
/// a new password, a disabled login and a suspension, by whichever door.
pub async fn revoke_all(conn: &mut Conn, user: UserId) -> Result<()> {
    sessions::delete_all_of(conn, user).await?;
    oauth::withdraw(conn, user, None).await
}

/// Notes once a day that a user was here.
pub async fn seen(conn: &mut Conn, user: &User) -> Result<()> {
    let today = Utc::now().date_naive();
    if user.last_active_on != Some(today) {
        users::touch(conn, user.id, today).await?;
    }
    Ok(())
}

//! Letters by e-mail: what is said in them, and to whom. `worker` hands them to the mail server.
//!
//! A letter in the queue says whom it is for, and holds no secret: what opens something is made when the letter
//! is written, and only its hash is kept.

use std::time::Duration as Span;

use chrono::{Duration, Utc};
use db::{Conn, UserId, password_resets, users};
use diesel::OptionalExtension;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::{App, Result, emails, secrets};

/// How long a permission to choose a new password lasts.
const RESET_LIFE: Duration = Duration::hours(1);
/// Nobody gets another letter with such a permission sooner.
const RESET_PAUSE: Duration = Duration::minutes(2);

/// A letter to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// Asks a new user to confirm the address.
    Confirmation {
        /// Who.
        user: UserId,
    },
    /// Lets somebody choose a new password, if the address is a user's.
    PasswordReset {
        /// As it was typed.
        address: String,
    },
    /// Says that the password was changed.
    PasswordChanged {
        /// Whose.
        user: UserId,
    },
}

impl Job for Letter {
    const KIND: &'static str = "letter";
    const QUEUE: Queue = Queue::MAIL;
    const TIMEOUT: Span = Span::from_mins(2);

    fn dedup_key(&self) -> Option<String> {
        Some(match self {
            Self::Confirmation { user } => format!("confirmation:{user}"),
            Self::PasswordReset { address } => format!("reset:{}", address.to_lowercase()),
            Self::PasswordChanged { user } => format!("changed:{user}"),
        })
    }
}

impl Letter {
    /// Promises the letter, in the caller's transaction.
    pub async fn promise(&self, conn: &mut Conn) -> Result<()> {
        Ok(jobs::enqueue(conn, self).await?)
    }

    /// What it is, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Confirmation { .. } => "confirmation of an address",
            Self::PasswordReset { .. } => "permission to choose a new password",
            Self::PasswordChanged { .. } => "note on a new password",
        }
    }
}

/// A letter that can be sent. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Written {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Written")
    }
}

/// Writes a letter; `None` when there is no reason for it any more.
pub async fn write(app: &App, letter: &Letter) -> Result<Option<Written>> {
    match letter {
        Letter::Confirmation { user } => confirmation(app, *user).await,
        Letter::PasswordReset { address } => password_reset(app, address).await,
        Letter::PasswordChanged { user } => password_changed(app, *user).await,
    }
}

async fn confirmation(app: &App, user: UserId) -> Result<Option<Written>> {
    let mut conn = app.conn().await?;
    let Some(user) = users::find(&mut conn, user).await.optional()? else { return Ok(None) };
    let account = db::accounts::find(&mut conn, user.account_id).await?;
    let token = secrets::generate();
    if user.disabled_at.is_some()
        || !users::set_confirmation(&mut conn, user.id, &secrets::hash(&token)).await?
    {
        return Ok(None);
    }
    let (site, handle) = (site(app), handle(app, &account.username));
    let link = app.urls.at(&format!("/auth/confirm?token={token}"));
    let days = emails::CONFIRMATION_LIFE.num_days();
    Ok(Some(Written {
        to: user.email,
        subject: format!("Confirm your address for {site}"),
        text: format!(
            "Hello,\n\nsomebody, probably you, signed up as {handle} with this address. To confirm that it is \
             yours, open this page within {days} days and press the button there:\n\n{link}\n\nIf it was not \
             you, do nothing; the account cannot be used without this.\n"
        ),
    }))
}

async fn password_reset(app: &App, address: &str) -> Result<Option<Written>> {
    let mut conn = app.conn().await?;
    let Some(id) = users::find_by_email(&mut conn, address).await? else { return Ok(None) };
    let Some(user) = users::find(&mut conn, id).await.optional()? else { return Ok(None) };
    let given = password_resets::given_at(&mut conn, id).await?;
    if user.disabled_at.is_some() || given.is_some_and(|at| at > Utc::now() - RESET_PAUSE) {
        return Ok(None);
    }
    let account = db::accounts::find(&mut conn, user.account_id).await?;
    let token = secrets::generate();
    let expires_at = Utc::now() + RESET_LIFE;
    password_resets::save(&mut conn, id, &secrets::hash(&token), expires_at).await?;
    let (site, handle) = (site(app), handle(app, &account.username));
    let link = app.urls.at(&format!("/auth/password/edit?token={token}"));
    Ok(Some(Written {
        to: user.email,
        subject: format!("A new password for {site}"),
        text: format!(
            "Hello,\n\nsomebody, probably you, asked for a new password for {handle}. To choose one, open this \
             page within an hour:\n\n{link}\n\nIt works once. If it was not you, do nothing: your password \
             stays as it is.\n"
        ),
    }))
}

async fn password_changed(app: &App, user: UserId) -> Result<Option<Written>> {
    let mut conn = app.conn().await?;
    let Some(user) = users::find(&mut conn, user).await.optional()? else { return Ok(None) };
    let account = db::accounts::find(&mut conn, user.account_id).await?;
    let (site, handle) = (site(app), handle(app, &account.username));
    let link = app.urls.at("/auth/password/new");
    Ok(Some(Written {
        to: user.email,
        subject: format!("Your password for {site} was changed"),
        text: format!(
            "Hello,\n\nthe password of {handle} was changed just now, and every browser and app was signed out. \
             If that was you, all is well.\n\nIf it was not, choose another one at once:\n\n{link}\n"
        ),
    }))
}

/// The instance's name, in one line.
fn site(app: &App) -> String {
    text::clean_line(&app.config.instance.title, 100)
}

fn handle(app: &App, username: &str) -> String {
    format!("@{username}@{}", app.urls.domain())
}

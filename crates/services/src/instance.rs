//! The instance itself: what its database was made for, and its own actor.

use db::accounts::{self, Account, INSTANCE_ACTOR, kind};
use db::instances;
use diesel_async::AsyncConnection;

use crate::local_accounts::{NewLocal, create_local, generate_key};
use crate::{App, Error, Result, keys, mutes};

/// What must be there before the first request: the database belongs to this domain, and the instance has
/// an actor that signs fetches, and a key for push services.
///
/// # Errors
/// When the database was made for another domain, since every id in it contains that one.
pub async fn prepare(app: &App) -> Result<()> {
    let mut conn = app.conn().await?;
    let domain = app.urls.domain();
    let made_for = instances::identity(&mut conn, domain).await?;
    if made_for != domain {
        let problem =
            format!("this database was made for {made_for}, and the domain cannot be changed to {domain}");
        return Err(Error::Internal(config::Error::key("instance.domain", problem).into()));
    }
    if accounts::instance_actor(&mut conn).await?.is_none() {
        let key = generate_key().await?;
        let new = NewLocal { username: INSTANCE_ACTOR.to_owned(), kind: kind::APPLICATION, locked: true };
        // Two processes that start at once: one of them finds the name taken, and that is well.
        create_local(&mut conn, &app.urls, &new, &key).await?;
    }
    drop(conn);
    keys::vapid(app).await?;
    Ok(())
}

/// Talks to a host, and to every host whose name ends in it, no more: what they send is refused, what waits
/// for them is dropped, what their accounts wrote is not shown. Returns the host as it is stored.
///
/// # Errors
/// [`Error::Invalid`] for what is no host, or our own.
pub async fn block(app: &App, host: &str) -> Result<String> {
    set_blocked(app, host, true).await
}

/// Talks to a host again.
///
/// # Errors
/// [`Error::Invalid`] for what is no host, or our own.
pub async fn unblock(app: &App, host: &str) -> Result<String> {
    set_blocked(app, host, false).await
}

async fn set_blocked(app: &App, host: &str, blocked: bool) -> Result<String> {
    let host = mutes::host(app, host)?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| Ok::<_, Error>(instances::set_blocked(conn, &host, blocked).await?))
        .await?;
    Ok(host)
}

/// Says why a host is blocked, for those who may see the list of blocks.
///
/// # Errors
/// [`Error::Invalid`] for what is no host, or our own.
pub async fn comment_on(app: &App, host: &str, comment: &str) -> Result<()> {
    let host = mutes::host(app, host)?;
    let mut conn = app.conn().await?;
    Ok(instances::set_public_comment(&mut conn, &host, &text::clean_line(comment, 500)).await?)
}

/// The account that clients show as contact: the one of the settings if it is there, else that of the first
/// administrator.
pub async fn contact(app: &App, conn: &mut db::Conn) -> Result<Option<db::AccountId>> {
    if let Some(name) = &app.config.instance.contact_account {
        let account = accounts::find_by_handle(conn, name.trim_start_matches('@'), None).await?;
        return Ok(account.filter(|account| account.suspended_at.is_none()).map(|account| account.id));
    }
    Ok(db::users::head(conn).await?)
}

/// The instance's actor.
pub async fn actor(app: &App) -> Result<Account> {
    let mut conn = app.conn().await?;
    accounts::instance_actor(&mut conn).await?.ok_or(Error::NotFound)
}

//! Muting: what one does not want to see, without anybody being told.

use chrono::{DateTime, Utc};
use db::accounts::Account;
use db::{AccountId, StatusId, conversation_mutes, notifications, relationships};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::statuses::original;
use crate::{App, Error, Result, follows, news};

/// Hides an account, its notifications too if wanted, until a time or for good.
pub async fn mute(
    app: &App,
    by: &Account,
    of: &Account,
    hide_notifications: bool,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    if by.id == of.id {
        return Err(Error::invalid("You cannot mute yourself"));
    }
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        relationships::mute(conn, by.id, of.id, hide_notifications, until).await?;
        Ok(news::feed_changed(conn, &[by.id]).await?)
    })
    .await
}

/// Shows an account again.
pub async fn unmute(app: &App, by: &Account, of: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if relationships::unmute(conn, by.id, of.id).await? {
            news::feed_changed(conn, &[by.id]).await?;
        }
        Ok(())
    })
    .await
}

/// No more notifications from the conversation of a status.
pub async fn mute_conversation(app: &App, by: &Account, status: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    let status = original(&mut conn, by.id, status).await?;
    conversation_mutes::insert(&mut conn, by.id, status.conversation_id).await?;
    Ok(())
}

/// Notifications from the conversation of a status again.
pub async fn unmute_conversation(app: &App, by: &Account, status: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    let status = original(&mut conn, by.id, status).await?;
    conversation_mutes::delete(&mut conn, by.id, status.conversation_id).await?;
    Ok(())
}

/// Hides a whole host, and ends all follows with it.
pub async fn mute_domain(app: &App, by: &Account, domain: &str) -> Result<()> {
    let domain = host(app, domain)?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if relationships::mute_domain(conn, by.id, &domain).await? {
            news::feed_changed(conn, &[by.id]).await?;
            Event::DomainMuted { by: by.id, domain }.emit(conn).await?;
        }
        Ok(())
    })
    .await
}

/// Ends follows and requests both ways with an account on a host that was hidden, and takes back what each
/// notified the other of; false when the host is shown again.
pub async fn sever(app: &App, by: AccountId, domain: &str, other: AccountId) -> Result<bool> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if !relationships::hold_domain_mute(conn, by, domain).await? {
            return Ok(false);
        }
        relationships::lock_pair(conn, by, other).await?;
        if let Some(uri) = follows::end(conn, by, other).await? {
            Event::Unfollowed { by, of: other, uri }.emit(conn).await?;
        }
        if let Some(uri) = follows::end(conn, other, by).await? {
            Event::FollowRejected { by: other, of: by, uri }.emit(conn).await?;
        }
        notifications::delete_between(conn, by, other).await?;
        Ok(true)
    })
    .await
}

/// Shows a host again.
pub async fn unmute_domain(app: &App, by: &Account, domain: &str) -> Result<()> {
    let domain = host(app, domain)?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        relationships::unmute_domain(conn, by.id, &domain).await?;
        Ok(news::feed_changed(conn, &[by.id]).await?)
    })
    .await
}

/// A host other than our own as it is stored, read with the rules of handles.
pub(crate) fn host(app: &App, domain: &str) -> Result<String> {
    if domain.trim().is_empty() {
        return Err(Error::invalid("Domain can't be blank"));
    }
    let handle = text::Handle::parse(&format!("name@{}", domain.trim()))
        .map_err(|_| Error::invalid("Domain is not a valid domain name"))?;
    match handle.domain {
        Some(host) if host != app.urls.domain() => Ok(host),
        _ => Err(Error::invalid("Domain is not a valid domain name")),
    }
}

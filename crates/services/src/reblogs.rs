//! Reblogs: a status of one's own that points to another.

use chrono::{DateTime, Utc};
use db::accounts::{self, Account};
use db::notifications::{self, Kind};
use db::statuses::{self, Counter, NewStatus, Status};
use db::{Conn, StatusId, Visibility};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::statuses::{acted_on, original};
use crate::{App, Error, Result};

/// How a status is reblogged.
#[derive(Clone, Debug, Default)]
pub struct Reblog {
    /// For whom; public when not said, and never for more than may see the original.
    pub visibility: Option<Visibility>,
    /// The id of a remote Announce.
    pub uri: Option<String>,
    /// When a remote account announced it.
    pub published: Option<DateTime<Utc>>,
}

/// Reblogs a status and returns the wrapper; reblogging twice returns the same one.
///
/// # Errors
/// [`Error::NotFound`] for what the account may not see, [`Error::Forbidden`] for private statuses of
/// others and for direct ones.
pub async fn reblog(app: &App, by: &Account, status: StatusId, how: Reblog) -> Result<Status> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(uri) = &how.uri
            && db::tombstones::hold(conn, uri, &by.uri).await?
        {
            return Err(Error::Gone);
        }
        let original = original(conn, by.id, status).await?;
        let visibility = visibility_of(&original, by, how.visibility)?;
        let published = how.published.unwrap_or_else(Utc::now).min(Utc::now());
        let id = statuses::new_id(conn, published).await?;
        let uri = how.uri.clone().unwrap_or_else(|| app.urls.reblog(&by.username, id));
        let new = NewStatus {
            id,
            account_id: by.id,
            url: None,
            uri,
            local: by.is_local(),
            visibility,
            content: String::new(),
            spoiler_text: String::new(),
            sensitive: false,
            language: original.language.clone(),
            source: None,
            content_type: 0,
            conversation_id: id.0,
            in_reply_to_id: None,
            in_reply_to_account_id: None,
            in_reply_to_uri: None,
            reblog_of_id: Some(original.id),
            application_id: None,
            media_count: 0,
            mentions_count: 0,
            tags_count: 0,
            emojis_count: 0,
            created_at: published,
            has_poll: false,
            local_only: original.local_only,
            quote_policy: 0,
            has_quote: false,
        };
        let Some(reblog) = statuses::insert(conn, &new).await? else {
            return known(conn, &new, original.id).await;
        };
        statuses::count(conn, original.id, Counter::Reblogs, 1).await?;
        accounts::count_published(conn, by.id, published).await?;
        Event::StatusCreated { status: id, upwards: false }.emit(conn).await?;
        Ok(reblog)
    })
    .await
}

/// For whom a reblog is, if it is allowed.
fn visibility_of(original: &Status, by: &Account, wanted: Option<Visibility>) -> Result<Visibility> {
    let allowed = match original.visibility {
        Visibility::Public | Visibility::Unlisted => true,
        Visibility::Private => original.account_id == by.id,
        Visibility::Direct => false,
    };
    if !allowed {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    let visibility = wanted.unwrap_or(Visibility::Public).max(match original.visibility {
        Visibility::Private => Visibility::Private,
        _ => Visibility::Public,
    });
    if visibility == Visibility::Direct {
        return Err(Error::invalid("A reblog cannot be direct"));
    }
    Ok(visibility)
}

/// Why a reblog could not be written: it is there, it was taken back before it came, or only its id is taken.
async fn known(conn: &mut Conn, new: &NewStatus, original: StatusId) -> Result<Status> {
    if let Some(known) = statuses::find_reblog(conn, new.account_id, original).await? {
        return Ok(known);
    }
    match statuses::find_by_uri(conn, &new.uri).await? {
        Some(_) => Err(Error::NotFound),
        None => Err(Error::Busy),
    }
}

/// Takes the account's reblog of a status back, also when it may not see that any more; there need not be one.
/// The reblog itself may be named too. Returns what was reblogged.
pub async fn unreblog(app: &App, by: &Account, status: StatusId) -> Result<StatusId> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let original = acted_on(conn, status).await?;
        if let Some(reblog) = statuses::find_reblog(conn, by.id, original.id).await? {
            remove(conn, &reblog, original.id).await?;
        }
        Ok::<_, Error>(original.id)
    })
    .await
}

/// Removes a reblog, in the caller's transaction.
pub(crate) async fn remove(conn: &mut Conn, reblog: &Status, of: StatusId) -> Result<()> {
    if !statuses::bury(conn, reblog.id).await? {
        return Ok(());
    }
    statuses::count(conn, of, Counter::Reblogs, -1).await?;
    accounts::count(conn, reblog.account_id, accounts::Counter::Statuses, -1).await?;
    if let Some(original) = statuses::find(conn, of).await.optional()? {
        let (to, from) = (original.account_id, reblog.account_id);
        notifications::withdraw(conn, to, from, Kind::Reblog, Some(of)).await?;
    }
    Event::ReblogDeleted { reblog: reblog.id, of, by: reblog.account_id }.emit(conn).await?;
    Ok(())
}

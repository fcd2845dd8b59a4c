//! Quotes: a status that shows another one, if that one's author agrees.

mod consent;

use db::accounts::{self, Account};
use db::notifications::{self, Kind};
use db::quotes::{self, Policy, Quotable, Quote, State};
use db::statuses::{self, Counter, Status};
use db::{AccountId, Conn, StatusId, Visibility, follows, relationships};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;
use text::SafeHtml;

use crate::events::Event;
use crate::publish::Post;
use crate::statuses::original;
use crate::{App, Error, Result};

pub use consent::{
    accepted_elsewhere, answer, decline, may_quote, receive_aside, rejected_elsewhere, resolve, verified,
    withdrawn,
};

/// What a status quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Its ActivityPub id, or its page.
    pub uri: String,
    /// The id of the approval that it claims to have.
    pub authorization: Option<String>,
    known: Option<StatusId>,
}

impl Quoted {
    /// As a status from elsewhere says.
    pub fn claimed(uri: String, authorization: Option<String>) -> Self {
        Self { uri, authorization, known: None }
    }

    /// Something that its author was found to be free to quote.
    pub(crate) fn known(status: &Status) -> Self {
        Self { uri: status.uri.clone(), authorization: None, known: Some(status.id) }
    }
}

/// What somebody here wants to quote; of a reblog, what it reblogs.
///
/// # Errors
/// [`Error::NotFound`] for what the account may not see, and for what it may see but not quote.
pub(crate) async fn quotable(conn: &mut Conn, by: &Account, id: StatusId) -> Result<Status> {
    let status = original(conn, by.id, id).await?;
    if !has_right_visibility(by, &status) || relationships::blocks(conn, by.id, status.account_id).await? {
        return Err(Error::NotFound);
    }
    match consent(conn, by, &status).await? {
        Quotable::Denied => Err(Error::NotFound),
        Quotable::Unknown | Quotable::Manual | Quotable::Automatic => Ok(status),
    }
}

/// What is for followers only is quoted by nobody but its author, and direct ones by nobody.
fn has_right_visibility(by: &Account, status: &Status) -> bool {
    match status.visibility {
        Visibility::Public | Visibility::Unlisted => true,
        Visibility::Private => status.account_id == by.id,
        Visibility::Direct => false,
    }
}

/// What the author's policy means for somebody who may see the status.
async fn consent(conn: &mut Conn, by: &Account, status: &Status) -> Result<Quotable> {
    if status.account_id == by.id {
        return Ok(Quotable::Automatic);
    }
    let policy = Policy(status.quote_policy);
    let asks = |whom: Policy| policy.includes(whom.and(whom.when_asked()));
    let follows = asks(Policy::FOLLOWERS) && follows::find(conn, by.id, status.account_id).await?.is_some();
    let followed = asks(Policy::FOLLOWING) && follows::find(conn, status.account_id, by.id).await?.is_some();
    Ok(policy.for_viewer(follows, followed))
}

/// What a status quotes, as far as it is known and there.
pub(crate) async fn quoted_in(conn: &mut Conn, status: &Status) -> Result<Option<Status>> {
    let quote = if status.has_quote { quotes::find(conn, status.id).await? } else { None };
    match quote.and_then(|quote| quote.quoted_status_id) {
        Some(id) => Ok(statuses::find(conn, id).await.optional()?),
        None => Ok(None),
    }
}

/// For whom a status is that quotes: never for more than may see what it quotes.
///
/// # Errors
/// [`Error::Invalid`] when something direct quotes somebody who is not mentioned.
pub(crate) fn visibility(
    by: &Account,
    wanted: Visibility,
    quoted: Option<&Status>,
    mentioned: &[AccountId],
) -> Result<Visibility> {
    let Some(quoted) = quoted else { return Ok(wanted) };
    let is_told = quoted.account_id == by.id || mentioned.contains(&quoted.account_id);
    if wanted == Visibility::Direct && !is_told {
        return Err(Error::invalid("Cannot quote a non-mentioned user in a Private Mention post."));
    }
    Ok(if quoted.visibility == Visibility::Private { wanted.max(Visibility::Private) } else { wanted })
}

/// What was typed, with a link to what it quotes unless there is one already.
pub(crate) fn with_link(html: SafeHtml, source: &str, quoted: Option<&Status>) -> SafeHtml {
    let Some(quoted) = quoted else { return html };
    let page = quoted.url.as_deref().filter(|url| !url.is_empty()).unwrap_or(&quoted.uri);
    let is_named = [page, quoted.uri.as_str()].iter().any(|url| source.contains(url));
    if is_named { html } else { text::after_quote_link(page, &html) }
}

/// The row for what a status quotes; `None` when it quotes nothing that its author may quote.
///
/// # Errors
/// [`Error::NotFound`] when something that was known is gone or hidden since.
pub(crate) async fn prepare(
    app: &App,
    conn: &mut Conn,
    by: &Account,
    status: StatusId,
    quoted: Option<&Quoted>,
) -> Result<Option<Quote>> {
    let Some(quoted) = quoted else { return Ok(None) };
    let found = match quoted.known {
        Some(id) => Some(statuses::hold_visible(conn, by.id, id).await?),
        None => find(app, conn, &quoted.uri).await?,
    };
    if let Some(found) = &found
        && quoted.known.is_none()
        && !consent::may_be_shown_by(conn, by, found).await?
    {
        return Ok(None);
    }
    let mut quote = Quote {
        status_id: status,
        account_id: by.id,
        quoted_status_id: found.as_ref().map(|found| found.id),
        quoted_account_id: found.as_ref().map(|found| found.account_id),
        quoted_uri: quoted.uri.clone(),
        state: State::Pending as i16,
        authorization_uri: quoted.authorization.clone(),
        request_uri: None,
        created_at: chrono::Utc::now(),
    };
    if let Some(found) = found {
        if found.account_id == by.id {
            quote.state = State::Accepted as i16;
            quote.authorization_uri = None;
        } else if found.local && by.is_local() {
            quote.state = State::Accepted as i16;
            quote.authorization_uri = Some(approval(app, conn, &found, status).await?);
        } else if found.local {
            // Whether we approved is for nobody else to say.
            quote.authorization_uri = None;
        }
    }
    Ok(Some(quote))
}

/// What has this id or page, if it is known and there.
async fn find(app: &App, conn: &mut Conn, uri: &str) -> Result<Option<Status>> {
    let found = match (statuses::find_by_uri(conn, uri).await?, app.urls.local_status(uri)) {
        (None, Some(id)) => statuses::find(conn, id).await.optional()?.filter(|status| status.local),
        (found, _) => found,
    };
    Ok(found.filter(|status| status.deleted_at.is_none()))
}

/// The id of the approval that the author of `quoted`, who lives here, gives.
async fn approval(app: &App, conn: &mut Conn, quoted: &Status, quoting: StatusId) -> Result<String> {
    let author = accounts::find(conn, quoted.account_id).await?;
    Ok(app.urls.quote_authorization(&author.username, quoting))
}

/// Writes the quote of a status that was written just now.
pub(crate) async fn begin(conn: &mut Conn, quote: &Quote, is_local: bool) -> Result<()> {
    quotes::put(conn, quote).await?;
    match quote.state() {
        State::Accepted => count(conn, quote, 1).await,
        _ if is_local => Ok(Event::QuoteRequested { status: quote.status_id }.emit(conn).await?),
        _ => Ok(()),
    }
}

/// What an edit changes: who may quote the status, and, of something from elsewhere, what it quotes. `status` is
/// as it was.
pub(crate) async fn revise(
    app: &App,
    conn: &mut Conn,
    by: &Account,
    status: &Status,
    post: &Post,
) -> Result<()> {
    change_policy(conn, status, post.quote_policy).await?;
    if status.local {
        return Ok(());
    }
    let before = quotes::lock(conn, status.id).await?;
    match (before, &post.quote) {
        (Some(before), Some(quoted)) if before.quoted_uri == quoted.uri => {
            consent::claim(conn, &before, quoted.authorization.as_deref()).await
        }
        (before, quoted) => {
            if before.is_some() {
                forget(conn, status.id).await?;
            }
            let quote = prepare(app, conn, by, status.id, quoted.as_ref()).await?;
            if status.has_quote != quote.is_some() {
                quotes::mark(conn, status.id, quote.is_some()).await?;
            }
            match &quote {
                Some(quote) => begin(conn, quote, false).await,
                None => Ok(()),
            }
        }
    }
}

/// Writes who may quote a status, if that is not so already; true then. What is not for everybody is quoted by
/// its author alone.
async fn change_policy(conn: &mut Conn, status: &Status, policy: Policy) -> Result<bool> {
    let policy = if status.visibility.is_open() { policy } else { Policy::NOBODY };
    let is_new = policy.0 != status.quote_policy;
    if is_new {
        quotes::set_policy(conn, status.id, policy).await?;
    }
    Ok(is_new)
}

/// Changes who may quote a status; quotes that are there stay. `setting` is counted as in the settings of users.
///
/// # Errors
/// [`Error::NotFound`] unless it is the account's own.
pub async fn set_policy(app: &App, by: &Account, id: StatusId, setting: i16) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let status = statuses::lock(conn, id).await?;
        if status.account_id != by.id || status.reblog_of_id.is_some() {
            return Err(Error::NotFound);
        }
        if change_policy(conn, &status, Policy::of_setting(setting)).await? {
            Event::QuotePolicyChanged { status: id }.emit(conn).await?;
        }
        Ok(())
    })
    .await
}

/// Takes back what allowed `quoting` to show a status of the account's; it may be taken back already.
///
/// # Errors
/// [`Error::NotFound`] when one cannot be seen or does not quote the other, [`Error::Forbidden`] when the quoted
/// one is somebody else's.
pub async fn revoke(app: &App, by: &Account, quoted: StatusId, quoting: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let quoted = statuses::find_visible(conn, Some(by.id), quoted).await?;
        if quoted.account_id != by.id {
            return Err(Error::Forbidden("This action is not allowed"));
        }
        statuses::find_visible(conn, Some(by.id), quoting).await?;
        let quote = quotes::lock(conn, quoting).await?;
        let quote = quote.filter(|quote| quote.quoted_status_id == Some(quoted.id));
        let quote = quote.ok_or(Error::NotFound)?;
        let state = match quote.state() {
            State::Accepted => State::Revoked,
            State::Pending => State::Rejected,
            State::Rejected | State::Revoked => return Ok(()),
        };
        consent::end(conn, &quote, state).await?;
        notifications::withdraw(conn, by.id, quote.account_id, Kind::Quote, Some(quoting)).await?;
        if let Some(approval) = quote.authorization_uri {
            Event::QuoteRevoked { by: by.id, of: quote.account_id, approval }.emit(conn).await?;
        }
        Ok(())
    })
    .await
}

/// Removes the quote of a status that is deleted, or quotes it no more.
pub(crate) async fn forget(conn: &mut Conn, status: StatusId) -> Result<()> {
    match quotes::delete(conn, status).await? {
        Some(quote) if quote.state() == State::Accepted => count(conn, &quote, -1).await,
        _ => Ok(()),
    }
}

async fn count(conn: &mut Conn, quote: &Quote, by: i64) -> Result<()> {
    if let Some(quoted) = quote.quoted_status_id {
        statuses::count(conn, quoted, Counter::Quotes, by).await?;
    }
    Ok(())
}

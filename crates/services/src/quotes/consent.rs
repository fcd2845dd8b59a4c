//! Consent between servers (FEP-044f): asking, answering, and taking back.

use db::accounts::Account;
use db::quotes::{self, Policy, Quotable, Quote, State};
use db::statuses::{self, Status};
use db::{Conn, StatusId, relationships};
use diesel_async::AsyncConnection;

use super::{Quoted, approval, change_policy, consent, count, has_right_visibility};
use crate::events::{Event, QuoteRequest};
use crate::{App, Error, Result};

/// Whether a status from elsewhere may point to this one at all: its author may see it.
pub(super) async fn may_be_shown_by(conn: &mut Conn, by: &Account, quoted: &Status) -> Result<bool> {
    let fits = quoted.reblog_of_id.is_none() && has_right_visibility(by, quoted);
    Ok(fits && statuses::may_see(conn, Some(by.id), quoted.id).await?)
}

/// Whether somebody elsewhere may quote a status of ours.
///
/// # Errors
/// [`Error::NotFound`] when it cannot be seen from there: whoever asks is not told that it exists.
pub async fn may_quote(app: &App, by: &Account, quoted: &Status) -> Result<bool> {
    let mut conn = app.conn().await?;
    if !may_be_shown_by(&mut conn, by, quoted).await? {
        return Err(Error::NotFound);
    }
    let blocked = relationships::blocks(&mut conn, quoted.account_id, by.id).await?;
    Ok(!blocked && consent(&mut conn, by, quoted).await? == Quotable::Automatic)
}

/// Says yes to a `QuoteRequest` of `by` for a status of ours, and no once it was revoked or rejected.
///
/// # Errors
/// [`Error::Invalid`] when `quoting` does not quote it, or somebody else wrote it.
pub async fn answer(
    app: &App,
    by: &Account,
    quoted: &Status,
    quoting: StatusId,
    request: QuoteRequest,
) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let quote = quotes::lock(conn, quoting).await?;
        let fits = |quote: &Quote| quote.quoted_status_id == Some(quoted.id) && quote.account_id == by.id;
        let quote = quote.filter(fits).ok_or_else(|| Error::invalid("it quotes something else"))?;
        let approval = match quote.state() {
            State::Pending => {
                let approval = approval(app, conn, quoted, quoting).await?;
                accept(conn, &quote, Some(&approval)).await?;
                quotes::set_request(conn, quoting, &request.id).await?;
                Some(approval)
            }
            State::Accepted => quote.authorization_uri,
            State::Rejected | State::Revoked => None,
        };
        Event::QuoteAnswered { by: quoted.account_id, of: by.id, request, approval }.emit(conn).await?;
        Ok(())
    })
    .await
}

/// Says no to a `QuoteRequest` of `by` for a status of ours.
pub async fn decline(app: &App, by: &Account, quoted: &Status, request: QuoteRequest) -> Result<()> {
    let mut conn = app.conn().await?;
    let no = Event::QuoteAnswered { by: quoted.account_id, of: by.id, request, approval: None };
    Ok(no.emit(&mut conn).await?)
}

/// The author of what somebody here quoted says yes, under this approval, which was checked.
///
/// # Errors
/// [`Error::Forbidden`] when it is somebody else who says so.
pub async fn accepted_elsewhere(app: &App, by: &Account, quoting: StatusId, approval: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let quote = asked_of(conn, by, quoting).await?;
        if quote.state() == State::Pending {
            accept(conn, &quote, Some(approval)).await?;
        }
        Ok(())
    })
    .await
}

/// The author of what somebody here quoted says no, perhaps after a yes.
///
/// # Errors
/// [`Error::Forbidden`] when it is somebody else who says so.
pub async fn rejected_elsewhere(app: &App, by: &Account, quoting: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let quote = asked_of(conn, by, quoting).await?;
        match quote.state() {
            State::Pending => end(conn, &quote, State::Rejected).await,
            State::Accepted => end(conn, &quote, State::Revoked).await,
            State::Rejected | State::Revoked => Ok(()),
        }
    })
    .await
}

async fn asked_of(conn: &mut Conn, author: &Account, quoting: StatusId) -> Result<Quote> {
    let quote = quotes::lock(conn, quoting).await?.ok_or(Error::NotFound)?;
    if quote.quoted_account_id == Some(author.id) && quote.account_id != author.id {
        Ok(quote)
    } else {
        Err(Error::Forbidden("Only the author of what is quoted may say so"))
    }
}

/// An author elsewhere deleted something; true when it was an approval of quotes of the own statuses, which are
/// revoked now.
pub async fn withdrawn(app: &App, by: &Account, uri: &str) -> Result<bool> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let authorised = quotes::authorised_by(conn, uri, by.id).await?;
        for status in &authorised {
            if let Some(quote) = quotes::lock(conn, *status).await?
                && quote.state() == State::Accepted
            {
                end(conn, &quote, State::Revoked).await?;
                // What quotes may go on claiming it.
                quotes::claim(conn, *status, Some(uri)).await?;
            }
        }
        if !authorised.is_empty() {
            // Should something else that claims it come later.
            db::tombstones::insert(conn, uri, &by.uri).await?;
        }
        Ok(!authorised.is_empty())
    })
    .await
}

/// What a status from elsewhere quotes was found: returns how the quote stands now; `None` when there is none,
/// or its author may not show that.
pub async fn resolve(app: &App, quoting: StatusId, by: &Account, quoted: &Status) -> Result<Option<Quote>> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let Some(quote) = quotes::lock(conn, quoting).await? else { return Ok(None) };
        if quote.quoted_status_id.is_some() {
            return Ok(Some(quote));
        }
        if !may_be_shown_by(conn, by, quoted).await? {
            return Ok(None);
        }
        quotes::resolve(conn, quoting, quoted.id, quoted.account_id).await?;
        let (id, author) = (Some(quoted.id), Some(quoted.account_id));
        let quote = Quote { quoted_status_id: id, quoted_account_id: author, ..quote };
        if quoted.account_id == by.id && quote.state() == State::Pending {
            accept(conn, &quote, None).await?;
            return Ok(Some(Quote { state: State::Accepted as i16, ..quote }));
        }
        Ok(Some(quote))
    })
    .await
}

/// The approval that a quote claims to have was asked for, and is good.
pub async fn verified(app: &App, quoting: StatusId, approval: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(quote) = quotes::lock(conn, quoting).await?
            && quote.state() == State::Pending
            && quote.authorization_uri.as_deref() == Some(approval)
        {
            accept(conn, &quote, Some(approval)).await?;
        }
        Ok(())
    })
    .await
}

/// What an Update that is no edit says aside: another approval, another policy. True when there is an approval to
/// be checked.
pub async fn receive_aside(
    app: &App,
    by: &Account,
    status: StatusId,
    quoted: Option<&Quoted>,
    policy: Policy,
) -> Result<bool> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let status = statuses::lock(conn, status).await?;
        if status.account_id != by.id || status.local {
            return Err(Error::Forbidden("Only its author may change a status"));
        }
        change_policy(conn, &status, policy).await?;
        if let (Some(quote), Some(quoted)) = (quotes::lock(conn, status.id).await?, quoted)
            && quote.quoted_uri == quoted.uri
        {
            claim(conn, &quote, quoted.authorization.as_deref()).await?;
            return Ok(quoted.authorization.is_some());
        }
        Ok(false)
    })
    .await
}

/// A status from elsewhere claims another approval than before, or none any more. Of what is quoted from here,
/// we know better; and an approval that was withdrawn is the one it had.
pub(super) async fn claim(conn: &mut Conn, quote: &Quote, approval: Option<&str>) -> Result<()> {
    if quote.authorization_uri.as_deref() == approval || quote.quoted_account_id == Some(quote.account_id) {
        return Ok(());
    }
    if let Some(author) = quote.quoted_account_id
        && db::accounts::find(conn, author).await?.is_local()
    {
        return Ok(());
    }
    match (quote.state(), approval) {
        (State::Accepted, None) => end(conn, quote, State::Revoked).await,
        (State::Accepted, Some(_)) => {
            end(conn, quote, State::Pending).await?;
            Ok(quotes::claim(conn, quote.status_id, approval).await?)
        }
        (_, None) => Ok(()),
        (_, Some(_)) => Ok(quotes::settle(conn, quote.status_id, State::Pending, approval).await?),
    }
}

async fn accept(conn: &mut Conn, quote: &Quote, approval: Option<&str>) -> Result<()> {
    quotes::settle(conn, quote.status_id, State::Accepted, approval).await?;
    count(conn, quote, 1).await?;
    Ok(Event::QuoteSettled { status: quote.status_id }.emit(conn).await?)
}

/// Ends consent: from now on the quote stands so.
pub(super) async fn end(conn: &mut Conn, quote: &Quote, state: State) -> Result<()> {
    quotes::settle(conn, quote.status_id, state, None).await?;
    if quote.state() == State::Accepted {
        count(conn, quote, -1).await?;
    }
    Ok(Event::QuoteSettled { status: quote.status_id }.emit(conn).await?)
}

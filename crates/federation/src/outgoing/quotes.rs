//! `QuoteRequest`, the answers to it, and the end of an approval (FEP-044f).

use activitypub_federation::kinds::activity::{AcceptType, DeleteType, RejectType};
use db::accounts::Account;
use db::quotes::{self, State};
use db::{AccountId, Conn, StatusId, accounts};
use serde::Serialize;
use services::events::QuoteRequest;

use super::statuses::{named, own, updated, uris};
use super::{Way, activity, found, local, open_destinations, send};
use crate::Federation;
use crate::documents;
use crate::wire::{self, Activity, PUBLIC, QuoteRequestType};

/// Somebody here quoted something elsewhere: a `QuoteRequest` to its author, with the Note that quotes.
pub async fn quote_requested(f: &Federation, conn: &mut Conn, status: StatusId) -> anyhow::Result<()> {
    let Some((status, by)) = own(conn, status).await? else { return Ok(()) };
    let quote = quotes::find(conn, status.id).await?.filter(|quote| quote.state() == State::Pending);
    let Some(quote) = quote else { return Ok(()) };
    let Some(of) = quote.quoted_account_id else { return Ok(()) };
    let of = accounts::find(conn, of).await?;
    let Some(view) = found(db::status_views::find(conn, Some(by.id), status.id).await)? else {
        return Ok(());
    };
    let id = format!("{}#quote_requests/{}", by.uri, status.id);
    quotes::set_request(conn, status.id, &id).await?;
    let named = named(conn, &status).await?;
    let request = wire::QuoteRequest {
        id: id.clone(),
        kind: QuoteRequestType::default(),
        actor: by.uri.clone(),
        to: vec![of.uri.clone()],
        object: quote.quoted_uri,
        instrument: documents::note(&f.app.urls, &view, &uris(&named)),
    };
    send_to(f, conn, &by, &of, &id, &request).await
}

/// Somebody here answers the `QuoteRequest` of somebody elsewhere: Accept with the approval, or Reject.
pub async fn quote_answered(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    request: &QuoteRequest,
    approval: Option<&str>,
    number: i64,
) -> anyhow::Result<()> {
    let Some(by) = local(conn, by).await? else { return Ok(()) };
    let Some(of) = found(accounts::find(conn, of).await)? else { return Ok(()) };
    let object = wire::QuoteRequest {
        id: request.id.clone(),
        kind: QuoteRequestType::default(),
        actor: of.uri.clone(),
        to: Vec::new(),
        object: request.object.clone(),
        instrument: request.instrument.clone(),
    };
    let id = |word: &str| format!("{}#{word}/quotes/{number}", by.uri);
    let to = vec![of.uri.clone()];
    if let Some(approval) = approval {
        let accept = activity(id("accepts"), AcceptType::Accept, &by, object).to(to);
        let accept = Activity { result: Some(approval.to_owned()), ..accept };
        send_to(f, conn, &by, &of, &accept.id, &accept).await
    } else {
        let reject = activity(id("rejects"), RejectType::Reject, &by, object).to(to);
        send_to(f, conn, &by, &of, &reject.id, &reject).await
    }
}

/// Somebody here takes an approval back: Delete, to the author of the quote and to those who follow either.
pub async fn quote_revoked(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    approval: &str,
) -> anyhow::Result<()> {
    let Some(by) = local(conn, by).await? else { return Ok(()) };
    let mut inboxes = db::follows::remote_follower_inboxes(conn, by.id).await?;
    inboxes.extend(db::actors::inboxes_of(conn, &[of]).await?);
    inboxes.extend(db::follows::remote_follower_inboxes(conn, of).await?);
    let to = open_destinations(conn, f, inboxes, Way::Shared).await?;
    if to.is_empty() {
        return Ok(());
    }
    let id = format!("{approval}#delete");
    let delete = activity(id, DeleteType::Delete, &by, approval.to_owned()).to(vec![PUBLIC.to_owned()]);
    send(conn, by.id, &delete.id, &wire::document(&delete)?, &to).await
}

/// The approval of a quote in a status here, or who may quote the status, is another one: Update, which is no
/// edit.
pub async fn quote_changed(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    number: i64,
) -> anyhow::Result<()> {
    updated(f, conn, status, |_| format!("quotes/{number}")).await
}

/// Sends something with extension terms to one account, if that is elsewhere.
async fn send_to(
    f: &Federation,
    conn: &mut Conn,
    by: &Account,
    to: &Account,
    id: &str,
    activity: &impl Serialize,
) -> anyhow::Result<()> {
    if to.is_local() {
        return Ok(());
    }
    let inboxes = db::actors::inboxes_of(conn, &[to.id]).await?;
    let destinations = open_destinations(conn, f, inboxes, Way::Personal).await?;
    if destinations.is_empty() {
        return Ok(());
    }
    send(conn, by.id, id, &wire::document(activity)?, &destinations).await
}

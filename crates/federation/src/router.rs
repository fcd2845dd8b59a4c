//! What others may GET and POST here: actors, statuses, collections, inboxes.
//!
//! Everything lives at its id. The pages of people, `/@alice` and `/@alice/1`, belong to `web`; [`negotiate`]
//! is the layer around it that answers those who ask the same addresses for ActivityPub.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use db::accounts::{self, Account};
use db::custom_emojis::{self, Wanted};
use db::follows::Side;
use db::status_views::{self, StatusView};
use db::{AccountId, Conn, StatusId, quotes};
use http::header::VARY;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::collections::{self, Paging};
use crate::negotiation::{Reach, document, wants_activity, wants_page};
use crate::{Error, Federation, discovery, documents, gate, inbox, outgoing, wire};

/// The routes of federation. The server puts [`negotiate`] around the routes of `web`.
pub fn router(f: Federation) -> Router {
    Router::new()
        .route("/users/{name}", get(actor))
        .route("/users/{name}/inbox", post(inbox::receive))
        .route("/users/{name}/outbox", get(outbox))
        .route("/users/{name}/followers", get(followers))
        .route("/users/{name}/following", get(following))
        .route("/users/{name}/collections/featured", get(featured))
        .route("/users/{name}/collections/tags", get(featured_tags))
        .route("/users/{name}/statuses/{id}", get(status))
        .route("/users/{name}/statuses/{id}/activity", get(activity))
        .route("/users/{name}/statuses/{id}/replies", get(replies))
        .route("/users/{name}/statuses/{id}/likes", get(likes))
        .route("/users/{name}/statuses/{id}/shares", get(shares))
        .route("/users/{name}/quote_authorizations/{id}", get(quote_authorization))
        .route("/actor", get(instance_actor))
        .route("/actor/inbox", post(inbox::receive))
        .route("/actor/outbox", get(instance_outbox))
        .route("/emojis/{shortcode}", get(emoji))
        .route("/inbox", post(inbox::receive))
        .merge(discovery::router())
        .with_state(f)
}

/// Answers requests for ActivityPub at the addresses of pages (`/@alice`, `/@alice/1`) and lets all others
/// through to them. For `axum::middleware::from_fn_with_state`.
pub async fn negotiate(State(f): State<Federation>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(page) = LocalPage::at(request.uri().path()).filter(|_| reads) else {
        return next.run(request).await;
    };
    if !wants_activity(request.headers()) {
        let mut response = next.run(request).await;
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
        return response;
    }
    let (parts, _) = request.into_parts();
    let answer = match page {
        LocalPage::Profile(name) => actor_answer(&f, &name, &parts.headers).await,
        LocalPage::Status(name, id) => status_answer(&f, &name, id, &parts).await,
    };
    answer.into_response()
}

/// A page that is also a document.
#[derive(Debug, PartialEq, Eq)]
enum LocalPage {
    Profile(String),
    Status(String, StatusId),
}

impl LocalPage {
    /// What a path leads to; `None` for everything but the pages of local accounts and their statuses.
    fn at(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/@")?;
        let (name, id) = path.split_once('/').map_or((path, None), |(name, id)| (name, Some(id)));
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if !plain {
            return None;
        }
        match id {
            None => Some(Self::Profile(name.to_owned())),
            Some(id) => Some(Self::Status(name.to_owned(), id.parse().ok()?)),
        }
    }
}

type Answer = Result<Response, Error>;

/// The local account whose documents are at `/users/{name}`.
async fn account(f: &Federation, conn: &mut Conn, name: &str) -> Result<Account, Error> {
    let found = accounts::find_by_handle(conn, name, None).await?;
    // Names in another case are other URLs, and an id is served at one only.
    if let Some(found) = found.filter(|found| found.username == name && !found.is_instance_actor()) {
        return Ok(found);
    }
    let uri = f.app.urls.actor(name);
    let gone = db::tombstones::exists(conn, &uri, &uri).await?;
    Err(if gone { Error::Gone } else { Error::NotFound })
}

/// The same, if it is not suspended: of those who are, only the actor is left.
async fn active_account(f: &Federation, conn: &mut Conn, name: &str) -> Result<Account, Error> {
    let account = account(f, conn, name).await?;
    match account.suspended_at {
        None => Ok(account),
        Some(_) => Err(Error::Forbidden("This account is suspended".to_owned())),
    }
}

async fn actor(State(f): State<Federation>, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    if wants_page(&headers) {
        let account = account(&f, &mut *f.app.conn().await?, &name).await?;
        return Ok(to_page(&f.app.urls.profile(&account.username)));
    }
    actor_answer(&f, &name, &headers).await
}

fn to_page(url: &str) -> Response {
    let mut response = Redirect::to(url).into_response();
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    response
}

async fn actor_answer(f: &Federation, name: &str, headers: &HeaderMap) -> Answer {
    let mut conn = f.app.conn().await?;
    let account = account(f, &mut conn, name).await?;
    actor_document(f, &mut conn, &account, headers).await
}

async fn actor_document(f: &Federation, conn: &mut Conn, account: &Account, headers: &HeaderMap) -> Answer {
    let actor = outgoing::actor_document(f, conn, account).await?.ok_or(Error::NotFound)?;
    Ok(document(headers, wire::document(&actor)?, Reach::Open))
}

/// Always open, whoever asks and however: others need its key before they can let us in.
async fn instance_actor(State(f): State<Federation>, headers: HeaderMap) -> Answer {
    let mut conn = f.app.conn().await?;
    let account = accounts::instance_actor(&mut conn).await?.ok_or(Error::NotFound)?;
    actor_document(&f, &mut conn, &account, &headers).await
}

type Asked = Result<Query<Paging>, QueryRejection>;

fn paging(asked: Asked) -> Result<Paging, Error> {
    asked.map(|Query(paging)| paging).map_err(|error| Error::malformed(error.body_text()))
}

async fn outbox(
    State(f): State<Federation>,
    Path(name): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    let paging = paging(asked)?;
    let mut conn = f.app.conn().await?;
    let account = active_account(&f, &mut conn, &name).await?;
    let body = collections::outbox(&f.app.urls, &mut conn, &account, &paging).await?;
    Ok(document(&headers, body, Reach::Open))
}

async fn instance_outbox(State(f): State<Federation>, asked: Asked, headers: HeaderMap) -> Answer {
    let paging = paging(asked)?;
    let mut conn = f.app.conn().await?;
    let account = accounts::instance_actor(&mut conn).await?.ok_or(Error::NotFound)?;
    let body = collections::outbox(&f.app.urls, &mut conn, &account, &paging).await?;
    Ok(document(&headers, body, Reach::Open))
}

async fn followers(f: State<Federation>, name: Path<String>, asked: Asked, headers: HeaderMap) -> Answer {
    people(f, name, asked, headers, Side::Followers).await
}

async fn following(f: State<Federation>, name: Path<String>, asked: Asked, headers: HeaderMap) -> Answer {
    people(f, name, asked, headers, Side::Following).await
}

async fn people(
    State(f): State<Federation>,
    Path(name): Path<String>,
    asked: Asked,
    headers: HeaderMap,
    which: Side,
) -> Answer {
    let paging = paging(asked)?;
    let mut conn = f.app.conn().await?;
    let account = active_account(&f, &mut conn, &name).await?;
    let body = collections::people(&mut conn, &account, which, &paging).await?;
    Ok(document(&headers, body, Reach::Open))
}

async fn featured(State(f): State<Federation>, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let mut conn = f.app.conn().await?;
    let account = active_account(&f, &mut conn, &name).await?;
    let body = collections::featured(&mut conn, &account).await?;
    Ok(document(&headers, body, Reach::Open))
}

async fn featured_tags(State(f): State<Federation>, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let mut conn = f.app.conn().await?;
    let account = active_account(&f, &mut conn, &name).await?;
    let body = collections::featured_tags(&f.app.urls, &mut conn, &account).await?;
    Ok(document(&headers, body, Reach::Open))
}

async fn status(
    State(f): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    parts: Parts,
) -> Answer {
    let id = status_id(&id)?;
    if wants_page(&parts.headers) {
        // What strangers may not see is not hinted at by a redirect either.
        let seen = visible(&f, None, id).await?.filter(|view| view.account.account.username == name);
        let page = seen.filter(|view| view.status.local).ok_or(Error::NotFound)?;
        return Ok(to_page(&f.app.urls.status_page(&name, page.status.id)));
    }
    status_answer(&f, &name, id, &parts).await
}

fn status_id(text: &str) -> Result<StatusId, Error> {
    text.parse().ok().filter(|id: &StatusId| id.to_string() == text).ok_or(Error::NotFound)
}

async fn status_answer(f: &Federation, name: &str, id: StatusId, parts: &Parts) -> Answer {
    let (view, reach) = match seen(f, name, id, parts).await? {
        Seen::Status(view, reach) => (view, reach),
        Seen::Deleted => {
            let stone = wire::plain(&documents::tombstone(&f.app.urls.status(name, id)))?;
            let mut answer = document(&HeaderMap::new(), stone, Reach::Open);
            *answer.status_mut() = StatusCode::GONE;
            return Ok(answer);
        }
    };
    // A reblog is an activity, and lives at that address.
    if view.status.reblog_of_id.is_some() {
        return Err(Error::NotFound);
    }
    let mut conn = f.app.conn().await?;
    let named = named(&mut conn, id).await?;
    let note = documents::note(&f.app.urls, &view, &named);
    Ok(document(&parts.headers, wire::document(&note)?, reach))
}

/// The Create of a status, or the Announce that a reblog is.
async fn activity(
    State(f): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    parts: Parts,
) -> Answer {
    let id = status_id(&id)?;
    let Seen::Status(view, reach) = seen(&f, &name, id, &parts).await? else { return Err(Error::Gone) };
    let body = if let Some(original) = &view.reblog {
        let (of, author) = (&original.status.uri, &original.account.account.uri);
        wire::plain(&documents::announce(&view.status, &view.account.account, of, author))?
    } else {
        let named = named(&mut *f.app.conn().await?, id).await?;
        wire::document(&documents::create(&view.status, documents::note(&f.app.urls, &view, &named)))?
    };
    Ok(document(&parts.headers, body, reach))
}

async fn replies(
    State(f): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    asked: Asked,
    parts: Parts,
) -> Answer {
    let (id, paging) = (status_id(&id)?, paging(asked)?);
    let Seen::Status(view, reach) = seen(&f, &name, id, &parts).await? else { return Err(Error::Gone) };
    let mut conn = f.app.conn().await?;
    let body = collections::replies(&mut conn, id, &view.status.uri, &paging).await?;
    Ok(document(&parts.headers, body, reach))
}

async fn likes(f: State<Federation>, path: Path<(String, String)>, parts: Parts) -> Answer {
    count(f, path, parts, "likes", |view| view.favourites_count).await
}

async fn shares(f: State<Federation>, path: Path<(String, String)>, parts: Parts) -> Answer {
    count(f, path, parts, "shares", |view| view.reblogs_count).await
}

/// How often something was done with a status; never by whom.
async fn count(
    State(f): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    parts: Parts,
    of: &str,
    total: fn(&StatusView) -> i64,
) -> Answer {
    let id = status_id(&id)?;
    let Seen::Status(view, reach) = seen(&f, &name, id, &parts).await? else { return Err(Error::Gone) };
    if view.status.reblog_of_id.is_some() {
        return Err(Error::NotFound);
    }
    let body = wire::plain(&wire::Count::of(&view.status.uri, of, total(&view)))?;
    Ok(document(&parts.headers, body, reach))
}

/// The approval of a quote: for whoever may see both, and for the server of the quote.
async fn quote_authorization(
    State(f): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    parts: Parts,
) -> Answer {
    let quoting = status_id(&id)?;
    let mut conn = f.app.conn().await?;
    let approval = f.app.urls.quote_authorization(&name, quoting);
    let quote = quotes::find(&mut conn, quoting).await?.filter(|quote| {
        quote.state() == quotes::State::Accepted && quote.authorization_uri.as_deref() == Some(&approval)
    });
    let quoted = quote.and_then(|quote| quote.quoted_status_id).ok_or(Error::NotFound)?;
    let status = db::statuses::find(&mut conn, quoting).await?;
    let is_open = db::statuses::may_see(&mut conn, None, quoting).await?;
    drop(conn);
    let Seen::Status(view, mut reach) = seen(&f, &name, quoted, &parts).await? else {
        return Err(Error::Gone);
    };
    if !is_open {
        let signer = gate::verify_get(&f, &parts.method, target(&parts), &parts.headers).await;
        let signer = signer.ok_or(Error::NotFound)?;
        let mut conn = f.app.conn().await?;
        let signer = accounts::find(&mut conn, signer).await?;
        if !crate::json::same_origin(&signer.uri, &status.uri)
            && !db::statuses::may_see(&mut conn, Some(signer.id), quoting).await?
        {
            return Err(Error::NotFound);
        }
        reach = Reach::Signed;
    }
    let author = &view.account.account.uri;
    let body = wire::document(&documents::approval(&approval, author, &status.uri, &view.status.uri))?;
    Ok(document(&parts.headers, body, reach))
}

async fn named(conn: &mut Conn, id: StatusId) -> Result<Vec<String>, Error> {
    let named = db::mentions::addressees(conn, &[id]).await?;
    Ok(named.into_values().flatten().map(|(_, uri)| uri).collect())
}

/// What a caller finds at the address of a status.
enum Seen {
    Status(Box<StatusView>, Reach),
    /// It was open to everybody, and is deleted.
    Deleted,
}

/// The status, if everybody may see it, or else whoever signed the request. Who may not cannot tell it from
/// one that never was.
async fn seen(f: &Federation, name: &str, id: StatusId, parts: &Parts) -> Result<Seen, Error> {
    let mine = |view: &StatusView| view.status.local && view.account.account.username == name;
    if let Some(view) = visible(f, None, id).await? {
        return if mine(&view) { Ok(Seen::Status(view, Reach::Open)) } else { Err(Error::NotFound) };
    }
    if parts.headers.contains_key("signature")
        && let Some(signer) = gate::verify_get(f, &parts.method, target(parts), &parts.headers).await
        && let Some(view) = visible(f, Some(signer), id).await?.filter(|view| mine(view))
    {
        return Ok(Seen::Status(view, Reach::Signed));
    }
    let mut conn = f.app.conn().await?;
    let left = db::statuses::find_even_deleted(&mut conn, id).await?;
    let was_here = left.deleted_at.is_some()
        && left.visibility.is_open()
        && !left.local_only
        && left.reblog_of_id.is_none();
    if was_here && left.uri == f.app.urls.status(name, id) { Ok(Seen::Deleted) } else { Err(Error::NotFound) }
}

/// What the caller signed as the target.
fn target(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or(parts.uri.path(), http::uri::PathAndQuery::as_str)
}

async fn visible(
    f: &Federation,
    viewer: Option<AccountId>,
    id: StatusId,
) -> Result<Option<Box<StatusView>>, Error> {
    let mut conn = f.app.conn().await?;
    match status_views::find(&mut conn, viewer, id).await {
        Ok(view) => Ok(Some(Box::new(view))),
        Err(diesel::result::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn emoji(State(f): State<Federation>, Path(shortcode): Path<String>, headers: HeaderMap) -> Answer {
    let wanted = Wanted { domain: String::new(), shortcode };
    let found = custom_emojis::load(&mut *f.app.conn().await?, [&wanted]).await?;
    let emoji = found.get(&wanted).and_then(|emoji| documents::emoji(&f.app.urls, emoji));
    Ok(document(&headers, wire::document(&emoji.ok_or(Error::NotFound)?)?, Reach::Open))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_local_accounts_are_documents() {
        assert_eq!(LocalPage::at("/@alice"), Some(LocalPage::Profile("alice".to_owned())));
        assert_eq!(LocalPage::at("/@alice/12"), Some(LocalPage::Status("alice".to_owned(), StatusId(12))));
        for path in
            ["/", "/@", "/@alice@a.example", "/@alice/x", "/@alice/12/", "/@alice/followers", "/alice"]
        {
            assert_eq!(LocalPage::at(path), None, "{path}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        assert!(status_id("12").is_ok());
        for text in ["+12", "012", "", "x", "99999999999999999999"] {
            assert!(status_id(text).is_err(), "{text}");
        }
    }
}

//! What an account here, or people with a tag, published for everybody, as RSS 2.0 and Atom (RFC 4287).
//!
//! Nobody in particular reads them, so that anybody may keep them for a while.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use db::timelines::{OfAccount, Tagged};
use db::{Page, Visibility, status_views, timelines};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::WebState;
use crate::cards::{Card, avatar, excerpt, handle, name};
use crate::profiles::find;

mod xml;

use xml::Feed;

/// Entries of a feed, and the statuses that they are looked for among.
const ENTRIES: usize = 20;
const LOOKED_AT: i64 = 40;

pub(crate) fn router() -> Router<WebState> {
    Router::new()
        .route("/@{name}/feed.rss", get(account_rss))
        .route("/@{name}/feed.atom", get(account_atom))
        .route("/tags/{name}/feed.rss", get(tag_rss))
        .route("/tags/{name}/feed.atom", get(tag_atom))
}

/// The languages that feeds are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Rss,
    Atom,
}

async fn account_rss(
    State(state): State<WebState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(account(&state, &name, Form::Rss).await, Form::Rss, &headers)
}

async fn account_atom(
    State(state): State<WebState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(account(&state, &name, Form::Atom).await, Form::Atom, &headers)
}

async fn tag_rss(State(state): State<WebState>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(tag(&state, &name, Form::Rss).await, Form::Rss, &headers)
}

async fn tag_atom(State(state): State<WebState>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(tag(&state, &name, Form::Atom).await, Form::Atom, &headers)
}

/// The feed of `page`, and what is written for it.
fn feed(state: &WebState, page: String, form: Form, title: String, about: String, cards: Vec<Card>) -> Feed {
    let address = match form {
        Form::Rss => format!("{page}/feed.rss"),
        Form::Atom => format!("{page}/feed.atom"),
    };
    Feed { title, about, page, address, picture: None, site: state.app.config.instance.title.clone(), cards }
}

/// Own public statuses, neither replies to others nor reblogs.
async fn account(state: &WebState, username: &str, form: Form) -> Result<Feed, services::Error> {
    let urls = &state.app.urls;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, urls, username).await?;
    let what = OfAccount { exclude_replies: true, exclude_reblogs: true, ..OfAccount::default() };
    let ids = timelines::of_account(&mut conn, None, account.id, &what, Page::first(LOOKED_AT)).await?;
    let mut views = status_views::load(&mut conn, None, &ids).await?;
    drop(conn);
    views.retain(|view| view.status.visibility == Visibility::Public);
    views.truncate(ENTRIES);
    let cards = views.into_iter().map(|view| Card::new(urls, view)).collect();
    let title = format!("{} (@{})", name(&account), handle(urls, &account));
    let page = urls.profile(&account.username);
    let about = excerpt(&account.note, 500);
    Ok(Feed { picture: Some(avatar(urls, &account)), ..feed(state, page, form, title, about, cards) })
}

/// Public statuses with a tag, of those whom the public timeline shows, too.
async fn tag(state: &WebState, name: &str, form: Form) -> Result<Feed, services::Error> {
    let urls = &state.app.urls;
    let name = text::normalise_tag(name).ok_or(services::Error::NotFound)?;
    let what = Tagged { any: vec![name.clone()], ..Tagged::default() };
    let mut conn = state.app.conn().await?;
    let ids = timelines::tagged(&mut conn, None, &what, Page::first(LOOKED_AT)).await?;
    let mut views = status_views::load(&mut conn, None, &ids).await?;
    drop(conn);
    views.truncate(ENTRIES);
    let cards = views.into_iter().map(|view| Card::new(urls, view)).collect();
    let about = format!("Public posts with #{name} on {}", urls.domain());
    Ok(feed(state, urls.tag(&name), form, format!("#{name}"), about, cards))
}

/// The document, or nothing but a code for whoever has it already; feeds may be kept for five minutes.
fn answer(feed: Result<Feed, services::Error>, form: Form, asked: &HeaderMap) -> Response {
    let written = feed.and_then(|feed| match form {
        Form::Rss => Ok(feed.rss().map_err(anyhow::Error::new)?),
        Form::Atom => Ok(feed.atom().map_err(anyhow::Error::new)?),
    });
    let body = match written {
        Ok(body) => body,
        Err(error) => return refusal(&error),
    };
    let tag = format!("\"{}\"", &hex::encode(Sha256::digest(&body))[..32]);
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known =
        known.is_some_and(|value| value.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let media_type = match form {
        Form::Rss => "application/rss+xml; charset=utf-8",
        Form::Atom => "application/atom+xml; charset=utf-8",
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// For programs: a code is all they read.
fn refusal(error: &services::Error) -> Response {
    match error {
        services::Error::NotFound => StatusCode::NOT_FOUND,
        services::Error::Gone => StatusCode::GONE,
        services::Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
        other => {
            tracing::error!(error = format!("{other:#}"), "A feed failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
    .into_response()
}

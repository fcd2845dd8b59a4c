//! The page of a local account: `/@name`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use db::Page;
use db::accounts::Account;
use db::timelines::OfAccount;
use db::{account_views, status_views, timelines};
use services::{Error, Urls};

use crate::WebState;
use crate::cards::{Card, avatar, excerpt, handle, name};
use crate::fields::Fields;
use crate::layout::{Layout, html};
use crate::problem::{Problem, Result};
use crate::visitor::Visitor;

/// Statuses on a page.
const PER_PAGE: u8 = 20;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/@{name}", get(show)).route("/@{name}/tagged/{tag}", get(tagged))
}

struct Field {
    name: String,
    value: String,
    verified: bool,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    layout: Layout,
    name: String,
    handle: String,
    /// What the pages are of.
    here: String,
    uri: String,
    page: String,
    avatar: String,
    header: Option<String>,
    note: String,
    excerpt: String,
    fields: Vec<Field>,
    indexable: bool,
    joined: String,
    statuses_count: i64,
    followers_count: i64,
    following_count: i64,
    statuses: Vec<Card>,
    older: Option<i64>,
}

async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(username): Path<String>,
    query: Fields,
) -> Result {
    if let Some((name, form)) = username.rsplit_once('.').filter(|(_, form)| matches!(*form, "rss" | "atom"))
        && is_another(&mut *state.app.conn().await?, &state.app.urls, &username, name).await
    {
        return Ok(Redirect::permanent(&format!("/@{name}/feed.{form}")).into_response());
    }
    let what = OfAccount { exclude_replies: true, ..OfAccount::default() };
    draw(&state, &visitor, &username, &query, what).await
}

/// Whether a name is nobody's as it stands, but somebody's without its end.
async fn is_another(conn: &mut db::Conn, urls: &Urls, whole: &str, name: &str) -> bool {
    matches!(find(conn, urls, whole).await, Err(Error::NotFound)) && find(conn, urls, name).await.is_ok()
}

async fn tagged(
    State(state): State<WebState>,
    visitor: Visitor,
    Path((username, tag)): Path<(String, String)>,
    query: Fields,
) -> Result {
    let tag = text::normalise_tag(&tag).ok_or_else(Problem::not_found)?;
    let what = OfAccount { exclude_reblogs: true, tagged: Some(tag), ..OfAccount::default() };
    draw(&state, &visitor, &username, &query, what).await
}

async fn draw(
    state: &WebState,
    visitor: &Visitor,
    username: &str,
    query: &Fields,
    what: OfAccount,
) -> Result {
    let urls = &state.app.urls;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, urls, username).await?;
    let view = account_views::find(&mut conn, account.id).await?;
    let max_id = query.get("max_id").and_then(|id| id.parse().ok());
    let page = Page { max_id, ..Page::first(PER_PAGE.into()) };
    let ids = timelines::of_account(&mut conn, None, account.id, &what, page).await?;
    let statuses = status_views::load(&mut conn, None, &ids).await?;
    drop(conn);
    let fields = account.profile_fields().into_iter();
    html(&ProfilePage {
        layout: Layout::new(state, Some(visitor)),
        name: name(&account),
        handle: handle(urls, &account),
        uri: account.uri.clone(),
        page: urls.profile(&account.username),
        avatar: avatar(urls, &account),
        header: account.header_key.as_deref().map(|key| urls.media(key)),
        excerpt: excerpt(&account.note, 200),
        fields: fields
            .map(|field| Field {
                name: field.name,
                value: field.value,
                verified: field.verified_at.is_some(),
            })
            .collect(),
        indexable: account.indexable,
        joined: account.created_at.format("%B %Y").to_string(),
        statuses_count: view.statuses_count,
        followers_count: view.followers_count,
        following_count: view.following_count,
        here: match &what.tagged {
            Some(tag) => urls.tagged(&account.username, tag),
            None => urls.profile(&account.username),
        },
        older: (ids.len() >= usize::from(PER_PAGE)).then(|| ids.last().map(|id| id.0)).flatten(),
        statuses: statuses.into_iter().map(|view| Card::new(urls, view)).collect(),
        note: account.note,
    })
}

/// The local account with this name (which may come with our own domain); gone if it is suspended.
pub(crate) async fn find(conn: &mut db::Conn, urls: &Urls, username: &str) -> Result<Account, Error> {
    let username = match username.split_once('@') {
        Some((name, domain)) if domain.eq_ignore_ascii_case(urls.domain()) => name,
        Some(_) => return Err(Error::NotFound),
        None => username,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if username.is_empty() || username.len() > 64 || !username.bytes().all(plain) {
        return Err(Error::NotFound);
    }
    let account = db::accounts::find_by_handle(conn, username, None).await?;
    let account = account.filter(|account| !account.is_instance_actor()).ok_or(Error::NotFound)?;
    if account.suspended_at.is_some() { Err(Error::Gone) } else { Ok(account) }
}

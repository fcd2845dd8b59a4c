//! The page of a local status that everybody may see: `/@name/ID`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use db::status_views::{self, StatusView};
use db::{Conn, StatusId, quotes, timelines};

use crate::WebState;
use crate::cards::{Card, excerpt};
use crate::layout::{Layout, html};
use crate::problem::{Problem, Result};
use crate::profiles::find;
use crate::visitor::Visitor;

/// Replies shown below a status.
const REPLIES: i64 = 40;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/@{name}/{id}", get(show))
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    layout: Layout,
    uri: String,
    excerpt: String,
    indexable: bool,
    parent: Option<Card>,
    status: Card,
    replies: Vec<Card>,
}

/// Read as nobody in particular: what is private is not there, whoever asks.
async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path((username, id)): Path<(String, String)>,
) -> Result {
    let urls = &state.app.urls;
    let id: StatusId = id.parse().map_err(|_| Problem::not_found())?;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, urls, &username).await?;
    let view = status_views::find(&mut conn, None, id).await?;
    if view.status.account_id != account.id || view.status.reblog_of_id.is_some() {
        return Err(Problem::not_found());
    }
    let parent = match view.status.in_reply_to_id {
        Some(parent) => status_views::load(&mut conn, None, &[parent]).await?.pop(),
        None => None,
    };
    let replies = timelines::open_replies(&mut conn, id, 0, REPLIES).await?;
    let replies = status_views::load(&mut conn, None, &replies).await?;
    let quoted = quoted(&mut conn, &view).await?;
    drop(conn);
    let told =
        if view.status.spoiler_text.is_empty() { &view.status.content } else { &view.status.spoiler_text };
    html(&StatusPage {
        layout: Layout::new(&state, Some(&visitor)),
        uri: view.status.uri.clone(),
        excerpt: excerpt(told, 200),
        indexable: account.indexable,
        parent: parent.map(|view| Card::new(urls, view)),
        replies: replies.into_iter().map(|view| Card::new(urls, view)).collect(),
        status: Card::new(urls, view).quoting(urls, quoted),
    })
}

/// What a status quotes with its author's consent, if everybody may see that.
async fn quoted(conn: &mut Conn, view: &StatusView) -> Result<Option<StatusView>> {
    let quote = view.quote.as_ref().filter(|quote| quote.state() == quotes::State::Accepted);
    let Some(id) = quote.and_then(|quote| quote.quoted_status_id) else { return Ok(None) };
    Ok(status_views::load(conn, None, &[id]).await?.pop())
}

//! The page of a hashtag: public statuses with it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use db::timelines::Tagged;
use db::{Page, status_views, timelines};

use crate::WebState;
use crate::cards::Card;
use crate::fields::Fields;
use crate::layout::{Layout, html};
use crate::problem::{Problem, Result};
use crate::visitor::Visitor;

/// Statuses on a page.
const PER_PAGE: u8 = 20;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/tags/{name}", get(show))
}

#[derive(Template)]
#[template(path = "tag.html")]
struct TagPage {
    layout: Layout,
    name: String,
    path: String,
    statuses: Vec<Card>,
    older: Option<i64>,
}

async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(name): Path<String>,
    query: Fields,
) -> Result {
    let urls = &state.app.urls;
    // Hashtags have no dots.
    if let Some((name, form)) = name.rsplit_once('.').filter(|(_, form)| matches!(*form, "rss" | "atom")) {
        let name = text::normalise_tag(name).ok_or_else(Problem::not_found)?;
        return Ok(Redirect::permanent(&format!("{}/feed.{form}", urls.tag(&name))).into_response());
    }
    let name = text::normalise_tag(&name).ok_or_else(Problem::not_found)?;
    let max_id = query.get("max_id").and_then(|id| id.parse().ok());
    let mut conn = state.app.conn().await?;
    let what = Tagged { any: vec![name.clone()], ..Tagged::default() };
    let ids =
        timelines::tagged(&mut conn, None, &what, Page { max_id, ..Page::first(PER_PAGE.into()) }).await?;
    let statuses = status_views::load(&mut conn, None, &ids).await?;
    drop(conn);
    html(&TagPage {
        layout: Layout::new(&state, Some(&visitor)),
        path: urls.tag(&name),
        name,
        older: (ids.len() >= usize::from(PER_PAGE)).then(|| ids.last().map(|id| id.0)).flatten(),
        statuses: statuses.into_iter().map(|view| Card::new(urls, view)).collect(),
    })
}

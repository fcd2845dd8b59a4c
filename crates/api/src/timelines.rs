//! Home, public and hashtag timelines.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::filters::Context;
use db::timelines::{Public, Tagged};
use serde::Deserialize;

use crate::auth::{Viewer, reader};
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Name;
use crate::statuses::answer_list;
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/timelines/home", get(home))
        .route("/api/v1/timelines/direct", get(direct))
        .route("/api/v1/timelines/public", get(public))
        .route("/api/v1/timelines/tag/{hashtag}", get(tag))
        .route("/api/v1/timelines/link", get(link))
}

/// Most further hashtags of each kind in one question.
const MOST_TAGS: usize = 4;

async fn home(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let app = &state.app;
    let mut conn = app.conn().await?;
    let states = services::feeds::home(app, &mut conn, by.id, paging.page).await?;
    let links = paging.links(&app.urls, states.ids().iter().map(|id| id.0));
    let list = state.renderer.within(Context::Home).finish(&mut conn, Some(by.id), states).await?.list()?;
    Ok((links, list).into_response())
}

/// The statuses of all conversations: what clients asked for before there were these.
async fn direct(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let app = &state.app;
    let mut conn = app.conn().await?;
    let ids = db::conversations::statuses(&mut conn, by.id, paging.page).await?;
    let links = paging.links(&app.urls, ids.iter().map(|id| id.0));
    answer_list(&state, &mut conn, Some(by.id), &ids, links).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    local: bool,
    remote: bool,
    only_media: bool,
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
}

impl Wanted {
    fn public(&self) -> Public {
        Public { local: self.local, remote: self.remote, only_media: self.only_media }
    }
}

async fn public(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    paging: Paging<20, 40>,
    Params(wanted): Params<Wanted>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let app = &state.app;
    let mut conn = app.conn().await?;
    let ids = db::timelines::public(&mut conn, viewer, wanted.public(), paging.page).await?;
    let links = paging.links(&app.urls, ids.iter().map(|id| id.0));
    answer_list(&state.within(Context::Public), &mut conn, viewer, &ids, links).await
}

fn normalised(tags: &[String]) -> Vec<String> {
    tags.iter().filter_map(|tag| text::normalise_tag(tag)).take(MOST_TAGS).collect()
}

async fn tag(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    Name(hashtag): Name,
    paging: Paging<20, 40>,
    Params(wanted): Params<Wanted>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let app = &state.app;
    let mut any = vec![text::normalise_tag(&hashtag).ok_or_else(Error::not_found)?];
    any.extend(normalised(&wanted.any));
    let tagged =
        Tagged { any, all: normalised(&wanted.all), none: normalised(&wanted.none), public: wanted.public() };
    let mut conn = app.conn().await?;
    let ids = db::timelines::tagged(&mut conn, viewer, &tagged, paging.page).await?;
    let links = paging.links(&app.urls, ids.iter().map(|id| id.0));
    answer_list(&state.within(Context::Public), &mut conn, viewer, &ids, links).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Linked {
    url: String,
}

/// The statuses that link to a page of which something is known.
async fn link(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    paging: Paging<20, 40>,
    Params(linked): Params<Linked>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let app = &state.app;
    let url = services::cards::address(&linked.url).ok_or_else(Error::not_found)?;
    let mut conn = app.conn().await?;
    let card = db::cards::find_by_url(&mut conn, &url).await?.ok_or_else(Error::not_found)?;
    let ids = db::timelines::linking(&mut conn, viewer, card.id, paging.page).await?;
    let links = paging.links(&app.urls, ids.iter().map(|id| id.0));
    answer_list(&state.within(Context::Public), &mut conn, viewer, &ids, links).await
}

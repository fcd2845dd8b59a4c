//! Home, public and hashtag timelines.

use axum::extract::State;
use axum::response::IntoResponse;
use db::filters::Context;
use db::timelines::{Public, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::entities;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Name;
use crate::statuses::answer_list;
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(direct))
        .routes(routes!(public))
        .routes(routes!(tag))
        .routes(routes!(link))
}

/// Most further hashtags of each kind in one question.
const MOST_TAGS: usize = 4;

/// Lists the home timeline.
#[utoipa::path(
    get,
    path = "/api/v1/timelines/home",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Status>)),
    security(("user" = ["read:statuses"])),
)]
async fn home(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let app = &state.app;
    let mut conn = app.conn().await?;
    let states = services::feeds::home(app, &mut conn, by.id, paging.page).await?;
    let links = paging.links(&app.urls, states.ids().iter().map(|id| id.0));
    let list = state.renderer.within(Context::Home).finish(&mut conn, Some(by.id), states).await?.list()?;
    Ok((links, list).into_response())
}

/// Lists the statuses of all conversations.
///
/// The statuses of all conversations: what clients asked for before there were these.
#[utoipa::path(
    get,
    path = "/api/v1/timelines/direct",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Status>)),
    security(("user" = ["read:statuses"])),
)]
async fn direct(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let app = &state.app;
    let mut conn = app.conn().await?;
    let ids = db::conversations::statuses(&mut conn, by.id, paging.page).await?;
    let links = paging.links(&app.urls, ids.iter().map(|id| id.0));
    answer_list(&state, &mut conn, Some(by.id), &ids, links).await
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
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

/// Lists public statuses.
#[utoipa::path(
    get,
    path = "/api/v1/timelines/public",
    params(Paging<20, 40>, Wanted),
    responses((status = 200, body = Vec<entities::Status>)),
    security((), ("user" = ["read:statuses"])),
)]
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

/// Lists statuses with a hashtag.
#[utoipa::path(
    get,
    path = "/api/v1/timelines/tag/{hashtag}",
    params(Paging<20, 40>, Wanted),
    responses((status = 200, body = Vec<entities::Status>)),
    security((), ("user" = ["read:statuses"])),
)]
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

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Linked {
    url: String,
}

/// Lists the statuses that link to a page.
///
/// 404 for a page of which nothing is known.
#[utoipa::path(
    get,
    path = "/api/v1/timelines/link",
    params(Paging<20, 40>, Linked),
    responses((status = 200, body = Vec<entities::Status>)),
    security((), ("user" = ["read:statuses"])),
)]
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

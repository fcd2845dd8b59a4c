//! Drafts: statuses that are kept for their author, on every device. Not a part of Mastodon's API.

use axum::extract::State;
use axum::response::IntoResponse;
use db::DraftId;
use db::drafts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::scheduled_statuses::load;
use crate::statuses::Draft;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index, create)).routes(routes!(show, update, destroy))
}

async fn answer(state: &ApiState, draft: drafts::Draft) -> Result {
    let kept = load(&mut *state.app.conn().await?, &[draft]).await?;
    let kept = kept.first().ok_or_else(Error::not_found)?;
    Ok(Json(entities::Draft::new(&state.app.urls, kept)).into_response())
}

/// Lists drafts.
#[utoipa::path(
    get,
    path = "/api/v1/drafts",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Draft>)),
    security(("user" = ["read:statuses"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let mut conn = state.app.conn().await?;
    let page = drafts::list(&mut conn, by.id, false, paging.page).await?;
    let kept = load(&mut conn, &page).await?;
    let urls = &state.app.urls;
    let links = paging.links(urls, page.iter().map(|draft| draft.id.0));
    let list: Vec<_> = kept.iter().map(|kept| entities::Draft::new(urls, kept)).collect();
    Ok((links, Json(list)).into_response())
}

/// Keeps a draft.
#[utoipa::path(
    post,
    path = "/api/v1/drafts",
    request_body = inline(Draft),
    responses((status = 200, body = entities::Draft)),
    security(("user" = ["write:statuses"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, Params(typed): Params<Draft>) -> Result {
    let by = viewer.require("write:statuses")?;
    let draft = services::drafts::keep(&state.app, by, typed.checked(&viewer, None)?).await?;
    answer(&state, draft).await
}

/// Shows a draft.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{id}",
    responses((status = 200, body = entities::Draft)),
    security(("user" = ["read:statuses"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<DraftId>) -> Result {
    let by = viewer.require("read:statuses")?;
    let draft = drafts::find_own(&mut *state.app.conn().await?, by.id, id, false).await?;
    answer(&state, draft).await
}

/// Replaces a draft.
#[utoipa::path(
    put,
    path = "/api/v1/drafts/{id}",
    request_body = inline(Draft),
    responses((status = 200, body = entities::Draft)),
    security(("user" = ["write:statuses"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<DraftId>,
    Params(typed): Params<Draft>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let draft = services::drafts::change(&state.app, by, id, typed.checked(&viewer, None)?).await?;
    answer(&state, draft).await
}

/// Deletes a draft.
#[utoipa::path(
    delete,
    path = "/api/v1/drafts/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:statuses"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<DraftId>) -> Result {
    let by = viewer.require("write:statuses")?;
    services::drafts::remove(&state.app, by, id, false).await?;
    Ok(Json(Empty {}).into_response())
}

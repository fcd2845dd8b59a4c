//! Drafts: statuses that are kept for their author, on every device. Not a part of Mastodon's API.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::DraftId;
use db::drafts;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::scheduled_statuses::load;
use crate::statuses::Draft;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/drafts", get(index).post(create))
        .route("/api/v1/drafts/{id}", get(show).put(update).delete(destroy))
}

async fn answer(state: &ApiState, draft: drafts::Draft) -> Result {
    let kept = load(&mut *state.app.conn().await?, &[draft]).await?;
    let kept = kept.first().ok_or_else(Error::not_found)?;
    Ok(Json(entities::Draft::new(&state.app.urls, kept)).into_response())
}

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

async fn create(State(state): State<ApiState>, viewer: Viewer, Params(typed): Params<Draft>) -> Result {
    let by = viewer.require("write:statuses")?;
    let draft = services::drafts::keep(&state.app, by, typed.checked(&viewer, None)?).await?;
    answer(&state, draft).await
}

async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<DraftId>) -> Result {
    let by = viewer.require("read:statuses")?;
    let draft = drafts::find_own(&mut *state.app.conn().await?, by.id, id, false).await?;
    answer(&state, draft).await
}

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

async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<DraftId>) -> Result {
    let by = viewer.require("write:statuses")?;
    services::drafts::remove(&state.app, by, id, false).await?;
    Ok(Json(Empty {}).into_response())
}

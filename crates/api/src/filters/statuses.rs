//! Single statuses that filters match.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::{FilterId, FilterStatusId};
use serde::Deserialize;
use services::filters;

use crate::auth::Viewer;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v2/filters/{id}/statuses", get(index).post(create))
        .route("/api/v2/filters/statuses/{id}", get(show).delete(destroy))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    status_id: String,
}

async fn index(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterId>) -> Result {
    let by = viewer.require("read:filters")?;
    let view = filters::find(&mut *state.app.conn().await?, by.id, id).await?;
    let entities: Vec<_> = view.statuses.iter().map(entities::FilterStatus::from).collect();
    Ok(Json(entities).into_response())
}

async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterStatusId>) -> Result {
    let by = viewer.require("read:filters")?;
    let row = db::filters::find_own_status(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::FilterStatus::from(&row)).into_response())
}

async fn create(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<FilterId>,
    form: Params<Form>,
) -> Result {
    let by = viewer.require("write:filters")?;
    let status = form.0.status_id.trim().parse().map_err(|_| Error::not_found())?;
    let row = filters::add_status(&state.app, by, id, status).await?;
    Ok(Json(entities::FilterStatus::from(&row)).into_response())
}

async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterStatusId>) -> Result {
    let row = filters::delete_status(&state.app, viewer.require("write:filters")?, id).await?;
    Ok(Json(entities::FilterStatus::from(&row)).into_response())
}

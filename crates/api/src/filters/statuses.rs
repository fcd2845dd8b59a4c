//! Single statuses that filters match.

use axum::extract::State;
use axum::response::IntoResponse;
use db::{FilterId, FilterStatusId};
use serde::Deserialize;
use services::filters;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index, create)).routes(routes!(show, destroy))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    status_id: String,
}

/// Lists the statuses that a filter names.
#[utoipa::path(
    get,
    path = "/api/v2/filters/{id}/statuses",
    responses((status = 200, body = Vec<entities::FilterStatus>)),
    security(("user" = ["read:filters"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterId>) -> Result {
    let by = viewer.require("read:filters")?;
    let view = filters::find(&mut *state.app.conn().await?, by.id, id).await?;
    let entities: Vec<_> = view.statuses.iter().map(entities::FilterStatus::from).collect();
    Ok(Json(entities).into_response())
}

/// Shows a status that a filter names.
#[utoipa::path(
    get,
    path = "/api/v2/filters/statuses/{id}",
    responses((status = 200, body = entities::FilterStatus)),
    security(("user" = ["read:filters"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterStatusId>) -> Result {
    let by = viewer.require("read:filters")?;
    let row = db::filters::find_own_status(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::FilterStatus::from(&row)).into_response())
}

/// Adds a status to a filter.
#[utoipa::path(
    post,
    path = "/api/v2/filters/{id}/statuses",
    request_body = inline(Form),
    responses((status = 200, body = entities::FilterStatus)),
    security(("user" = ["write:filters"])),
)]
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

/// Removes a status from a filter.
#[utoipa::path(
    delete,
    path = "/api/v2/filters/statuses/{id}",
    responses((status = 200, body = entities::FilterStatus)),
    security(("user" = ["write:filters"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterStatusId>) -> Result {
    let row = filters::delete_status(&state.app, viewer.require("write:filters")?, id).await?;
    Ok(Json(entities::FilterStatus::from(&row)).into_response())
}

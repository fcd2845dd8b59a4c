//! How far the viewer has read.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::params::Params;
use crate::{ApiState, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index, create))
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Wanted {
    timeline: Vec<String>,
}

/// Says how far timelines were read.
#[utoipa::path(
    get,
    path = "/api/v1/markers",
    params(Wanted),
    responses((status = 200, body = std::collections::BTreeMap<String, entities::Marker>)),
    security(("user" = ["read:statuses"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, Params(wanted): Params<Wanted>) -> Result {
    let by = viewer.require("read:statuses")?;
    let mut conn = state.app.conn().await?;
    let rows = db::markers::list(&mut conn, by.id, &wanted.timeline).await?;
    let markers: BTreeMap<&str, entities::Marker> =
        rows.iter().map(|row| (row.timeline.as_str(), row.into())).collect();
    Ok(Json(markers).into_response())
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Positions {
    #[schema(inline, default = json!(null))]
    home: Option<Position>,
    #[schema(inline, default = json!(null))]
    notifications: Option<Position>,
}

#[derive(Deserialize, ToSchema)]
struct Position {
    #[schema(value_type = String)]
    last_read_id: i64,
}

/// Keeps how far timelines were read.
#[utoipa::path(
    post,
    path = "/api/v1/markers",
    request_body = inline(Positions),
    responses((status = 200, body = std::collections::BTreeMap<String, entities::Marker>)),
    security(("user" = ["write:statuses"])),
)]
async fn create(
    State(state): State<ApiState>,
    viewer: Viewer,
    Params(positions): Params<Positions>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let named = [("home", positions.home), ("notifications", positions.notifications)];
    let said: Vec<_> = named.into_iter().filter_map(|(name, at)| Some((name, at?.last_read_id))).collect();
    let rows = services::markers::save(&state.app, by, &said).await?;
    let markers: BTreeMap<&str, entities::Marker> =
        rows.iter().map(|row| (row.timeline.as_str(), row.into())).collect();
    Ok(Json(markers).into_response())
}

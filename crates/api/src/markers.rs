//! How far the viewer has read.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;

use crate::auth::Viewer;
use crate::params::Params;
use crate::{ApiState, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/markers", get(index).post(create))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    timeline: Vec<String>,
}

async fn index(State(state): State<ApiState>, viewer: Viewer, Params(wanted): Params<Wanted>) -> Result {
    let by = viewer.require("read:statuses")?;
    let mut conn = state.app.conn().await?;
    let rows = db::markers::list(&mut conn, by.id, &wanted.timeline).await?;
    let markers: BTreeMap<&str, entities::Marker> =
        rows.iter().map(|row| (row.timeline.as_str(), row.into())).collect();
    Ok(Json(markers).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Positions {
    home: Option<Position>,
    notifications: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    last_read_id: i64,
}

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

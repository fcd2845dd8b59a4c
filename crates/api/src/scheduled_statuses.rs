//! Statuses that are to be published later: nobody can write one yet.

use axum::Router;
use axum::routing::get;

use crate::auth::Viewer;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/scheduled_statuses", get(list))
}

async fn list(viewer: Viewer) -> Result<Json<[(); 0]>> {
    viewer.require("read:statuses")?;
    Ok(Json([]))
}

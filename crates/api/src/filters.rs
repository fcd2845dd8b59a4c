//! Filters of words: nobody can make one yet.

use axum::Router;
use axum::routing::get;

use crate::auth::Viewer;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/filters", get(list)).route("/api/v2/filters", get(list))
}

async fn list(viewer: Viewer) -> Result<Json<[(); 0]>> {
    viewer.require("read:filters")?;
    Ok(Json([]))
}

//! Accounts that the viewer might like to follow: none are computed yet.

use axum::Router;
use axum::routing::get;

use crate::auth::Viewer;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/suggestions", get(list)).route("/api/v2/suggestions", get(list))
}

async fn list(viewer: Viewer) -> Result<Json<[(); 0]>> {
    viewer.require("read")?;
    Ok(Json([]))
}

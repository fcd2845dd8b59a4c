//! Conversations in direct statuses: what was read of them is not kept yet, so none are listed.

use axum::Router;
use axum::routing::get;

use crate::auth::Viewer;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/conversations", get(list))
}

async fn list(viewer: Viewer) -> Result<Json<[(); 0]>> {
    viewer.require("read:statuses")?;
    Ok(Json([]))
}

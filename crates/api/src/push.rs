//! Web Push: nobody can subscribe yet, so there is no subscription to show or to end.

use axum::Router;
use axum::routing::get;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::{ApiState, Error, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/push/subscription", get(show).put(show).delete(end))
}

async fn show(viewer: Viewer) -> Result {
    viewer.require("push")?;
    Err(Error::not_found())
}

async fn end(viewer: Viewer) -> Result<Json<Empty>> {
    viewer.require("push")?;
    Ok(Json(Empty {}))
}

//! Announcements of the instance: none can be made yet.

use axum::Router;
use axum::routing::get;

use crate::auth::Viewer;
use crate::{ApiState, Json};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/announcements", get(list))
}

/// For everybody who is signed in, with whatever scope.
async fn list(_: Viewer) -> Json<[(); 0]> {
    Json([])
}

//! Trends: none are computed yet.

use axum::Router;
use axum::routing::get;

use crate::{ApiState, Json};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/trends", get(nothing))
        .route("/api/v1/trends/tags", get(nothing))
        .route("/api/v1/trends/statuses", get(nothing))
        .route("/api/v1/trends/links", get(nothing))
}

async fn nothing() -> Json<[(); 0]> {
    Json([])
}

//! Live updates: one `WebSocket` with any number of streams, or server-sent events with one
//! (<https://docs.joinmastodon.org/methods/streaming/>).
//!
//! Whatever is told here is loaded anew for the viewer, through the same predicate as every other reading.

mod channel;
mod frames;
mod socket;
mod sse;

use axum::Router;
use axum::routing::get;

use crate::ApiState;

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/streaming", get(socket::connect))
        .route("/api/v1/streaming/health", get(health))
        .route("/api/v1/streaming/{*stream}", get(sse::listen))
}

async fn health() -> &'static str {
    "OK"
}

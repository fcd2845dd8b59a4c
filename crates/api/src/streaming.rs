//! Live updates: one `WebSocket` with any number of streams, or server-sent events with one
//! (<https://docs.joinmastodon.org/methods/streaming/>).
//!
//! Connections wait in the hub, by what they listen to. What happens is looked up once ([`tell`]), for all
//! of those at once who listen and, by the same predicate as every other reading, may see it; they share
//! what is written.

mod announcements;
mod channel;
mod line;
mod personal;
mod socket;
mod sse;
mod statuses;

use axum::Router;
use axum::routing::get;
use streaming::News;

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

/// Tells those who listen in this process what is heard, for ever. The state's connections should be its own:
/// the more happens, the more it asks.
pub async fn tell(state: ApiState, news: News) {
    tokio::join!(statuses::tell(&state, news.statuses), personal::tell(&state, news.personal));
}

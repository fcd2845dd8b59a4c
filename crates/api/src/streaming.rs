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

use streaming::News;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ApiState;
use crate::openapi::at;

/// What server-sent events there are, beside those of notifications alone.
const STREAMS: [&str; 8] =
    ["user", "public", "public/local", "public/remote", "hashtag", "hashtag/local", "list", "direct"];

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    let events = STREAMS.iter().fold(OpenApiRouter::new(), |router, stream| {
        router.routes(at(&format!("{}{stream}", sse::PREFIX), routes!(sse::listen)))
    });
    let events = events.routes(routes!(sse::listen_to_notifications));
    OpenApiRouter::new().routes(routes!(socket::connect)).routes(routes!(health)).merge(events)
}

/// Says that streams are served.
#[utoipa::path(get, path = "/api/v1/streaming/health", responses((status = 200, body = String)))]
async fn health() -> &'static str {
    "OK"
}

/// Tells those who listen in this process what is heard, for ever. The state's connections should be its own:
/// the more happens, the more it asks.
pub async fn tell(state: ApiState, news: News) {
    tokio::join!(statuses::tell(&state, news.statuses), personal::tell(&state, news.personal));
}

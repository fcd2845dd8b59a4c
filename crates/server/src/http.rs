//! What surrounds every request.
//!
//! From the outside in: the path loses its last slash; the request gets its id, a span, a time limit and a
//! line of log; what is for another host, what can be no address, and what does not come, is refused; who asks too often
//! is refused; the answer is compressed if it is worth it; a panic becomes a 500. The `Host` header is believed by
//! nobody: addresses come from the settings.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, MatchedPath, OriginalUri, Request, State};
use axum::http::header::{
    CONNECTION, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use config::Config;
use serde_json::json;
use streaming::Counters;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tracing::{Instrument, debug, error, info, info_span};

use crate::health::Health;
use crate::hosts::Hosts;
use crate::leftovers::Shared;
use crate::pace::Pace;
use crate::rate_limits::{self, RateLimits};
use crate::request_ids;

/// Below this, compressing costs more than it saves.
const WORTH_COMPRESSING: u64 = 1024;
/// Uploads come at the speed of the uploader's line.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(10);
const UPLOADS: [&str; 5] = [
    "/api/v1/media",
    "/api/v1/media/{id}",
    "/api/v2/media",
    "/api/v1/accounts/update_credentials",
    "/api/v1/profile",
];
/// How long nothing of a body may come.
const PATIENCE: Duration = Duration::from_secs(10);
const UPLOAD_PATIENCE: Duration = Duration::from_secs(30);
/// What a route is called that does not exist.
const NO_ROUTE: &str = "none";

/// What the answers have unless a handler knows better.
const HEADERS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
];

/// What each request needs to know of the process.
#[derive(Clone)]
pub(crate) struct Surroundings {
    timeout: Duration,
    in_flight: Arc<AtomicUsize>,
    health: Health,
    hosts: Hosts,
}

impl Surroundings {
    pub(crate) fn new(config: &Config, health: Health) -> Self {
        let timeout = Duration::from_secs(config.server.request_timeout_seconds);
        Self { timeout, in_flight: Arc::default(), health, hosts: Hosts::new(config) }
    }

    /// Requests that are being answered.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

/// Wraps the routes. Bodies are bounded by `server.max_json_bytes` where a route says nothing else.
pub(crate) fn surround(
    routes: Router,
    config: &Config,
    counters: Option<Arc<Counters>>,
    surroundings: Surroundings,
) -> Router {
    let worth = SizeAbove::new(WORTH_COMPRESSING)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"));
    let routes = routes
        .layer(DefaultBodyLimit::max(config.server.max_json_bytes))
        .layer(CatchPanicLayer::custom(panicked))
        // Better ones take longer than all else that a page needs, to save a tenth of its bytes.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth));
    let routes = match RateLimits::new(config, counters) {
        Some(limits) => routes.layer(from_fn_with_state(limits, rate_limits::limit)),
        None => routes,
    };
    routes.layer(from_fn_with_state(surroundings, observe))
}

/// Lets `/path/` mean `/path`. The address as it was sent stays in [`OriginalUri`]: signatures cover it.
pub(crate) fn without_last_slash<B>(request: axum::http::Request<B>) -> axum::http::Request<B> {
    let sent = request.uri().clone();
    let mut request = api::normalise(request);
    if *request.uri() != sent {
        request.extensions_mut().insert(OriginalUri(sent));
    }
    request
}

async fn observe(State(around): State<Surroundings>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let _here = InFlight::enter(&around.in_flight);
    let id = request_ids::of(request.headers());
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let is_upload = UPLOADS.contains(&route);
    let (limit, patience) =
        if is_upload { (UPLOAD_TIMEOUT, UPLOAD_PATIENCE) } else { (around.timeout, PATIENCE) };
    let pace = Pace::watch(&mut request, patience);
    let body = Shared::watch(&mut request);
    let span = info_span!("request", request_id = %id, http.method = %method, http.route = route);
    let answer = async {
        let answer = match around.hosts.check(&mut request) {
            // No address of ours has a NUL, and PostgreSQL takes none in what is looked for.
            Ok(()) if request.uri().path().contains("%00") => {
                failed(StatusCode::NOT_FOUND, "Record not found")
            }
            Ok(()) => within(limit, &pace, next.run(request)).await,
            Err((status, problem)) => failed(status, problem),
        };
        note(&method, route, answer.status(), begun.elapsed());
        let is_late = answer.status() == StatusCode::REQUEST_TIMEOUT;
        if let Some(body) = body.filter(|_| answer.status().is_client_error() && !is_late) {
            body.discard().await;
        }
        answer
    };
    let mut answer = jobs::request::scope(Arc::clone(&id), answer.instrument(span)).await;
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(request_ids::HEADER, id);
    }
    add_missing(headers);
    if around.health.is_draining() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// The answer, if there is one in time and the body was.
async fn within(limit: Duration, pace: &Pace, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) if !pace.is_broken_off() => answer,
        Err(_) if !pace.is_waiting() => failed(StatusCode::SERVICE_UNAVAILABLE, "The request took too long"),
        _ => {
            let mut late =
                failed(StatusCode::REQUEST_TIMEOUT, "The body of the request did not come in time");
            late.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            late
        }
    }
}

fn add_missing(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// One line of log and the metrics. The query string is in neither: it may hold a token or what somebody
/// searches for.
fn note(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let (code, seconds) = (status.as_u16(), took.as_secs_f64());
    let milliseconds = seconds * 1000.0;
    if status.is_server_error() {
        error!(http.status = code, "{method} {route} answered {code} after {milliseconds:.1} ms");
    } else if route.starts_with("/health") {
        debug!(http.status = code, "{method} {route} answered {code} after {milliseconds:.1} ms");
    } else {
        info!(http.status = code, "{method} {route} answered {code} after {milliseconds:.1} ms");
    }
    crate::metrics::request(method, route, status, seconds);
}

/// The cause has been logged by the panic hook.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    failed(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side")
}

fn failed(status: StatusCode, problem: &str) -> Response {
    (status, Json(json!({ "error": problem }))).into_response()
}

/// Counts a request for as long as it lives, even if the caller goes away.
struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    fn enter(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_address_as_sent_is_kept() {
        let request = axum::http::Request::builder().uri("/inbox/?a").body(()).unwrap();
        let request = without_last_slash(request);
        assert_eq!(request.uri(), "/inbox?a");
        assert_eq!(request.extensions().get::<OriginalUri>().unwrap().0, "/inbox/?a");
    }
}

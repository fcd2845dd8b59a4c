//! Which pages of other origins may ask: all of them, with a token of their own.

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{Any, CorsLayer};

/// Lets every origin in, without cookies; for the client API, OAuth's endpoints, discovery and media.
///
/// Headers are named one by one, because `*` does not cover `Authorization`
/// (<https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>).
pub fn cors() -> CorsLayer {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let asked = [header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("idempotency-key")];
    let shown = [
        header::LINK,
        HeaderName::from_static("x-ratelimit-reset"),
        HeaderName::from_static("x-ratelimit-limit"),
        HeaderName::from_static("x-ratelimit-remaining"),
        HeaderName::from_static("x-request-id"),
    ];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(methods)
        .allow_headers(asked)
        .expose_headers(shown)
        .max_age(Duration::from_hours(24))
}

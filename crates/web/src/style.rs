//! The style sheet, embedded in the binary; its address changes with its content.

use std::sync::LazyLock;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;
use sha2::{Digest, Sha256};

use crate::WebState;

const STYLE: &str = include_str!("../templates/style.css");

static PATH: LazyLock<String> = LazyLock::new(|| {
    let hash = hex::encode(Sha256::digest(STYLE.as_bytes()));
    format!("/assets/style-{}.css", &hash[..16])
});

/// Where the style sheet is.
pub(crate) fn path() -> String {
    PATH.clone()
}

pub(crate) fn router() -> Router<WebState> {
    Router::new().route(&PATH, get(show))
}

async fn show() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, STYLE)
}

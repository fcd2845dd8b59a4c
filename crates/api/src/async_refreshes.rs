//! Work that goes on behind an answer (<https://docs.joinmastodon.org/methods/async_refreshes/>): no answer here
//! names any, so that there is none to be found.

use axum::Router;
use axum::routing::get;
use http::StatusCode;

use crate::auth::Viewer;
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1_alpha/async_refreshes/{id}", get(show))
}

async fn show(viewer: Viewer) -> Result<()> {
    viewer.require("read")?;
    Err(Error::new(StatusCode::NOT_FOUND, "Not Found"))
}

//! Work that goes on behind an answer (<https://docs.joinmastodon.org/methods/async_refreshes/>): no answer here
//! names any, so that there is none to be found.

use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Shows how far work behind an answer is.
#[utoipa::path(get, path = "/api/v1_alpha/async_refreshes/{id}", security(("user" = ["read"])))]
async fn show(viewer: Viewer) -> Result<()> {
    viewer.require("read")?;
    Err(Error::new(StatusCode::NOT_FOUND, "Not Found"))
}

//! A year in numbers (<https://docs.joinmastodon.org/methods/annual_reports/>): none is made here, and that is
//! what is answered.

use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::openapi::at;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(state))
        .routes(routes!(change))
        .routes(at("/api/v1/annual_reports/{year}/generate", routes!(change)))
}

/// Lists annual reports.
#[utoipa::path(
    get,
    path = "/api/v1/annual_reports",
    responses((status = 200, body = Object)),
    security(("user" = ["read:accounts"])),
)]
async fn list(viewer: Viewer) -> Result<Json<Value>> {
    viewer.require("read:accounts")?;
    Ok(Json(json!({ "annual_reports": [], "accounts": [], "statuses": [] })))
}

/// Shows an annual report.
#[utoipa::path(get, path = "/api/v1/annual_reports/{year}", security(("user" = ["read:accounts"])))]
async fn show(viewer: Viewer, _: Id<i32>) -> Result<()> {
    viewer.require("read:accounts")?;
    Err(Error::not_found())
}

/// Says whether there is an annual report.
///
/// No account gets one.
#[utoipa::path(
    get,
    path = "/api/v1/annual_reports/{year}/state",
    responses((status = 200, body = Object)),
    security(("user" = ["read:accounts"])),
)]
async fn state(viewer: Viewer, _: Id<i32>) -> Result<Json<Value>> {
    viewer.require("read:accounts")?;
    Ok(Json(json!({ "state": "ineligible" })))
}

/// Marks an annual report as read, or asks for one.
#[utoipa::path(post, path = "/api/v1/annual_reports/{year}/read", security(("user" = ["write:accounts"])))]
async fn change(viewer: Viewer, _: Id<i32>) -> Result<()> {
    viewer.require("write:accounts")?;
    Err(Error::not_found())
}

//! A year in numbers (<https://docs.joinmastodon.org/methods/annual_reports/>): none is made here, and that is
//! what is answered.

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::auth::Viewer;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/annual_reports", get(list))
        .route("/api/v1/annual_reports/{year}", get(show))
        .route("/api/v1/annual_reports/{year}/state", get(state))
        .route("/api/v1/annual_reports/{year}/read", post(change))
        .route("/api/v1/annual_reports/{year}/generate", post(change))
}

async fn list(viewer: Viewer) -> Result<Json<Value>> {
    viewer.require("read:accounts")?;
    Ok(Json(json!({ "annual_reports": [], "accounts": [], "statuses": [] })))
}

async fn show(viewer: Viewer, _: Id<i32>) -> Result<()> {
    viewer.require("read:accounts")?;
    Err(Error::not_found())
}

/// No account gets one.
async fn state(viewer: Viewer, _: Id<i32>) -> Result<Json<Value>> {
    viewer.require("read:accounts")?;
    Ok(Json(json!({ "state": "ineligible" })))
}

async fn change(viewer: Viewer, _: Id<i32>) -> Result<()> {
    viewer.require("write:accounts")?;
    Err(Error::not_found())
}

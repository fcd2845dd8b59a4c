//! Hosts that the viewer has hidden.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::relationships;
use serde::Deserialize;
use services::mutes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/domain_blocks", get(list).post(hide).delete(show))
}

async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Paging<100, 200>) -> Result {
    let by = viewer.require("read:blocks")?;
    let mut conn = state.app.conn().await?;
    let rows = relationships::muted_domains(&mut conn, by.id, paging.page).await?;
    let links = paging.links(&state.app.urls, rows.iter().map(|row| row.id));
    let domains: Vec<&str> = rows.iter().map(|row| row.domain.as_str()).collect();
    Ok((links, Json(domains)).into_response())
}

#[derive(Debug, Deserialize)]
struct Which {
    domain: String,
}

async fn hide(State(state): State<ApiState>, viewer: Viewer, which: Params<Which>) -> Result {
    let by = viewer.require("write:blocks")?;
    mutes::mute_domain(&state.app, by, &which.0.domain).await?;
    Ok(Json(Empty {}).into_response())
}

async fn show(State(state): State<ApiState>, viewer: Viewer, which: Params<Which>) -> Result {
    let by = viewer.require("write:blocks")?;
    mutes::unmute_domain(&state.app, by, &which.0.domain).await?;
    Ok(Json(Empty {}).into_response())
}

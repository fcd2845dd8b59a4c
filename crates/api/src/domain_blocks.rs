//! Hosts that the viewer has hidden.

use axum::extract::State;
use axum::response::IntoResponse;
use db::relationships;
use serde::Deserialize;
use services::mutes;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, hide, show))
}

/// Lists hidden hosts.
#[utoipa::path(
    get,
    path = "/api/v1/domain_blocks",
    params(Paging<100, 200>),
    responses((status = 200, body = Vec<String>)),
    security(("user" = ["read:blocks"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Paging<100, 200>) -> Result {
    let by = viewer.require("read:blocks")?;
    let mut conn = state.app.conn().await?;
    let rows = relationships::muted_domains(&mut conn, by.id, paging.page).await?;
    let links = paging.links(&state.app.urls, rows.iter().map(|row| row.id));
    let domains: Vec<&str> = rows.iter().map(|row| row.domain.as_str()).collect();
    Ok((links, Json(domains)).into_response())
}

#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
struct Which {
    domain: String,
}

/// Hides a host.
#[utoipa::path(
    post,
    path = "/api/v1/domain_blocks",
    request_body = inline(Which),
    responses((status = 200, body = Empty)),
    security(("user" = ["write:blocks"])),
)]
async fn hide(State(state): State<ApiState>, viewer: Viewer, which: Params<Which>) -> Result {
    let by = viewer.require("write:blocks")?;
    mutes::mute_domain(&state.app, by, &which.0.domain).await?;
    Ok(Json(Empty {}).into_response())
}

/// Shows a hidden host again.
#[utoipa::path(
    delete,
    path = "/api/v1/domain_blocks",
    params(Which),
    responses((status = 200, body = Empty)),
    security(("user" = ["write:blocks"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, which: Params<Which>) -> Result {
    let by = viewer.require("write:blocks")?;
    mutes::unmute_domain(&state.app, by, &which.0.domain).await?;
    Ok(Json(Empty {}).into_response())
}

//! Who asks to follow the viewer, and what the viewer says to it.

use axum::extract::State;
use db::AccountId;
use services::follows;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::{self, Accounts};
use crate::auth::Viewer;
use crate::entities;
use crate::path::Id;
use crate::relationships::{answer, target};
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(authorize)).routes(routes!(reject))
}

/// Lists who asks to follow.
#[utoipa::path(
    get,
    path = "/api/v1/follow_requests",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read:follows"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let of = viewer.require("read:follows")?;
    let mut conn = state.app.conn().await?;
    let entries = db::follows::requests(&mut conn, of.id, Some(of.id), paging.page).await?;
    accounts::page(&state, &mut conn, &paging, &entries).await
}

/// Accepts a request to follow.
#[utoipa::path(
    post,
    path = "/api/v1/follow_requests/{id}/authorize",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:follows"])),
)]
async fn authorize(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let of = viewer.require("write:follows")?;
    let by = target(&state, id.0).await?;
    follows::accept(&state.app, of, &by).await?;
    answer(&state, of, &by).await
}

/// Rejects a request to follow.
///
/// Only a request: a follower is not removed by this.
#[utoipa::path(
    post,
    path = "/api/v1/follow_requests/{id}/reject",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:follows"])),
)]
async fn reject(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let of = viewer.require("write:follows")?;
    let by = target(&state, id.0).await?;
    let has_asked = {
        let mut conn = state.app.conn().await?;
        db::follows::find_request(&mut conn, by.id, of.id).await?.is_some()
    };
    if !has_asked {
        return Err(Error::not_found());
    }
    follows::reject(&state.app, of, &by).await?;
    answer(&state, of, &by).await
}

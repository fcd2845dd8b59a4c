//! Accounts that somebody shows on the profile.

use axum::extract::State;
use db::{AccountId, endorsements};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::{self, Accounts, find};
use crate::auth::{Viewer, reader};
use crate::entities;
use crate::openapi::at;
use crate::path::Id;
use crate::relationships::{answer, target};
use crate::{ApiState, Result};

/// `pin` and `unpin` are the former names of `endorse` and `unendorse`.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(own))
        .routes(routes!(of_account))
        .routes(routes!(endorse))
        .routes(at("/api/v1/accounts/{id}/pin", routes!(endorse)))
        .routes(routes!(unendorse))
        .routes(at("/api/v1/accounts/{id}/unpin", routes!(unendorse)))
}

async fn list(state: &ApiState, of: AccountId, viewer: Option<AccountId>, paging: &Accounts) -> Result {
    let mut conn = state.app.conn().await?;
    let entries = endorsements::list(&mut conn, of, viewer, paging.page).await?;
    accounts::page(state, &mut conn, paging, &entries).await
}

/// Lists the accounts shown on the own profile.
#[utoipa::path(
    get,
    path = "/api/v1/endorsements",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read:accounts"])),
)]
async fn own(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let of = viewer.require("read:accounts")?;
    list(&state, of.id, Some(of.id), &paging).await
}

/// Lists the accounts shown on a profile.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/endorsements",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:accounts"])),
)]
async fn of_account(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    id: Id<AccountId>,
    paging: Accounts,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:accounts")?;
    let account = find(&mut *state.app.conn().await?, id.0).await?;
    list(&state, account.id, viewer, &paging).await
}

/// Shows an account on the own profile.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/endorse",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:accounts"])),
)]
async fn endorse(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:accounts")?;
    let of = target(&state, id.0).await?;
    services::endorsements::endorse(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

/// Shows an account on the own profile no more.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/unendorse",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:accounts"])),
)]
async fn unendorse(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:accounts")?;
    let of = target(&state, id.0).await?;
    services::endorsements::unendorse(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

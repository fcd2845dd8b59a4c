//! Accounts that somebody shows on the profile.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use db::{AccountId, endorsements};

use crate::accounts::{self, Accounts, find};
use crate::auth::{Viewer, reader};
use crate::path::Id;
use crate::relationships::{answer, target};
use crate::{ApiState, Result};

/// `pin` and `unpin` are the former names of `endorse` and `unendorse`.
pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/endorsements", get(own))
        .route("/api/v1/accounts/{id}/endorsements", get(of_account))
        .route("/api/v1/accounts/{id}/endorse", post(endorse))
        .route("/api/v1/accounts/{id}/pin", post(endorse))
        .route("/api/v1/accounts/{id}/unendorse", post(unendorse))
        .route("/api/v1/accounts/{id}/unpin", post(unendorse))
}

async fn list(state: &ApiState, of: AccountId, viewer: Option<AccountId>, paging: &Accounts) -> Result {
    let mut conn = state.app.conn().await?;
    let entries = endorsements::list(&mut conn, of, viewer, paging.page).await?;
    accounts::page(state, &mut conn, paging, &entries).await
}

async fn own(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let of = viewer.require("read:accounts")?;
    list(&state, of.id, Some(of.id), &paging).await
}

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

async fn endorse(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:accounts")?;
    let of = target(&state, id.0).await?;
    services::endorsements::endorse(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

async fn unendorse(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:accounts")?;
    let of = target(&state, id.0).await?;
    services::endorsements::unendorse(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

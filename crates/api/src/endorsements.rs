//! Accounts and tags that somebody shows on the profile: nobody can choose any yet.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::AccountId;

use crate::accounts::find;
use crate::auth::{Viewer, reader};
use crate::path::Id;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/endorsements", get(own))
        .route("/api/v1/featured_tags", get(own))
        .route("/api/v1/featured_tags/suggestions", get(own))
        .route("/api/v1/accounts/{id}/endorsements", get(of_account))
        .route("/api/v1/accounts/{id}/featured_tags", get(of_account))
}

async fn own(viewer: Viewer) -> Result<Json<[(); 0]>> {
    viewer.require("read:accounts")?;
    Ok(Json([]))
}

async fn of_account(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    id: Id<AccountId>,
) -> Result<Json<[(); 0]>> {
    reader(viewer.as_ref(), "read:accounts")?;
    find(&mut *state.app.conn().await?, id.0).await?;
    Ok(Json([]))
}

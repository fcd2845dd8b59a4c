//! Lists of accounts: nobody can make one yet.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::AccountId;

use crate::accounts::find;
use crate::auth::Viewer;
use crate::path::Id;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/lists", get(own)).route("/api/v1/accounts/{id}/lists", get(with_account))
}

async fn own(viewer: Viewer) -> Result<Json<[(); 0]>> {
    viewer.require("read:lists")?;
    Ok(Json([]))
}

async fn with_account(
    State(state): State<ApiState>,
    viewer: Viewer,
    id: Id<AccountId>,
) -> Result<Json<[(); 0]>> {
    viewer.require("read:lists")?;
    find(&mut *state.app.conn().await?, id.0).await?;
    Ok(Json([]))
}

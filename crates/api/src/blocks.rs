//! Whom the viewer blocks.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::relationships;

use crate::accounts::{self, Accounts};
use crate::auth::Viewer;
use crate::{ApiState, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/blocks", get(list))
}

async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let by = viewer.require("read:blocks")?;
    let mut conn = state.app.conn().await?;
    let entries = relationships::blocked(&mut conn, by.id, paging.page).await?;
    accounts::page(&state, &mut conn, &paging, &entries).await
}

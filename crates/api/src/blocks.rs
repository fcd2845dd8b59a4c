//! Whom the viewer blocks.

use axum::extract::State;
use db::relationships;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::{self, Accounts};
use crate::auth::Viewer;
use crate::entities;
use crate::{ApiState, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists blocked accounts.
#[utoipa::path(
    get,
    path = "/api/v1/blocks",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read:blocks"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let by = viewer.require("read:blocks")?;
    let mut conn = state.app.conn().await?;
    let entries = relationships::blocked(&mut conn, by.id, paging.page).await?;
    accounts::page(&state, &mut conn, &paging, &entries).await
}

//! Proofs of identity elsewhere: nobody has any since the service behind them ended
//! (<https://docs.joinmastodon.org/methods/accounts/#identity_proofs>).

use axum::extract::State;
use db::AccountId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::find;
use crate::auth::Viewer;
use crate::path::Id;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists proofs of identity.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/identity_proofs",
    responses((status = 200, body = Vec<Object>)),
    security(("user" = [])),
)]
async fn list(State(state): State<ApiState>, _: Viewer, id: Id<AccountId>) -> Result<Json<[(); 0]>> {
    find(&mut *state.app.conn().await?, id.0).await?;
    Ok(Json([]))
}

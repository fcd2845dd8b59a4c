//! Proofs of identity elsewhere: nobody has any since the service behind them ended
//! (<https://docs.joinmastodon.org/methods/accounts/#identity_proofs>).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use db::AccountId;

use crate::accounts::find;
use crate::auth::Viewer;
use crate::path::Id;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/accounts/{id}/identity_proofs", get(list))
}

async fn list(State(state): State<ApiState>, _: Viewer, id: Id<AccountId>) -> Result<Json<[(); 0]>> {
    find(&mut *state.app.conn().await?, id.0).await?;
    Ok(Json([]))
}

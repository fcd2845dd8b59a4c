//! Confirming an address (<https://docs.joinmastodon.org/methods/emails/>).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use services::emails;

use crate::auth::Newcomer;
use crate::json::Empty;
use crate::params::Params;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/emails/confirmations", post(confirmations))
        .route("/api/v1/emails/check_confirmation", get(check_confirmation))
}

#[derive(Deserialize)]
struct Address {
    email: Option<String>,
}

async fn confirmations(
    State(state): State<ApiState>,
    newcomer: Newcomer,
    Params(address): Params<Address>,
) -> Result<Json<Empty>> {
    let address = address.email.filter(|email| !email.trim().is_empty());
    emails::ask_again(&state.app, &newcomer.user, newcomer.application, address.as_deref()).await?;
    Ok(Json(Empty {}))
}

/// Not documented, but called by clients that wait for the confirmation: `true` or `false`.
async fn check_confirmation(newcomer: Newcomer) -> Json<bool> {
    Json(newcomer.user.confirmed_at.is_some())
}

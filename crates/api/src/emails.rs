//! Confirming an address (<https://docs.joinmastodon.org/methods/emails/>).

use axum::extract::State;
use serde::Deserialize;
use services::emails;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Newcomer;
use crate::json::Empty;
use crate::params::Params;
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(confirmations)).routes(routes!(check_confirmation))
}

#[derive(Deserialize, ToSchema)]
struct Address {
    email: Option<String>,
}

/// Sends the letter of confirmation again.
#[utoipa::path(
    post,
    path = "/api/v1/emails/confirmations",
    request_body = inline(Address),
    responses((status = 200, body = Empty)),
    security(("user" = [])),
)]
async fn confirmations(
    State(state): State<ApiState>,
    newcomer: Newcomer,
    Params(address): Params<Address>,
) -> Result<Json<Empty>> {
    let address = address.email.filter(|email| !email.trim().is_empty());
    emails::ask_again(&state.app, &newcomer.user, newcomer.application, address.as_deref()).await?;
    Ok(Json(Empty {}))
}

/// Says whether the address is confirmed.
///
/// Not documented, but called by clients that wait for the confirmation: `true` or `false`.
#[utoipa::path(
    get,
    path = "/api/v1/emails/check_confirmation",
    responses((status = 200, body = bool)),
    security(("user" = [])),
)]
async fn check_confirmation(newcomer: Newcomer) -> Json<bool> {
    Json(newcomer.user.confirmed_at.is_some())
}

//! Client programs register themselves (<https://docs.joinmastodon.org/methods/apps/>).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use services::applications::{self, NewClient};
use services::keys;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::AppToken;
use crate::params::Params;
use crate::{ApiState, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(verify_credentials))
}

#[derive(Deserialize, ToSchema)]
struct NewApp {
    #[serde(default)]
    client_name: String,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    scopes: String,
    website: Option<String>,
}

/// Registers a client program.
#[utoipa::path(
    post,
    path = "/api/v1/apps",
    request_body = inline(NewApp),
    responses((status = 200, body = entities::CredentialApplication)),
)]
async fn create(State(state): State<ApiState>, Params(new): Params<NewApp>) -> Result {
    let client = NewClient {
        name: new.client_name,
        website: new.website,
        // A text may hold several, one on each line.
        redirect_uris: new
            .redirect_uris
            .iter()
            .flat_map(|uris| uris.split(['\n', '\r', ' ']))
            .filter(|uri| !uri.is_empty())
            .map(str::to_owned)
            .collect(),
        scopes: new.scopes,
    };
    let (application, secret) = applications::register(&state.app, client).await?;
    let vapid = keys::vapid(&state.app).await?.public();
    let entity = Json(entities::CredentialApplication::new(&application, &secret, &vapid));
    Ok(([(header::CACHE_CONTROL, "no-store")], entity).into_response())
}

/// Shows the client program of a token.
#[utoipa::path(
    get,
    path = "/api/v1/apps/verify_credentials",
    responses((status = 200, body = entities::Application)),
    security(("application" = [])),
)]
async fn verify_credentials(State(state): State<ApiState>, token: AppToken) -> Result<Response> {
    let mut conn = state.app.conn().await?;
    let application = db::applications::find(&mut conn, token.application).await?;
    let vapid = keys::vapid(&state.app).await?.public();
    Ok(Json(entities::Application::new(&application, &vapid)).into_response())
}

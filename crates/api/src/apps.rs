//! Client programs register themselves (<https://docs.joinmastodon.org/methods/apps/>).

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header;
use serde::Deserialize;
use services::applications::{self, NewClient};
use services::keys;

use crate::auth::AppToken;
use crate::params::Params;
use crate::{ApiState, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/apps", post(create))
        .route("/api/v1/apps/verify_credentials", get(verify_credentials))
}

#[derive(Deserialize)]
struct NewApp {
    #[serde(default)]
    client_name: String,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    scopes: String,
    website: Option<String>,
}

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

async fn verify_credentials(State(state): State<ApiState>, token: AppToken) -> Result<Response> {
    let mut conn = state.app.conn().await?;
    let application = db::applications::find(&mut conn, token.application).await?;
    let vapid = keys::vapid(&state.app).await?.public();
    Ok(Json(entities::Application::new(&application, &vapid)).into_response())
}

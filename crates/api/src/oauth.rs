//! What client programs ask of OAuth (<https://docs.joinmastodon.org/methods/oauth/>); the pages for people are
//! in the `web` crate.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use services::oauth::{self, Client, Issued, Refusal};
use services::scopes;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::params::Params;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(token))
        .routes(routes!(revoke))
        .routes(routes!(userinfo))
        .routes(routes!(metadata))
}

/// A refusal in the shape of RFC 6749 section 5.2.
fn refuse(refusal: Refusal) -> Error {
    let status = match refusal {
        Refusal::Other(error) => return error.into(),
        Refusal::InvalidClient => StatusCode::UNAUTHORIZED,
        Refusal::UnauthorizedClient => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    Error::new(status, refusal.code()).with_description(refusal.to_string())
}

/// Answers with a token must not be kept (RFC 6749 section 5.1).
pub(crate) fn issued(issued: &Issued) -> Response {
    let scope = issued.scopes.to_string();
    let entity = entities::Token::bearer(&issued.access_token, &scope, issued.created_at);
    ([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(entity)).into_response()
}

/// The client's id and secret: in the `Authorization` header as Basic, or as parameters.
struct Credentials {
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl Credentials {
    async fn authenticate(self, state: &ApiState, headers: &HeaderMap) -> Result<Client, Refusal> {
        let (id, secret) = match (basic(headers), self.client_id, self.client_secret) {
            (Some(pair), ..) => pair,
            (None, Some(id), Some(secret)) => (id, secret),
            _ => return Err(Refusal::InvalidClient),
        };
        oauth::authenticate_client(&state.app, &id, &secret).await
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    decoded.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

#[derive(Deserialize, ToSchema)]
struct TokenRequest {
    grant_type: Option<String>,
    code: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    scope: Option<String>,
}

/// Gives a token.
#[utoipa::path(
    post,
    path = "/oauth/token",
    request_body = inline(TokenRequest),
    responses((status = 200, body = entities::Token)),
)]
async fn token(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Params(request): Params<TokenRequest>,
) -> Result {
    let made = grant(&state, &headers, request).await.map_err(refuse)?;
    Ok(issued(&made))
}

async fn grant(state: &ApiState, headers: &HeaderMap, request: TokenRequest) -> Result<Issued, Refusal> {
    let credentials = Credentials { client_id: request.client_id, client_secret: request.client_secret };
    match request.grant_type.as_deref() {
        Some("authorization_code") => {
            let client = credentials.authenticate(state, headers).await?;
            let code = request.code.ok_or(Refusal::InvalidRequest("Missing required parameter: code."))?;
            let redirect_uri = request
                .redirect_uri
                .ok_or(Refusal::InvalidRequest("Missing required parameter: redirect_uri."))?;
            let verifier = request.code_verifier.filter(|verifier| !verifier.is_empty());
            oauth::exchange(&state.app, &client, &code, &redirect_uri, verifier.as_deref()).await
        }
        Some("client_credentials") => {
            let client = credentials.authenticate(state, headers).await?;
            oauth::client_credentials(&state.app, &client, request.scope.as_deref()).await
        }
        None | Some("") => Err(Refusal::InvalidRequest("Missing required parameter: grant_type.")),
        Some(_) => Err(Refusal::UnsupportedGrantType),
    }
}

#[derive(Deserialize, ToSchema)]
struct RevokeRequest {
    token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Revokes a token.
///
/// The documentation knows only one refusal here, whatever is wrong with the client.
#[utoipa::path(
    post,
    path = "/oauth/revoke",
    request_body = inline(RevokeRequest),
    responses((status = 200, body = Empty)),
)]
async fn revoke(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Params(request): Params<RevokeRequest>,
) -> Result {
    let credentials = Credentials { client_id: request.client_id, client_secret: request.client_secret };
    let client = credentials.authenticate(&state, &headers).await.map_err(|refusal| match refusal {
        Refusal::InvalidClient => refuse(Refusal::UnauthorizedClient),
        other => refuse(other),
    })?;
    oauth::revoke(&state.app, &client, &request.token.unwrap_or_default()).await.map_err(refuse)?;
    Ok(Json(Empty {}).into_response())
}

/// Says who the viewer is.
///
/// The few claims of `OpenID` Connect that Mastodon has.
#[utoipa::path(
    method(get, post),
    path = "/oauth/userinfo",
    responses((status = 200, body = Object)),
    security(("user" = ["profile"])),
)]
async fn userinfo(State(state): State<ApiState>, viewer: Viewer) -> Result<Json<Value>> {
    let account = viewer.require("profile")?;
    let urls = &state.app.urls;
    let picture = match &account.avatar_key {
        Some(key) => urls.media(key),
        None => urls.at("/avatars/original/missing.png"),
    };
    Ok(Json(json!({
        "iss": urls.at("/"),
        "sub": account.uri,
        "name": account.display_name,
        "preferred_username": account.username,
        "profile": urls.profile(&account.username),
        "picture": picture,
    })))
}

/// Describes the authorization server.
///
/// RFC 8414.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    responses((status = 200, body = Object)),
)]
async fn metadata(State(state): State<ApiState>) -> Json<Value> {
    let urls = &state.app.urls;
    Json(json!({
        "issuer": urls.at("/"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": urls.at("/oauth/authorize"),
        "token_endpoint": urls.at("/oauth/token"),
        "revocation_endpoint": urls.at("/oauth/revoke"),
        "userinfo_endpoint": urls.at("/oauth/userinfo"),
        "app_registration_endpoint": urls.at("/api/v1/apps"),
        "scopes_supported": scopes::KNOWN,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn basic_of(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        basic(&headers)
    }

    #[test]
    fn clients_may_come_by_basic() {
        let pair = Some(("id".to_owned(), "se:cret".to_owned()));
        assert_eq!(basic_of("Basic aWQ6c2U6Y3JldA=="), pair);
        assert_eq!(basic_of("basic aWQ6c2U6Y3JldA=="), pair);
        for value in ["Bearer aWQ6c2U6Y3JldA==", "Basic", "Basic ***", "Basic aWQ=", ""] {
            assert_eq!(basic_of(value), None, "{value}");
        }
    }

    #[test]
    fn refusals_have_the_codes_of_the_documentation() {
        for (refusal, status) in [
            (Refusal::InvalidClient, StatusCode::UNAUTHORIZED),
            (Refusal::InvalidGrant, StatusCode::BAD_REQUEST),
            (Refusal::InvalidScope, StatusCode::BAD_REQUEST),
            (Refusal::UnsupportedGrantType, StatusCode::BAD_REQUEST),
            (Refusal::UnauthorizedClient, StatusCode::FORBIDDEN),
            (Refusal::Other(services::Error::Busy), StatusCode::SERVICE_UNAVAILABLE),
        ] {
            assert_eq!(refuse(refusal).status(), status);
        }
    }
}

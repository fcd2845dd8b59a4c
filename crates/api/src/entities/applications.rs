//! Client programs and their tokens.

use serde::Serialize;
use utoipa::ToSchema;

use super::Id;

/// <https://docs.joinmastodon.org/entities/Application/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Application<'a> {
    pub id: Id,
    pub name: &'a str,
    pub website: Option<&'a str>,
    pub scopes: Vec<&'a str>,
    pub redirect_uris: &'a [String],
    /// All of them, one on each line.
    pub redirect_uri: String,
    /// The public key by which push services know the instance.
    pub vapid_key: &'a str,
}

impl<'a> Application<'a> {
    /// A registered application, for a server with this key.
    pub fn new(row: &'a db::applications::Application, vapid_key: &'a str) -> Self {
        Self {
            id: Id(row.id.0),
            name: &row.name,
            website: row.website.as_deref().filter(|url| !url.is_empty()),
            scopes: row.scopes.split_whitespace().collect(),
            redirect_uris: &row.redirect_uris,
            redirect_uri: row.redirect_uris.join("\n"),
            vapid_key,
        }
    }
}

/// <https://docs.joinmastodon.org/entities/Application/#CredentialApplication>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct CredentialApplication<'a> {
    #[serde(flatten)]
    pub application: Application<'a>,
    pub client_id: &'a str,
    pub client_secret: &'a str,
    /// 0: never.
    pub client_secret_expires_at: i64,
}

impl<'a> CredentialApplication<'a> {
    /// With the secret, which is shown once, when it is made.
    pub fn new(row: &'a db::applications::Application, secret: &'a str, vapid_key: &'a str) -> Self {
        Self {
            application: Application::new(row, vapid_key),
            client_id: &row.client_id,
            client_secret: secret,
            client_secret_expires_at: 0,
        }
    }
}

/// <https://docs.joinmastodon.org/entities/Token/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Token<'a> {
    pub access_token: &'a str,
    /// `Bearer`.
    pub token_type: &'static str,
    pub scope: &'a str,
    /// Seconds since 1970.
    pub created_at: i64,
}

impl<'a> Token<'a> {
    /// A bearer token, which is shown once, when it is made.
    pub fn bearer(access_token: &'a str, scope: &'a str, created_at: chrono::DateTime<chrono::Utc>) -> Self {
        Self { access_token, token_type: "Bearer", scope, created_at: created_at.timestamp() }
    }
}

//! OAuth 2 (RFC 6749, RFC 7636, RFC 7009): from a person's consent to a token, and its end.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use db::access_tokens::Grant;
use db::applications::{Application, NewApplication};
use db::authorization_codes::NewCode;
use db::users::User;
use db::{AccessTokenId, ApplicationId, Conn, UserId, access_tokens, applications, authorization_codes};
use diesel_async::AsyncConnection;
use sha2::{Digest, Sha256};
use streaming::Message;

use crate::applications::OUT_OF_BAND;
use crate::scopes::Scopes;
use crate::{App, Error, news, secrets};

/// How long a code lives that a browser carries back at once.
const CODE_LIFE: Duration = Duration::seconds(60);
/// How long a code lives that a person copies.
const SHOWN_CODE_LIFE: Duration = Duration::minutes(10);

/// Why a request at the token endpoint was refused (RFC 6749 §5.2).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A parameter is missing or malformed; the text says which.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The client id is unknown or the secret is wrong.
    #[error(
        "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."
    )]
    InvalidClient,
    /// The code is unknown, used or too old, or was made for another client, address or verifier.
    #[error(
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."
    )]
    InvalidGrant,
    /// The scope is unknown or more than the application registered.
    #[error("The requested scope is invalid, unknown, or malformed.")]
    InvalidScope,
    /// The client may not do this.
    #[error("You are not authorized to revoke this token")]
    UnauthorizedClient,
    /// Neither a code nor client credentials.
    #[error("The authorization grant type is not supported by the authorization server.")]
    UnsupportedGrantType,
    /// Not a matter of OAuth.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Refusal {
    /// The word of the RFC.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::Other(_) => "server_error",
        }
    }
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Other(error.into())
    }
}

/// A token that was just made; its text is nowhere else.
#[derive(Clone)]
pub struct Issued {
    /// What the client sends.
    pub access_token: String,
    /// What it allows.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a client asks of a person, as it came (RFC 6749 §4.1.1, RFC 7636 §4.3).
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "they are the parameters of the RFCs")]
pub struct AuthorizationRequest {
    pub response_type: Option<String>,
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
}

/// A request that may be put to the person.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who asks.
    pub application: Application,
    /// Where the answer goes, one of the application's own.
    pub redirect_uri: String,
    /// For what.
    pub scopes: Scopes,
    code_challenge: Option<String>,
}

/// Why a request is not put to the person.
#[derive(Debug)]
pub enum Unacceptable {
    /// The client is unknown or the address is not its own: nobody may be sent there.
    Untrusted(&'static str),
    /// The client made a mistake, and is told at its address.
    Tell {
        /// The application's own address.
        redirect_uri: String,
        /// The word of RFC 6749 §4.1.2.1.
        error: &'static str,
        /// For the developer.
        description: &'static str,
    },
    /// Not a matter of OAuth.
    Other(Error),
}

/// Checks what a client asks for; the address comes first, before anything may be sent there.
pub async fn check(app: &App, request: &AuthorizationRequest) -> Result<Consent, Unacceptable> {
    let client_id = request.client_id.as_deref().unwrap_or_default();
    let redirect_uri = request.redirect_uri.clone().unwrap_or_default();
    let application = find_application(app, client_id).await.map_err(Unacceptable::Other)?;
    let Some(application) = application else {
        return Err(Unacceptable::Untrusted("This application is not registered here."));
    };
    // Byte by byte: whatever is compared more loosely can be led astray.
    if !application.redirect_uris.contains(&redirect_uri) {
        return Err(Unacceptable::Untrusted(
            "The application wants its answer at an address that is not its own.",
        ));
    }
    match check_parameters(request, &Scopes::from_stored(&application.scopes)) {
        Ok((scopes, code_challenge)) => Ok(Consent { application, redirect_uri, scopes, code_challenge }),
        Err((error, description)) => Err(Unacceptable::Tell { redirect_uri, error, description }),
    }
}

async fn find_application(app: &App, client_id: &str) -> Result<Option<Application>, Error> {
    let mut conn = app.conn().await?;
    Ok(applications::find_by_client_id(&mut conn, client_id).await?)
}

type Mistake = (&'static str, &'static str);

fn check_parameters(
    request: &AuthorizationRequest,
    allowed: &Scopes,
) -> Result<(Scopes, Option<String>), Mistake> {
    match request.response_type.as_deref() {
        Some("code") => {}
        None | Some("") => return Err(("invalid_request", "Missing required parameter: response_type.")),
        Some(_) => {
            return Err((
                "unsupported_response_type",
                "The authorization server does not support this response type.",
            ));
        }
    }
    let scopes = grantable(request.scope.as_deref(), allowed)
        .ok_or(("invalid_scope", "The requested scope is invalid, unknown, or malformed."))?;
    let challenge = request.code_challenge.clone().filter(|challenge| !challenge.is_empty());
    let method = request.code_challenge_method.as_deref().filter(|method| !method.is_empty());
    match (&challenge, method) {
        (None, None) => {}
        (Some(challenge), Some("S256")) if is_challenge(challenge) => {}
        (Some(_), Some("S256")) => return Err(("invalid_request", "The code challenge is malformed.")),
        (None, Some(_)) => return Err(("invalid_request", "Missing required parameter: code_challenge.")),
        (Some(_), _) => return Err(("invalid_request", "The code challenge method must be S256.")),
    }
    Ok((scopes, challenge))
}

/// The wanted scopes if the application registered them; without any, `read` as far as it did.
fn grantable(wanted: Option<&str>, allowed: &Scopes) -> Option<Scopes> {
    let wanted = Scopes::parse(wanted.unwrap_or_default()).ok()?;
    if wanted.is_empty() {
        return Some(if allowed.covers("read") { Scopes::read() } else { allowed.clone() });
    }
    allowed.cover_all(&wanted).then_some(wanted)
}

/// 32 bytes as base64url (RFC 7636 §4.2).
fn is_challenge(challenge: &str) -> bool {
    URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether the verifier is the one the challenge was made of. A challenge without a verifier, and a verifier
/// without a challenge, do not match: neither side may be left out later.
fn pkce_matches(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            (43..=128).contains(&verifier.len())
                && verifier.bytes().all(allowed)
                && secrets::same(
                    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())).as_bytes(),
                    challenge.as_bytes(),
                )
        }
        _ => false,
    }
}

/// The person agrees: makes the code for the client.
pub async fn approve(app: &App, user: &User, consent: &Consent) -> crate::Result<String> {
    let code = secrets::generate();
    let life = if consent.redirect_uri == OUT_OF_BAND { SHOWN_CODE_LIFE } else { CODE_LIFE };
    let mut conn = app.conn().await?;
    let new = NewCode {
        code_hash: secrets::hash(&code),
        application_id: consent.application.id,
        user_id: user.id,
        redirect_uri: consent.redirect_uri.clone(),
        scopes: consent.scopes.to_string(),
        code_challenge: consent.code_challenge.clone(),
        expires_at: Utc::now() + life,
    };
    authorization_codes::insert(&mut conn, &new).await?;
    Ok(code)
}

/// A client that proved who it is.
#[derive(Clone, Debug)]
pub struct Client(pub Application);

/// Checks a client's id and secret.
pub async fn authenticate_client(app: &App, id: &str, secret: &str) -> Result<Client, Refusal> {
    let application = find_application(app, id).await?.ok_or(Refusal::InvalidClient)?;
    if secrets::same(&application.client_secret_hash, &secrets::hash(secret)) {
        Ok(Client(application))
    } else {
        Err(Refusal::InvalidClient)
    }
}

/// Exchanges a code for a token, once. Whoever brings the same code again ends the token that came of it:
/// one of the two who had the code was not meant to.
pub async fn exchange(
    app: &App,
    Client(application): &Client,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Issued, Refusal> {
    let hash = secrets::hash(code);
    let mut conn = app.conn().await?;
    let issued = conn
        .transaction(async |conn| {
            let redeemed = authorization_codes::redeem(conn, &hash, application.id, redirect_uri).await?;
            let Some(redeemed) = redeemed else {
                if let Some(token) = authorization_codes::token_of_used(conn, &hash, application.id).await? {
                    revoke_token(conn, token).await?;
                }
                return Ok(None);
            };
            // The code is used up even so: the transaction commits.
            if !pkce_matches(redeemed.code_challenge.as_deref(), verifier) {
                return Ok(None);
            }
            let scopes = Scopes::from_stored(&redeemed.scopes);
            let (issued, id) = issue(conn, application.id, Some(redeemed.user_id), scopes).await?;
            authorization_codes::set_token(conn, &hash, id).await?;
            Ok::<_, Error>(Some(issued))
        })
        .await?;
    issued.ok_or(Refusal::InvalidGrant)
}

/// A token for the application itself, which sees what everybody sees.
pub async fn client_credentials(
    app: &App,
    Client(application): &Client,
    scope: Option<&str>,
) -> Result<Issued, Refusal> {
    let allowed = Scopes::from_stored(&application.scopes);
    let scopes = grantable(scope, &allowed).ok_or(Refusal::InvalidScope)?;
    let mut conn = app.conn().await?;
    Ok(issue(&mut conn, application.id, None, scopes).await?.0)
}

/// Makes a token.
pub async fn issue(
    conn: &mut Conn,
    application: ApplicationId,
    user: Option<UserId>,
    scopes: Scopes,
) -> crate::Result<(Issued, AccessTokenId)> {
    let access_token = secrets::generate();
    let hash = secrets::hash(&access_token);
    let row = access_tokens::insert(conn, &hash, application, user, &scopes.to_string()).await?;
    Ok((Issued { access_token, scopes, created_at: row.created_at }, row.id))
}

/// The client gives a token back (RFC 7009). One that does not exist is as good as revoked; one of another
/// client is refused.
pub async fn revoke(app: &App, Client(application): &Client, token: &str) -> Result<(), Refusal> {
    let mut conn = app.conn().await?;
    let Some((id, owner)) = access_tokens::find_owner(&mut conn, &secrets::hash(token)).await? else {
        return Ok(());
    };
    if owner != application.id {
        return Err(Refusal::UnauthorizedClient);
    }
    conn.transaction(async |conn| revoke_token(conn, id).await).await?;
    Ok(())
}

/// Ends a token and the streams it opened.
async fn revoke_token(conn: &mut Conn, token: AccessTokenId) -> Result<(), Error> {
    if access_tokens::revoke(conn, token).await? {
        news::tell(conn, &Message::TokenRevoked { token: token.0 }).await?;
    }
    Ok(())
}

/// The applications a user let in.
pub async fn grants(app: &App, user: UserId) -> crate::Result<Vec<Grant>> {
    let mut conn = app.conn().await?;
    Ok(access_tokens::grants_of(&mut conn, user).await?)
}

/// A user lets an application in no more.
pub async fn withdraw_from(app: &App, user: UserId, application: ApplicationId) -> crate::Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| withdraw(conn, user, Some(application)).await).await
}

/// Ends what a user allowed an application, or all of them: tokens, codes, and the streams they opened.
pub async fn withdraw(
    conn: &mut Conn,
    user: UserId,
    application: Option<ApplicationId>,
) -> crate::Result<()> {
    authorization_codes::delete_all_of(conn, user, application).await?;
    for token in access_tokens::revoke_all_of(conn, user, application).await? {
        news::tell(conn, &Message::TokenRevoked { token: token.0 }).await?;
    }
    Ok(())
}

/// The application that tokens made at the command line belong to.
const COMMAND_LINE: &str = "stoa-command-line";

/// A token for a user, made by whoever runs the server.
pub async fn personal_token(app: &App, user: UserId, scopes: Scopes) -> crate::Result<Issued> {
    let mut conn = app.conn().await?;
    let application = match applications::find_by_client_id(&mut conn, COMMAND_LINE).await? {
        Some(application) => application,
        None => make_command_line(&mut conn).await?,
    };
    Ok(issue(&mut conn, application.id, Some(user), scopes).await?.0)
}

async fn make_command_line(conn: &mut Conn) -> crate::Result<Application> {
    let new = NewApplication {
        client_id: COMMAND_LINE.to_owned(),
        client_secret_hash: secrets::hash(&secrets::generate()),
        name: "Stoa command line".to_owned(),
        website: None,
        redirect_uris: vec![OUT_OF_BAND.to_owned()],
        scopes: Scopes::read().to_string(),
    };
    match applications::insert(conn, &new).await? {
        Some(application) => Ok(application),
        // Another process was faster.
        None => Ok(applications::find_by_client_id(conn, COMMAND_LINE).await?.ok_or(Error::NotFound)?),
    }
}

#[cfg(test)]
mod tests;

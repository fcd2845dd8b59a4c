//! Who asks. A token comes in the `Authorization` header and nowhere else: never from a cookie, and from the
//! query only where the streaming socket takes it (see [`Viewer::from_token`]).
//!
//! A [`Viewer`]'s account is only to be had by naming the scope that the endpoint needs, so that none can be
//! forgotten.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use db::access_tokens::{self, AccessToken, Bearer, BearerVersion};
use db::accounts::Account;
use db::users::User;
use db::{AccessTokenId, AccountId, ApplicationId, Conn};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use moka::sync::Cache;
use services::scopes::Scopes;
use services::{secrets, users};

use crate::{ApiState, Error};

/// Longest token looked up, in bytes; ours have 43.
const MAX_TOKEN_BYTES: usize = 512;

/// Tokens kept in memory.
const KEPT: u64 = 10_000;
/// After so long without use they are dropped.
const KEPT_FOR: Duration = Duration::from_mins(10);

/// Who came lately, by the hash of the token. Each request asks the database for the versions of the rows behind
/// its token, and what is kept under others is read anew: a token that was revoked, a login that was disabled or
/// a setting that was changed counts in the very next request of every process.
#[derive(Clone, Debug)]
pub(crate) struct Tokens(Cache<Vec<u8>, (BearerVersion, Arc<Held>)>);

impl Default for Tokens {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).time_to_idle(KEPT_FOR).build())
    }
}

/// What a token stands for.
#[derive(Clone, Debug)]
struct Held {
    token: AccessToken,
    scopes: Scopes,
    /// `None` for an application's own token.
    person: Option<Arc<Person>>,
}

#[derive(Clone, Debug)]
struct Person {
    user: User,
    account: Account,
}

impl From<Bearer> for Held {
    fn from(bearer: Bearer) -> Self {
        let person =
            bearer.user.zip(bearer.account).map(|(user, account)| Arc::new(Person { user, account }));
        Self { scopes: Scopes::from_stored(&bearer.token.scopes), token: bearer.token, person }
    }
}

/// Somebody with a user's token. As an argument, `Viewer` is for endpoints that need one (401, 403 or 422
/// without), and `Option<Viewer>` for those that everybody may read: there a bad token is still a 401, and an
/// application's own token is nobody.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    person: Arc<Person>,
    held: Arc<Held>,
}

impl Viewer {
    /// The account, if the token covers `scope` (403 otherwise).
    pub(crate) fn require(&self, scope: &str) -> Result<&Account, Error> {
        self.require_any(&[scope])
    }

    /// The account, if the token covers one of these.
    pub(crate) fn require_any(&self, scopes: &[&str]) -> Result<&Account, Error> {
        check_scope(&self.held.scopes, scopes)?;
        Ok(&self.person.account)
    }

    /// Who it is, for what is read whatever the token's scope.
    pub(crate) fn id(&self) -> AccountId {
        self.person.account.id
    }

    /// The login, with its settings.
    pub(crate) fn user(&self) -> &User {
        &self.person.user
    }

    /// The client program.
    pub(crate) fn application(&self) -> ApplicationId {
        self.held.token.application_id
    }

    /// What the token allows.
    pub(crate) fn scopes(&self) -> &Scopes {
        &self.held.scopes
    }

    /// The token itself, as streams need it.
    pub(crate) fn token(&self) -> AccessTokenId {
        self.held.token.id
    }

    /// The holder of a user's token, wherever it came from.
    pub(crate) async fn from_token(state: &ApiState, token: &str) -> Result<Self, Error> {
        Self::from_held(find(state, token).await?)?.ok_or_else(needs_user)
    }

    /// `None` for an application's own token.
    fn from_held(held: Arc<Held>) -> Result<Option<Self>, Error> {
        let Some(person) = held.person.clone() else { return Ok(None) };
        if let Some(obstacle) = users::obstacle(&person.user, &person.account) {
            return Err(Error::forbidden(obstacle.sentence()));
        }
        Ok(Some(Self { person, held }))
    }
}

/// Somebody with a user's token who may have to wait for confirmation or approval still: for what concerns that
/// wait. Who is disabled gets 403 here too.
#[derive(Clone, Debug)]
pub(crate) struct Newcomer {
    /// The login.
    pub(crate) user: User,
    /// The client program.
    pub(crate) application: ApplicationId,
}

impl FromRequestParts<ApiState> for Newcomer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Error> {
        let token = bearer_token(&parts.headers).ok_or_else(invalid_token)?;
        let held = find(state, token).await?;
        let person = held.person.as_deref().ok_or_else(needs_user)?;
        match users::obstacle(&person.user, &person.account) {
            Some(obstacle @ users::Obstacle::Disabled) => Err(Error::forbidden(obstacle.sentence())),
            _ => Ok(Self { user: person.user.clone(), application: held.token.application_id }),
        }
    }
}

/// For whom an endpoint reads that everybody may read: a viewer's token must cover `scope`.
pub(crate) fn reader(viewer: Option<&Viewer>, scope: &str) -> Result<Option<AccountId>, Error> {
    viewer.map(|viewer| viewer.require(scope).map(|account| account.id)).transpose()
}

impl FromRequestParts<ApiState> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Error> {
        let token = bearer_token(&parts.headers).ok_or_else(invalid_token)?;
        Self::from_token(state, token).await
    }
}

impl OptionalFromRequestParts<ApiState> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Option<Self>, Error> {
        match bearer_token(&parts.headers) {
            None => Ok(None),
            Some(token) => Self::from_held(find(state, token).await?),
        }
    }
}

/// Any good token, an application's own or a user's: for what concerns the application.
#[derive(Clone, Debug)]
pub(crate) struct AppToken {
    /// The client program.
    pub(crate) application: ApplicationId,
    scopes: Scopes,
}

impl AppToken {
    /// 403 unless the token covers `scope`.
    pub(crate) fn require(&self, scope: &str) -> Result<(), Error> {
        check_scope(&self.scopes, &[scope])
    }

    /// What the token allows.
    pub(crate) fn scopes(&self) -> &Scopes {
        &self.scopes
    }
}

impl FromRequestParts<ApiState> for AppToken {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Error> {
        let token = bearer_token(&parts.headers).ok_or_else(invalid_token)?;
        let held = find(state, token).await?;
        Ok(Self { application: held.token.application_id, scopes: held.scopes.clone() })
    }
}

fn check_scope(granted: &Scopes, any: &[&str]) -> Result<(), Error> {
    if any.iter().any(|scope| granted.covers(scope)) {
        Ok(())
    } else {
        Err(Error::forbidden("This action is outside the authorized scopes"))
    }
}

fn needs_user() -> Error {
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, "This method requires an authenticated user")
}

fn invalid_token() -> Error {
    Error::unauthorized("The access token is invalid")
}

async fn find(state: &ApiState, token: &str) -> Result<Arc<Held>, Error> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(invalid_token());
    }
    let hash = secrets::hash(token);
    let mut conn = state.app.conn().await?;
    let version = access_tokens::find_version(&mut conn, &hash).await?.ok_or_else(invalid_token)?;
    let held = match state.tokens.0.get(&hash) {
        Some((kept, held)) if kept == version => held,
        _ => {
            let bearer = access_tokens::find_bearer(&mut conn, &hash).await?.ok_or_else(invalid_token)?;
            let held = Arc::new(Held::from(bearer));
            state.tokens.0.insert(hash, (version, Arc::clone(&held)));
            held
        }
    };
    note_use(&mut conn, &held).await?;
    Ok(held)
}

/// Once a day, token and user are marked as used.
async fn note_use(conn: &mut Conn, held: &Held) -> Result<(), Error> {
    let today = chrono::Utc::now().date_naive();
    if held.token.last_used_on != Some(today) {
        access_tokens::touch(conn, held.token.id, today).await?;
    }
    if let Some(person) = &held.person {
        users::seen(conn, &person.user).await?;
    }
    Ok(())
}

/// What follows `Bearer` (RFC 6750 section 2.1; the scheme is written in any case).
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn token_of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        bearer_token(&headers).map(str::to_owned)
    }

    #[test]
    fn the_header_is_read() {
        assert_eq!(token_of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token_of("bearer  abc ").as_deref(), Some("abc"));
        for value in ["abc", "Bearer", "Bearer ", "Basic abc", "Token abc", ""] {
            assert_eq!(token_of(value), None, "{value:?}");
        }
        assert_eq!(bearer_token(&HeaderMap::new()), None);
    }

    #[test]
    fn a_scope_is_enough_if_one_fits() {
        let granted = Scopes::from_stored("profile write");
        assert!(check_scope(&granted, &["read:accounts", "profile"]).is_ok());
        assert!(check_scope(&granted, &["write:statuses"]).is_ok());
        let refused = check_scope(&granted, &["read:statuses"]).unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(check_scope(&granted, &[]).is_err());
    }
}

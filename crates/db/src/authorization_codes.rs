//! OAuth authorization codes: short-lived, used once, known by their hash.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{access_tokens, authorization_codes};

use crate::Conn;
use crate::ids::{AccessTokenId, ApplicationId, UserId};

/// A new code.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = authorization_codes)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewCode {
    pub code_hash: Vec<u8>,
    pub application_id: ApplicationId,
    pub user_id: UserId,
    pub redirect_uri: String,
    pub scopes: String,
    pub code_challenge: Option<String>,
    pub expires_at: DateTime<Utc>,
}

/// What a code stands for.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = authorization_codes, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Redeemed {
    pub user_id: UserId,
    pub scopes: String,
    pub code_challenge: Option<String>,
}

/// Writes a code.
pub async fn insert(conn: &mut Conn, new: &NewCode) -> QueryResult<()> {
    diesel::insert_into(authorization_codes::table).values(new).execute(conn).await?;
    Ok(())
}

/// Uses a code up. `None` when it is unknown, used, too old, or another application's or address's; of two
/// who come at once, one gets it.
pub async fn redeem(
    conn: &mut Conn,
    hash: &[u8],
    application: ApplicationId,
    redirect_uri: &str,
) -> QueryResult<Option<Redeemed>> {
    diesel::update(
        authorization_codes::table
            .find(hash)
            .filter(authorization_codes::used_at.is_null())
            .filter(authorization_codes::application_id.eq(application))
            .filter(authorization_codes::redirect_uri.eq(redirect_uri))
            .filter(authorization_codes::expires_at.gt(diesel::dsl::now)),
    )
    .set(authorization_codes::used_at.eq(diesel::dsl::now))
    .returning(Redeemed::as_returning())
    .get_result(conn)
    .await
    .optional()
}

/// Remembers which token a code was exchanged for.
pub async fn set_token(conn: &mut Conn, hash: &[u8], token: AccessTokenId) -> QueryResult<()> {
    diesel::update(authorization_codes::table.find(hash))
        .set(authorization_codes::access_token_id.eq(token))
        .execute(conn)
        .await?;
    Ok(())
}

/// The live token that this application's code was exchanged for before.
pub async fn token_of_used(
    conn: &mut Conn,
    hash: &[u8],
    application: ApplicationId,
) -> QueryResult<Option<AccessTokenId>> {
    authorization_codes::table
        .inner_join(access_tokens::table)
        .filter(authorization_codes::code_hash.eq(hash))
        .filter(authorization_codes::application_id.eq(application))
        .filter(access_tokens::revoked_at.is_null())
        .select(access_tokens::id)
        .first(conn)
        .await
        .optional()
}

/// Removes a user's codes, all or those for one application, so that none can be exchanged any more.
pub async fn delete_all_of(
    conn: &mut Conn,
    user: UserId,
    application: Option<ApplicationId>,
) -> QueryResult<usize> {
    let of_user = authorization_codes::table.filter(authorization_codes::user_id.eq(user));
    match application {
        None => diesel::delete(of_user).execute(conn).await,
        Some(id) => {
            diesel::delete(of_user.filter(authorization_codes::application_id.eq(id))).execute(conn).await
        }
    }
}

/// Removes codes that ended a day ago; until then a second use is noticed.
pub async fn forget_old(conn: &mut Conn) -> QueryResult<usize> {
    let limit = Utc::now() - chrono::Duration::days(1);
    diesel::delete(authorization_codes::table.filter(authorization_codes::expires_at.lt(limit)))
        .execute(conn)
        .await
}

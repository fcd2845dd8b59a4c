//! OAuth access tokens, by the hash of what the client holds.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Binary, Nullable, Oid};
use diesel_async::RunQueryDsl;
use schema::{access_tokens, accounts, applications, users};

use crate::accounts::Account;
use crate::applications::Application;
use crate::ids::{AccessTokenId, ApplicationId, UserId};
use crate::sql::prepared;
use crate::users::User;
use crate::{Conn, push_subscriptions};

/// A row of `access_tokens` that is not revoked, without its hash.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable)]
#[diesel(table_name = access_tokens, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct AccessToken {
    pub id: AccessTokenId,
    pub application_id: ApplicationId,
    pub user_id: Option<UserId>,
    pub scopes: String,
    pub created_at: DateTime<Utc>,
    pub last_used_on: Option<NaiveDate>,
}

/// Who comes with a token: a user with an account, or, without them, an application for itself.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Bearer {
    /// The token.
    #[diesel(embed)]
    pub token: AccessToken,
    /// Whose it is.
    #[diesel(embed)]
    pub user: Option<User>,
    /// The user's account.
    #[diesel(embed)]
    pub account: Option<Account>,
}

/// An application that a user lets in, by one of its tokens.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The application.
    pub application: Application,
    /// What its tokens allow, separated by spaces.
    pub scopes: String,
    /// When it was let in first.
    pub since: DateTime<Utc>,
    /// When it came last.
    pub last_used_on: Option<NaiveDate>,
}

/// Writes a token; `hash` is its SHA-256. Without a user it stands for the application itself.
pub async fn insert(
    conn: &mut Conn,
    hash: &[u8],
    application: ApplicationId,
    user: Option<UserId>,
    scopes: &str,
) -> QueryResult<AccessToken> {
    diesel::insert_into(access_tokens::table)
        .values((
            access_tokens::token_hash.eq(hash),
            access_tokens::application_id.eq(application),
            access_tokens::user_id.eq(user),
            access_tokens::scopes.eq(scopes),
        ))
        .returning(AccessToken::as_returning())
        .get_result(conn)
        .await
}

/// Everything a request needs to know of who makes it, in one statement, prepared once for each connection;
/// `None` for a token that does not exist or was revoked.
pub async fn find_bearer(conn: &mut Conn, hash: &[u8]) -> QueryResult<Option<Bearer>> {
    access_tokens::table
        .left_join(users::table.inner_join(accounts::table))
        .filter(access_tokens::token_hash.eq(hash))
        .filter(access_tokens::revoked_at.is_null())
        .select(Bearer::as_select())
        .first(conn)
        .await
        .optional()
}

/// The versions of everything that a [`Bearer`] is made of: another one after each change of any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct BearerVersion {
    #[diesel(sql_type = Oid)]
    token: u32,
    #[diesel(sql_type = Nullable<Oid>)]
    bearer: Option<u32>,
    #[diesel(sql_type = Nullable<Oid>)]
    account: Option<u32>,
}

/// The versions of what [`find_bearer`] would find; `None` for a token that does not exist or was revoked.
pub async fn find_version(conn: &mut Conn, hash: &[u8]) -> QueryResult<Option<BearerVersion>> {
    let query = diesel::sql_query(
        "SELECT t.xmin AS token, u.xmin AS bearer, a.xmin AS account FROM access_tokens t \
         LEFT JOIN users u ON u.id = t.user_id LEFT JOIN accounts a ON a.id = u.account_id \
         WHERE t.token_hash = $1 AND t.revoked_at IS NULL",
    )
    .bind::<Binary, _>(hash);
    RunQueryDsl::get_result(prepared(query), conn).await.optional()
}

/// The token with this hash, revoked or not, and the application it belongs to.
pub async fn find_owner(conn: &mut Conn, hash: &[u8]) -> QueryResult<Option<(AccessTokenId, ApplicationId)>> {
    access_tokens::table
        .filter(access_tokens::token_hash.eq(hash))
        .select((access_tokens::id, access_tokens::application_id))
        .first(conn)
        .await
        .optional()
}

/// Whether a token is still worth something.
pub async fn is_live(conn: &mut Conn, id: AccessTokenId) -> QueryResult<bool> {
    let query = access_tokens::table.find(id).filter(access_tokens::revoked_at.is_null());
    diesel::select(diesel::dsl::exists(query)).get_result(conn).await
}

/// Notes that a token was used today.
pub async fn touch(conn: &mut Conn, id: AccessTokenId, today: NaiveDate) -> QueryResult<()> {
    diesel::update(access_tokens::table.find(id))
        .set(access_tokens::last_used_on.eq(today))
        .execute(conn)
        .await?;
    Ok(())
}

/// Revokes a token, which is then not pushed to any more; false when it was not live.
pub async fn revoke(conn: &mut Conn, id: AccessTokenId) -> QueryResult<bool> {
    push_subscriptions::delete(conn, &[id]).await?;
    let revoked = diesel::update(access_tokens::table.find(id).filter(access_tokens::revoked_at.is_null()))
        .set(access_tokens::revoked_at.eq(diesel::dsl::now))
        .execute(conn)
        .await?;
    Ok(revoked > 0)
}

/// Revokes a user's tokens, all or those of one application, which are then not pushed to any more, and returns
/// them.
pub async fn revoke_all_of(
    conn: &mut Conn,
    user: UserId,
    application: Option<ApplicationId>,
) -> QueryResult<Vec<AccessTokenId>> {
    let live = access_tokens::user_id.eq(user).and(access_tokens::revoked_at.is_null());
    let change = access_tokens::revoked_at.eq(diesel::dsl::now);
    let revoked = match application {
        None => {
            diesel::update(access_tokens::table.filter(live))
                .set(change)
                .returning(access_tokens::id)
                .get_results(conn)
                .await
        }
        Some(application) => {
            diesel::update(
                access_tokens::table.filter(live).filter(access_tokens::application_id.eq(application)),
            )
            .set(change)
            .returning(access_tokens::id)
            .get_results(conn)
            .await
        }
    };
    let revoked: Vec<AccessTokenId> = revoked?;
    push_subscriptions::delete(conn, &revoked).await?;
    Ok(revoked)
}

/// The applications that hold live tokens of a user, the newest first; at most 300 tokens are looked at.
pub async fn grants_of(conn: &mut Conn, user: UserId) -> QueryResult<Vec<Grant>> {
    let rows: Vec<(AccessToken, Application)> = access_tokens::table
        .inner_join(applications::table)
        .filter(access_tokens::user_id.eq(user))
        .filter(access_tokens::revoked_at.is_null())
        .order(access_tokens::id.desc())
        .limit(300)
        .select((AccessToken::as_select(), Application::as_select()))
        .load(conn)
        .await?;
    let mut grants: Vec<Grant> = Vec::new();
    for (token, application) in rows {
        match grants.iter_mut().find(|grant| grant.application.id == application.id) {
            None => grants.push(Grant {
                application,
                scopes: token.scopes,
                since: token.created_at,
                last_used_on: token.last_used_on,
            }),
            Some(grant) => {
                for scope in token.scopes.split(' ') {
                    if !grant.scopes.split(' ').any(|known| known == scope) {
                        grant.scopes.push(' ');
                        grant.scopes.push_str(scope);
                    }
                }
                grant.since = grant.since.min(token.created_at);
                grant.last_used_on = grant.last_used_on.max(token.last_used_on);
            }
        }
    }
    Ok(grants)
}

//! Sign-ins of the web pages, by the hash of their token.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{accounts, sessions, users};

use crate::Conn;
use crate::accounts::Account;
use crate::ids::UserId;
use crate::users::User;

/// A row of `sessions`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Session {
    pub user_id: UserId,
    pub user_agent: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Writes a session; `hash` is the SHA-256 of its token.
pub async fn insert(
    conn: &mut Conn,
    hash: &[u8],
    user: UserId,
    user_agent: &str,
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(hash),
            sessions::user_id.eq(user),
            sessions::user_agent.eq(user_agent),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The session that has not ended, with its user and account.
pub async fn find(conn: &mut Conn, hash: &[u8]) -> QueryResult<Option<(Session, User, Account)>> {
    sessions::table
        .inner_join(users::table.inner_join(accounts::table))
        .filter(sessions::token_hash.eq(hash))
        .filter(sessions::expires_at.gt(diesel::dsl::now))
        .select((Session::as_select(), User::as_select(), Account::as_select()))
        .first(conn)
        .await
        .optional()
}

/// Lets a session end at `at`, if it would not end sooner.
pub async fn expire_at(conn: &mut Conn, hash: &[u8], at: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(sessions::table.find(hash).filter(sessions::expires_at.gt(at)))
        .set(sessions::expires_at.eq(at))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(conn: &mut Conn, hash: &[u8]) -> QueryResult<()> {
    diesel::delete(sessions::table.find(hash)).execute(conn).await?;
    Ok(())
}

/// Ends all sessions of a user.
pub async fn delete_all_of(conn: &mut Conn, user: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn).await
}

/// Removes sessions that have ended.
pub async fn forget_old(conn: &mut Conn) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(diesel::dsl::now))).execute(conn).await
}

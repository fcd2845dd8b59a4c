//! Permissions to choose a new password, by letter.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::password_resets;

use crate::Conn;
use crate::ids::UserId;

/// When the last one was given to a user.
pub async fn given_at(conn: &mut Conn, user: UserId) -> QueryResult<Option<DateTime<Utc>>> {
    password_resets::table.find(user).select(password_resets::created_at).first(conn).await.optional()
}

/// Gives one, instead of the one before.
pub async fn save(
    conn: &mut Conn,
    user: UserId,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    let given = (password_resets::token_hash.eq(token_hash), password_resets::expires_at.eq(expires_at));
    diesel::insert_into(password_resets::table)
        .values((password_resets::user_id.eq(user), given))
        .on_conflict(password_resets::user_id)
        .do_update()
        .set((given, password_resets::created_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose one is, if it has not run out.
pub async fn find(conn: &mut Conn, token_hash: &[u8]) -> QueryResult<Option<UserId>> {
    password_resets::table
        .filter(password_resets::token_hash.eq(token_hash))
        .filter(password_resets::expires_at.gt(diesel::dsl::now))
        .select(password_resets::user_id)
        .first(conn)
        .await
        .optional()
}

/// Takes one, so that nobody takes it again; whose it was, if it had not run out.
pub async fn take(conn: &mut Conn, token_hash: &[u8]) -> QueryResult<Option<UserId>> {
    diesel::delete(
        password_resets::table
            .filter(password_resets::token_hash.eq(token_hash))
            .filter(password_resets::expires_at.gt(diesel::dsl::now)),
    )
    .returning(password_resets::user_id)
    .get_result(conn)
    .await
    .optional()
}

/// Withdraws a user's.
pub async fn delete(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::delete(password_resets::table.find(user)).execute(conn).await?;
    Ok(())
}

/// Removes those that have run out.
pub async fn forget_old(conn: &mut Conn) -> QueryResult<()> {
    diesel::delete(password_resets::table.filter(password_resets::expires_at.lt(diesel::dsl::now)))
        .execute(conn)
        .await?;
    Ok(())
}

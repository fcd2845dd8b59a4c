//! Statuses pinned to a profile.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{status_pins, statuses};

use crate::Conn;
use crate::ids::{AccountId, StatusId};

/// Pins; false when it was pinned.
pub async fn insert(conn: &mut Conn, by: AccountId, status: StatusId) -> QueryResult<bool> {
    let added = diesel::insert_into(status_pins::table)
        .values((status_pins::account_id.eq(by), status_pins::status_id.eq(status)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added > 0)
}

/// Unpins; false when it was not pinned.
pub async fn delete(conn: &mut Conn, by: AccountId, status: StatusId) -> QueryResult<bool> {
    let removed = diesel::delete(
        status_pins::table.filter(status_pins::account_id.eq(by)).filter(status_pins::status_id.eq(status)),
    )
    .execute(conn)
    .await?;
    Ok(removed > 0)
}

/// How many statuses an account has pinned.
pub async fn count(conn: &mut Conn, by: AccountId) -> QueryResult<i64> {
    status_pins::table.filter(status_pins::account_id.eq(by)).count().get_result(conn).await
}

/// What an account has pinned, latest first, as ids; says nothing of who may see them.
pub async fn list(conn: &mut Conn, by: AccountId) -> QueryResult<Vec<StatusId>> {
    status_pins::table
        .inner_join(statuses::table)
        .filter(status_pins::account_id.eq(by))
        .filter(statuses::deleted_at.is_null())
        .order(status_pins::id.desc())
        .select(status_pins::status_id)
        .limit(40)
        .load(conn)
        .await
}

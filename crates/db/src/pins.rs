//! Statuses pinned to a profile.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{status_pins, statuses};

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::pairs::pairs;

pairs!(status_pins, status_id: StatusId, counted);

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

//! Accounts that want to be found.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Nullable};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::ids::AccountId;
use crate::sql::prepared;
use crate::visibility::welcome;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Which page of the directory is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// The youngest accounts first, else those that posted last.
    pub newest: bool,
    /// Only accounts that live here.
    pub local: bool,
    /// Skip so many.
    pub offset: i64,
    /// At most so many.
    pub limit: i64,
}

macro_rules! directory {
    ($from:literal, $order:literal) => {
        concat!(
            "SELECT a.id FROM ",
            $from,
            " WHERE a.discoverable AND a.suspended_at IS NULL AND a.silenced_at IS NULL ",
            "AND a.moved_to_id IS NULL AND NOT a.memorial AND (NOT $2 OR a.domain IS NULL) ",
            "AND a.username <> 'instance.actor' AND (a.domain IS NOT NULL OR EXISTS (SELECT FROM users u ",
            "WHERE u.account_id = a.id AND u.confirmed_at IS NOT NULL AND u.approved_at IS NOT NULL ",
            "AND u.disabled_at IS NULL)) AND ",
            welcome!("a.id", "$1"),
            " ORDER BY ",
            $order,
            " LIMIT $4 OFFSET $3"
        )
    };
}

/// A page of the directory for a viewer.
pub async fn page(conn: &mut Conn, viewer: Option<AccountId>, wanted: Wanted) -> QueryResult<Vec<AccountId>> {
    let statement = if wanted.newest {
        directory!("accounts a", "a.id DESC")
    } else {
        directory!(
            "account_stats t JOIN accounts a ON a.id = t.account_id",
            "t.last_status_at DESC NULLS LAST, a.id DESC"
        )
    };
    let query = diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(viewer)
        .bind::<Bool, _>(wanted.local)
        .bind::<BigInt, _>(wanted.offset)
        .bind::<BigInt, _>(wanted.limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

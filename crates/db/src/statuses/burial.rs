//! Deleted statuses: what is cleared at once, and what hangs on them and goes in batches.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt};
use diesel_async::RunQueryDsl;
use schema::statuses;

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

/// Empties a status and marks it deleted; false when somebody did before.
///
/// The row stays, so that its uri is remembered, and so do its mentions, which say where its deletion must
/// go; nothing that was written does. What others made of it is left to [`bury_reblogs`] and
/// [`clear_buried`].
pub async fn bury(conn: &mut Conn, id: StatusId) -> QueryResult<bool> {
    let buried = diesel::update(statuses::table.find(id).filter(statuses::deleted_at.is_null()))
        .set((
            statuses::deleted_at.eq(diesel::dsl::now),
            statuses::content.eq(""),
            statuses::spoiler_text.eq(""),
            statuses::source.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    if buried == 0 {
        return Ok(false);
    }
    let query = diesel::sql_query(
        "WITH e AS (DELETE FROM status_edits WHERE status_id = $1), \
         t AS (DELETE FROM status_tags WHERE status_id = $1), \
         p AS (DELETE FROM status_pins WHERE status_id = $1) \
         DELETE FROM status_stats WHERE status_id = $1",
    )
    .bind::<BigInt, _>(id);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(true)
}

#[derive(QueryableByName)]
struct Whose {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
}

/// Marks up to `limit` reblogs of a status deleted, counts them out, and returns how many there were.
pub async fn bury_reblogs(conn: &mut Conn, of: StatusId, limit: i64) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "UPDATE statuses SET deleted_at = now() WHERE id IN (SELECT id FROM statuses \
         WHERE reblog_of_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2 FOR NO KEY UPDATE) \
         RETURNING account_id",
    )
    .bind::<BigInt, _>(of)
    .bind::<BigInt, _>(limit);
    let buried: Vec<Whose> = RunQueryDsl::load(prepared(query), conn).await?;
    let accounts: Vec<AccountId> = buried.iter().map(|row| row.account_id).collect();
    // An account has one reblog of a status. In one order, so that two batches do not deadlock.
    let query = diesel::sql_query(
        "WITH held AS (SELECT account_id FROM account_stats WHERE account_id = ANY($1) \
         ORDER BY account_id FOR NO KEY UPDATE) \
         UPDATE account_stats s SET statuses_count = s.statuses_count - 1 \
         FROM held WHERE s.account_id = held.account_id",
    )
    .bind::<Array<BigInt>, _>(&accounts);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(accounts.len())
}

/// Removes up to `limit` favourites, bookmarks, notifications, votes and places in filters each of a deleted
/// status, and returns how many there were.
pub async fn clear_buried(conn: &mut Conn, id: StatusId, limit: i64) -> QueryResult<usize> {
    let statements = [
        "DELETE FROM favourites WHERE id IN (SELECT id FROM favourites WHERE status_id = $1 LIMIT $2)",
        "DELETE FROM bookmarks WHERE id IN (SELECT id FROM bookmarks WHERE status_id = $1 LIMIT $2)",
        "DELETE FROM status_reactions WHERE id IN (SELECT id FROM status_reactions WHERE status_id = $1 LIMIT $2)",
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE status_id = $1 LIMIT $2)",
        "DELETE FROM poll_votes WHERE id IN (SELECT id FROM poll_votes WHERE status_id = $1 LIMIT $2)",
        "DELETE FROM polls WHERE status_id IN (SELECT p.status_id FROM polls p WHERE p.status_id = $1 \
         AND NOT EXISTS (SELECT FROM poll_votes v WHERE v.status_id = p.status_id) LIMIT $2)",
        "DELETE FROM filter_statuses WHERE id IN (SELECT id FROM filter_statuses WHERE status_id = $1 LIMIT $2)",
    ];
    let mut cleared = 0;
    for statement in statements {
        let query = diesel::sql_query(statement).bind::<BigInt, _>(id).bind::<BigInt, _>(limit);
        cleared += RunQueryDsl::execute(prepared(query), conn).await?;
    }
    Ok(cleared)
}

/// The accounts that reblogged a status, `limit` of them.
pub async fn rebloggers(conn: &mut Conn, of: StatusId, limit: i64) -> QueryResult<Vec<AccountId>> {
    statuses::table
        .filter(statuses::reblog_of_id.eq(of))
        .filter(statuses::deleted_at.is_null())
        .select(statuses::account_id)
        .limit(limit)
        .load(conn)
        .await
}

/// The accounts here that reblogged a status, the latest `limit` of them.
pub async fn local_rebloggers(conn: &mut Conn, of: StatusId, limit: i64) -> QueryResult<Vec<AccountId>> {
    statuses::table
        .filter(statuses::reblog_of_id.eq(of))
        .filter(statuses::deleted_at.is_null())
        .filter(statuses::local.eq(true))
        .order(statuses::id.desc())
        .select(statuses::account_id)
        .limit(limit)
        .load(conn)
        .await
}

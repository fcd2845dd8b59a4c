//! Accounts that somebody might like to follow.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;
use schema::dismissed_suggestions;

use crate::Conn;
use crate::ids::AccountId;
use crate::sql::prepared;
use crate::visibility::welcome;

/// Of so many latest follows of the viewer, and of each of those, the next ones are looked at.
const FRIENDS: i64 = 150;
const THEIR_FOLLOWS: i64 = 100;
/// So many of the most followed accounts are looked at.
const MOST_FOLLOWED: i64 = 300;

/// Who is suggested, and why.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Suggestion {
    /// Who.
    #[diesel(sql_type = BigInt)]
    pub account: AccountId,
    /// Accounts that the viewer follows do.
    #[diesel(sql_type = Bool)]
    pub by_friends: bool,
    /// It is among the most followed ones that posted lately.
    #[diesel(sql_type = Bool)]
    pub most_followed: bool,
}

/// Suggestions for a viewer, best first: accounts that want to be found, that posted in the last 30 days, and
/// with which the viewer has nothing yet. Whom an account follows that hides this is not made use of.
pub async fn list(conn: &mut Conn, viewer: AccountId, limit: i64) -> QueryResult<Vec<Suggestion>> {
    let query = diesel::sql_query(concat!(
        "WITH friends AS (SELECT l.target_account_id AS id, count(*) AS friends FROM (",
        "SELECT f.target_account_id FROM follows f JOIN accounts b ON b.id = f.target_account_id ",
        "AND NOT b.hide_collections AND b.suspended_at IS NULL ",
        "WHERE f.account_id = $1 ORDER BY f.id DESC LIMIT $3) mine CROSS JOIN LATERAL (",
        "SELECT g.target_account_id FROM follows g WHERE g.account_id = mine.target_account_id ",
        "ORDER BY g.id DESC LIMIT $4) l GROUP BY 1 ORDER BY 2 DESC LIMIT 1000), ",
        "popular AS (SELECT account_id AS id FROM account_stats WHERE followers_count > 0 ",
        "ORDER BY followers_count DESC LIMIT $5) ",
        "SELECT a.id AS account, f.id IS NOT NULL AS by_friends, p.id IS NOT NULL AS most_followed ",
        "FROM friends f FULL JOIN popular p ON p.id = f.id JOIN accounts a ON a.id = coalesce(f.id, p.id) ",
        "JOIN account_stats t ON t.account_id = a.id WHERE a.id <> $1 AND a.discoverable ",
        "AND a.suspended_at IS NULL AND a.silenced_at IS NULL AND a.moved_to_id IS NULL AND NOT a.memorial ",
        "AND a.username <> 'instance.actor' AND t.last_status_at > now() - interval '30 days' ",
        "AND NOT EXISTS (SELECT FROM follows x WHERE x.account_id = $1 AND x.target_account_id = a.id) ",
        "AND NOT EXISTS (SELECT FROM follow_requests x WHERE x.account_id = $1 AND x.target_account_id = a.id) ",
        "AND NOT EXISTS (SELECT FROM dismissed_suggestions x ",
        "WHERE x.account_id = $1 AND x.target_account_id = a.id) AND ",
        welcome!("a.id", "$1"),
        " ORDER BY coalesce(f.friends, 0) DESC, t.followers_count DESC, a.id LIMIT $2"
    ))
    .bind::<BigInt, _>(viewer)
    .bind::<BigInt, _>(limit)
    .bind::<BigInt, _>(FRIENDS)
    .bind::<BigInt, _>(THEIR_FOLLOWS)
    .bind::<BigInt, _>(MOST_FOLLOWED);
    RunQueryDsl::load(prepared(query), conn).await
}

/// Suggests an account no more.
pub async fn dismiss(conn: &mut Conn, viewer: AccountId, account: AccountId) -> QueryResult<()> {
    diesel::insert_into(dismissed_suggestions::table)
        .values((
            dismissed_suggestions::account_id.eq(viewer),
            dismissed_suggestions::target_account_id.eq(account),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

//! Home feeds: which statuses belong into whose home timeline.
//!
//! PostgreSQL is the truth: a feed can always be rebuilt from follows and statuses. What is kept elsewhere
//! are copies of ids.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool};
use diesel_async::RunQueryDsl;

use crate::ids::{AccountId, StatusId};
use crate::lists::apart;
use crate::sql::prepared;
use crate::visibility::{visible, welcome};
use crate::{Conn, Page};

/// An entry of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct FeedEntry {
    /// The status, or the reblog.
    #[diesel(sql_type = BigInt)]
    pub id: StatusId,
    /// What is read: the status itself, or what it reblogs.
    #[diesel(sql_type = BigInt)]
    pub original: StatusId,
}

/// SQL: does the status row `s` by a followed account belong into the home feed of `$viewer`, whose follow
/// row is `f`? Replies do when they answer somebody the viewer follows, the viewer, or their own author.
macro_rules! belongs {
    ($viewer:literal) => {
        concat!(
            "(s.reblog_of_id IS NULL OR f.show_reblogs) ",
            "AND (f.languages IS NULL OR s.language IS NULL OR s.language = ANY(f.languages)) ",
            "AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = ",
            $viewer,
            " OR s.in_reply_to_account_id = s.account_id",
            " OR EXISTS (SELECT FROM follows rf WHERE rf.account_id = ",
            $viewer,
            " AND rf.target_account_id = s.in_reply_to_account_id)) ",
            "AND (s.reblog_of_id IS NULL OR EXISTS (SELECT FROM statuses o WHERE o.id = s.reblog_of_id",
            " AND o.account_id <> ",
            $viewer,
            " AND ",
            welcome!("o.account_id", $viewer),
            "))"
        )
    };
}

/// SQL: may the status row `s`, by the account row `a`, come to the home feed of `$viewer` because of a tag?
macro_rules! tagged {
    ($viewer:literal) => {
        concat!(
            "s.visibility = 0 AND s.reblog_of_id IS NULL AND s.account_id <> ",
            $viewer,
            " AND a.suspended_at IS NULL AND a.silenced_at IS NULL AND ",
            visible!("s", $viewer),
            " AND ",
            welcome!("s.account_id", $viewer)
        )
    };
}

macro_rules! rebuilt {
    ($order:literal) => {
        concat!(
            "SELECT DISTINCT x.id, x.original FROM (",
            "(SELECT s.id, coalesce(s.reblog_of_id, s.id) AS original FROM statuses s ",
            "WHERE s.account_id = $1 AND s.deleted_at IS NULL AND s.id < $2 AND s.id > $3 ORDER BY s.id ",
            $order,
            " LIMIT $4) UNION ALL ",
            "(SELECT l.id, l.original FROM follows f CROSS JOIN LATERAL (",
            "SELECT s.id, coalesce(s.reblog_of_id, s.id) AS original FROM statuses s ",
            "WHERE s.account_id = f.target_account_id AND s.deleted_at IS NULL AND s.id < $2 AND s.id > $3 AND ",
            visible!("s", "$1"),
            " AND ",
            belongs!("$1"),
            " ORDER BY s.id ",
            $order,
            " LIMIT $4) l WHERE f.account_id = $1 AND ",
            welcome!("f.target_account_id", "$1"),
            " AND NOT ",
            apart!("f.target_account_id", "$1"),
            " ORDER BY l.id ",
            $order,
            " LIMIT $4) UNION ALL ",
            "(SELECT DISTINCT l.id, l.id AS original FROM tag_follows t CROSS JOIN LATERAL (",
            "SELECT s.id FROM status_tags st JOIN statuses s ON s.id = st.status_id ",
            "JOIN accounts a ON a.id = s.account_id WHERE st.tag_id = t.tag_id ",
            "AND st.status_id < $2 AND st.status_id > $3 AND ",
            tagged!("$1"),
            " AND NOT ",
            apart!("s.account_id", "$1"),
            " ORDER BY st.status_id ",
            $order,
            " LIMIT $4) l WHERE t.account_id = $1 ORDER BY l.id ",
            $order,
            " LIMIT $4)) x ORDER BY x.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// A page of entries, newest first, from the statuses of everybody the account follows, its own, and public
/// ones with a tag that it follows: one index walk for each followed account and tag. What members of exclusive
/// lists wrote is left out.
pub async fn rebuild(conn: &mut Conn, account: AccountId, page: Page) -> QueryResult<Vec<FeedEntry>> {
    let statement = if page.upwards() { rebuilt!("ASC") } else { rebuilt!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

#[derive(QueryableByName)]
struct Viewer {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Of many viewers, those who may see a status and want to, the author of what is reblogged included.
pub async fn welcome_to(
    conn: &mut Conn,
    status: StatusId,
    viewers: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(concat!(
        "SELECT w.id FROM unnest($2::bigint[]) AS w(id) JOIN statuses s ON s.id = $1 ",
        "LEFT JOIN statuses o ON o.id = s.reblog_of_id WHERE ",
        visible!("s", "w.id"),
        " AND (s.account_id = w.id OR ",
        welcome!("s.account_id", "w.id"),
        ") AND (o.id IS NULL OR (",
        visible!("o", "w.id"),
        " AND (o.account_id = w.id OR ",
        welcome!("o.account_id", "w.id"),
        ")))"
    ))
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(viewers);
    let rows: Vec<Viewer> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Of many accounts, those who may have a status in their home timeline: they follow one of these authors
/// (who wrote it or reblogged it) or are one, are mentioned, or follow one of its tags; of a deleted status it
/// is not known any more which it had. Says nothing of who may see it.
pub async fn concerned(
    conn: &mut Conn,
    status: StatusId,
    authors: &[AccountId],
    accounts: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(
        "SELECT account_id AS id FROM follows WHERE target_account_id = ANY($2) AND account_id = ANY($3) \
         UNION SELECT account_id FROM mentions WHERE status_id = $1 AND account_id = ANY($3) \
         UNION SELECT w.id FROM unnest($3::bigint[]) AS w(id) WHERE w.id = ANY($2) \
         UNION SELECT t.account_id FROM tag_follows t JOIN statuses s ON s.id = $1 \
         WHERE t.account_id = ANY($3) AND s.visibility = 0 AND s.tags_count > 0 \
         AND (s.deleted_at IS NOT NULL OR EXISTS (SELECT FROM status_tags st WHERE st.status_id = s.id \
         AND st.tag_id = t.tag_id))",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(authors)
    .bind::<Array<BigInt>, _>(accounts);
    let rows: Vec<Viewer> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Into whose home feed a status belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Reader {
    /// The follower.
    #[diesel(sql_type = BigInt)]
    pub id: AccountId,
    /// Whether it wants to be told of every post, and this is one: no reblog, no reply.
    #[diesel(sql_type = Bool)]
    pub notify: bool,
    /// Whether it reads the author in an exclusive list, and not at home.
    #[diesel(sql_type = Bool)]
    pub apart: bool,
}

/// Local followers of its author or of one of its tags into whose home feed a status belongs, or would but for an
/// exclusive list, above `after`, in order, `limit` at most.
pub async fn readers(
    conn: &mut Conn,
    status: StatusId,
    after: AccountId,
    limit: i64,
) -> QueryResult<Vec<Reader>> {
    let query = diesel::sql_query(concat!(
        "SELECT r.id, bool_or(r.notify) AS notify, ",
        apart!("r.author", "r.id"),
        " AS apart FROM ((SELECT f.account_id AS id, s.account_id AS author, ",
        "f.notify AND s.reblog_of_id IS NULL AND s.in_reply_to_uri IS NULL AS notify ",
        "FROM statuses s JOIN follows f ON f.target_account_id = s.account_id ",
        "JOIN users u ON u.account_id = f.account_id WHERE s.id = $1 AND f.account_id > $2 AND ",
        visible!("s", "f.account_id"),
        " AND ",
        belongs!("f.account_id"),
        " AND ",
        welcome!("s.account_id", "f.account_id"),
        " ORDER BY f.account_id LIMIT $3) UNION ALL ",
        "(SELECT DISTINCT t.account_id, s.account_id, false FROM statuses s JOIN accounts a ON a.id = s.account_id ",
        "JOIN status_tags st ON st.status_id = s.id JOIN tag_follows t ON t.tag_id = st.tag_id ",
        "WHERE s.id = $1 AND t.account_id > $2 AND ",
        tagged!("t.account_id"),
        " ORDER BY t.account_id LIMIT $3)) r GROUP BY r.id, r.author ORDER BY r.id LIMIT $3"
    ))
    .bind::<BigInt, _>(status)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

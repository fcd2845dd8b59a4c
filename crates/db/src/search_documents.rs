//! What a search engine is told: accounts, statuses and tags as they can be found.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

/// An account, as it can be found.
#[derive(Clone, Debug, QueryableByName)]
#[expect(missing_docs, reason = "the columns of `accounts`, and the count of `account_stats`")]
pub struct FoundAccount {
    #[diesel(sql_type = BigInt)]
    pub id: AccountId,
    #[diesel(sql_type = Text)]
    pub username: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub domain: Option<String>,
    #[diesel(sql_type = Text)]
    pub display_name: String,
    #[diesel(sql_type = Text)]
    pub note: String,
    #[diesel(sql_type = BigInt)]
    pub followers: i64,
}

/// A status, as it can be found.
#[derive(Clone, Debug, QueryableByName)]
pub struct FoundStatus {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: StatusId,
    /// Its author.
    #[diesel(sql_type = BigInt)]
    pub account_id: AccountId,
    /// The warning.
    #[diesel(sql_type = Text)]
    pub spoiler_text: String,
    /// The text, as HTML.
    #[diesel(sql_type = Text)]
    pub content: String,
    /// Its language.
    #[diesel(sql_type = Nullable<Text>)]
    pub language: Option<String>,
    /// Whether it has media.
    #[diesel(sql_type = Bool)]
    pub media: bool,
    /// Whether it is public, and its author agrees to be found.
    #[diesel(sql_type = Bool)]
    pub open: bool,
    /// Local accounts that wrote it, interacted with it or are mentioned in it.
    #[diesel(sql_type = Array<BigInt>)]
    pub readers: Vec<i64>,
}

/// A tag, as it can be found.
#[derive(Clone, Debug, QueryableByName)]
#[expect(missing_docs, reason = "the columns of `tags`")]
pub struct FoundTag {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_status_at: Option<DateTime<Utc>>,
}

/// Those of these accounts that may be found.
pub async fn accounts(conn: &mut Conn, ids: &[AccountId]) -> QueryResult<Vec<FoundAccount>> {
    let query = diesel::sql_query(
        "SELECT a.id, a.username, a.domain, a.display_name, a.note, \
         coalesce(t.followers_count, 0) AS followers FROM accounts a \
         LEFT JOIN account_stats t ON t.account_id = a.id WHERE a.id = ANY($1) \
         AND a.suspended_at IS NULL AND a.username <> 'instance.actor'",
    )
    .bind::<Array<BigInt>, _>(ids);
    RunQueryDsl::load(prepared(query), conn).await
}

/// Those of these statuses that can be found by anybody; reblogs are not.
pub async fn statuses(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<Vec<FoundStatus>> {
    let query = diesel::sql_query(
        "SELECT s.id, s.account_id, s.spoiler_text, s.content, s.language, s.media_count > 0 AS media, \
         s.visibility = 0 AND a.indexable AS open, ARRAY(SELECT r.account_id FROM ( \
         SELECT s.account_id UNION SELECT account_id FROM favourites WHERE status_id = s.id \
         UNION SELECT account_id FROM bookmarks WHERE status_id = s.id \
         UNION SELECT account_id FROM mentions WHERE status_id = s.id \
         UNION SELECT account_id FROM statuses WHERE reblog_of_id = s.id AND deleted_at IS NULL) r \
         JOIN users u ON u.account_id = r.account_id LIMIT 10000) AS readers \
         FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.id = ANY($1) \
         AND s.deleted_at IS NULL AND s.reblog_of_id IS NULL AND a.suspended_at IS NULL",
    )
    .bind::<Array<BigInt>, _>(ids);
    RunQueryDsl::load(prepared(query), conn).await
}

/// The tags of these statuses.
pub async fn tags_of(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<Vec<FoundTag>> {
    let query = diesel::sql_query(
        "SELECT t.id, t.name, t.last_status_at FROM tags t \
         WHERE t.id IN (SELECT tag_id FROM status_tags WHERE status_id = ANY($1))",
    )
    .bind::<Array<BigInt>, _>(ids);
    RunQueryDsl::load(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Ids of accounts above this one, the smallest first.
pub async fn accounts_above(conn: &mut Conn, id: AccountId, limit: i64) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query("SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2")
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(limit);
    let rows: Vec<Id> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| AccountId(row.id)).collect())
}

/// Ids of statuses above this one, the smallest first.
pub async fn statuses_above(conn: &mut Conn, id: StatusId, limit: i64) -> QueryResult<Vec<StatusId>> {
    let query = diesel::sql_query("SELECT id FROM statuses WHERE id > $1 ORDER BY id LIMIT $2")
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(limit);
    let rows: Vec<Id> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| StatusId(row.id)).collect())
}

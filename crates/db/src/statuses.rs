//! Statuses: posts, replies and reblogs.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::statuses;

use crate::Conn;
use crate::ids::{AccountId, ApplicationId, StatusId};
use crate::sql::prepared;
use crate::visibility::{Visibility, visible};

/// A row of `statuses`.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable, QueryableByName)]
#[diesel(table_name = statuses, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Status {
    pub id: StatusId,
    pub account_id: AccountId,
    pub uri: String,
    pub url: Option<String>,
    pub local: bool,
    pub visibility: Visibility,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub source: Option<String>,
    pub content_type: i16,
    pub conversation_id: i64,
    pub in_reply_to_id: Option<StatusId>,
    pub in_reply_to_account_id: Option<AccountId>,
    pub in_reply_to_uri: Option<String>,
    pub reblog_of_id: Option<StatusId>,
    pub application_id: Option<ApplicationId>,
    pub media_count: i16,
    pub mentions_count: i16,
    pub tags_count: i16,
    pub emojis_count: i16,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A new status; its id was taken with [`new_id`].
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = statuses)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewStatus {
    pub id: StatusId,
    pub account_id: AccountId,
    pub uri: String,
    pub url: Option<String>,
    pub local: bool,
    pub visibility: Visibility,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub source: Option<String>,
    pub content_type: i16,
    pub conversation_id: i64,
    pub in_reply_to_id: Option<StatusId>,
    pub in_reply_to_account_id: Option<AccountId>,
    pub in_reply_to_uri: Option<String>,
    pub reblog_of_id: Option<StatusId>,
    pub application_id: Option<ApplicationId>,
    pub media_count: i16,
    pub mentions_count: i16,
    pub tags_count: i16,
    pub emojis_count: i16,
    pub created_at: DateTime<Utc>,
}

/// What an edit replaces.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = statuses, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct StatusChanges {
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub source: Option<String>,
    pub content_type: i16,
    pub media_count: i16,
    pub mentions_count: i16,
    pub tags_count: i16,
    pub emojis_count: i16,
    pub edited_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
}

/// A fresh id for something published at `at`; times in the future count as now.
pub async fn new_id(conn: &mut Conn, at: DateTime<Utc>) -> QueryResult<StatusId> {
    let query = diesel::sql_query("SELECT new_id($1) AS id").bind::<Timestamptz, _>(at);
    let row: Id = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.id)
}

/// A fresh id for something remote, and what is known of it already.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Reserved {
    /// The id.
    #[diesel(sql_type = BigInt)]
    pub id: StatusId,
    /// Whether its author deleted it before it came.
    #[diesel(sql_type = Bool)]
    pub buried: bool,
    /// Whether replies came before it.
    #[diesel(sql_type = Bool)]
    pub awaited: bool,
}

/// A fresh id for the status with this uri by the actor `author`, published at `at`.
pub async fn reserve(conn: &mut Conn, at: DateTime<Utc>, uri: &str, author: &str) -> QueryResult<Reserved> {
    let query = diesel::sql_query(
        "SELECT new_id($1) AS id, \
         EXISTS (SELECT FROM tombstones WHERE uri = $2 AND actor_uri = $3) AS buried, \
         EXISTS (SELECT FROM statuses WHERE in_reply_to_uri = $2 AND in_reply_to_id IS NULL) AS awaited",
    )
    .bind::<Timestamptz, _>(at)
    .bind::<Text, _>(uri)
    .bind::<Text, _>(author);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// Writes a status; `None` when its uri, or the same reblog by the same account, is there already.
pub async fn insert(conn: &mut Conn, new: &NewStatus) -> QueryResult<Option<Status>> {
    diesel::insert_into(statuses::table)
        .values(new)
        .on_conflict_do_nothing()
        .returning(Status::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// The status that is not deleted, or [`diesel::result::Error::NotFound`]. Says nothing of who may see it.
pub async fn find(conn: &mut Conn, id: StatusId) -> QueryResult<Status> {
    statuses::table
        .find(id)
        .filter(statuses::deleted_at.is_null())
        .select(Status::as_select())
        .first(conn)
        .await
}

/// The status, deleted or not; of a deleted one only its ids and its visibility are left.
pub async fn find_even_deleted(conn: &mut Conn, id: StatusId) -> QueryResult<Status> {
    statuses::table.find(id).select(Status::as_select()).first(conn).await
}

/// The status if this viewer may see it, or [`diesel::result::Error::NotFound`]: who may not see it cannot
/// tell it from one that never was.
pub async fn find_visible(conn: &mut Conn, viewer: Option<AccountId>, id: StatusId) -> QueryResult<Status> {
    let query = diesel::sql_query(concat!(
        "SELECT s.* FROM statuses s JOIN accounts a ON a.id = s.account_id ",
        "WHERE s.id = $1 AND a.suspended_at IS NULL AND ",
        visible!("s", "$2")
    ))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(viewer);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// The status with this ActivityPub id, deleted ones included.
pub async fn find_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Status>> {
    statuses::table.filter(statuses::uri.eq(uri)).select(Status::as_select()).first(conn).await.optional()
}

/// Of these ActivityPub ids, the statuses that are known; deleted ones included.
pub async fn load_by_uris(conn: &mut Conn, uris: &[String]) -> QueryResult<Vec<Status>> {
    statuses::table.filter(statuses::uri.eq_any(uris)).select(Status::as_select()).load(conn).await
}

/// Those that exist and are not deleted, in no particular order. Says nothing of who may see them.
pub async fn load(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<Vec<Status>> {
    statuses::table
        .filter(statuses::id.eq_any(ids))
        .filter(statuses::deleted_at.is_null())
        .select(Status::as_select())
        .load(conn)
        .await
}

/// The account's own status that is not deleted, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, owner: AccountId, id: StatusId) -> QueryResult<Status> {
    statuses::table
        .find(id)
        .filter(statuses::account_id.eq(owner))
        .filter(statuses::deleted_at.is_null())
        .select(Status::as_select())
        .first(conn)
        .await
}

/// The account's reblog of a status.
pub async fn find_reblog(conn: &mut Conn, by: AccountId, of: StatusId) -> QueryResult<Option<Status>> {
    statuses::table
        .filter(statuses::reblog_of_id.eq(of))
        .filter(statuses::account_id.eq(by))
        .filter(statuses::deleted_at.is_null())
        .select(Status::as_select())
        .first(conn)
        .await
        .optional()
}

/// Replaces the text of a status.
pub async fn update(conn: &mut Conn, id: StatusId, changes: &StatusChanges) -> QueryResult<Status> {
    diesel::update(statuses::table.find(id))
        .set(changes)
        .returning(Status::as_returning())
        .get_result(conn)
        .await
}

/// Empties a status and marks it deleted; false when somebody did before.
///
/// The row stays, so that its uri is remembered, and so do its mentions, which say where its deletion must
/// go; nothing that was written does.
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
    let leftovers = [
        "DELETE FROM status_edits WHERE status_id = $1",
        "DELETE FROM status_tags WHERE status_id = $1",
        "DELETE FROM bookmarks WHERE status_id = $1",
        "DELETE FROM status_pins WHERE status_id = $1",
        "DELETE FROM favourites WHERE status_id = $1",
        "DELETE FROM notifications WHERE status_id = $1",
        "DELETE FROM status_stats WHERE status_id = $1",
    ];
    for statement in leftovers {
        let query = prepared(diesel::sql_query(statement).bind::<BigInt, _>(id));
        RunQueryDsl::execute(query, conn).await?;
    }
    Ok(true)
}

/// Reblogs of a status that are not deleted.
pub async fn reblogs_of(conn: &mut Conn, id: StatusId) -> QueryResult<Vec<Status>> {
    statuses::table
        .filter(statuses::reblog_of_id.eq(id))
        .filter(statuses::deleted_at.is_null())
        .select(Status::as_select())
        .load(conn)
        .await
}

/// A counter of `status_stats`.
#[derive(Clone, Copy, Debug)]
pub enum Counter {
    /// Direct replies.
    Replies,
    /// Reblogs.
    Reblogs,
    /// Favourites.
    Favourites,
}

/// Adds `by` (negative to subtract, never below zero) to a counter, in the transaction of the row it counts.
pub async fn count(conn: &mut Conn, id: StatusId, counter: Counter, by: i64) -> QueryResult<()> {
    let statement = match counter {
        Counter::Replies => {
            "INSERT INTO status_stats AS s (status_id, replies_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET replies_count = greatest(s.replies_count + $2, 0)"
        }
        Counter::Reblogs => {
            "INSERT INTO status_stats AS s (status_id, reblogs_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET reblogs_count = greatest(s.reblogs_count + $2, 0)"
        }
        Counter::Favourites => {
            "INSERT INTO status_stats AS s (status_id, favourites_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET favourites_count = greatest(s.favourites_count + $2, 0)"
        }
    };
    let query = diesel::sql_query(statement).bind::<BigInt, _>(id).bind::<BigInt, _>(by);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Joins replies that came before their parent to it, and returns how many there were.
pub async fn adopt_orphans(conn: &mut Conn, parent: &Status) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "UPDATE statuses SET in_reply_to_id = $2, in_reply_to_account_id = $3, conversation_id = $4 \
         WHERE in_reply_to_uri = $1 AND in_reply_to_id IS NULL",
    )
    .bind::<Text, _>(&parent.uri)
    .bind::<BigInt, _>(parent.id)
    .bind::<BigInt, _>(parent.account_id)
    .bind::<BigInt, _>(parent.conversation_id);
    RunQueryDsl::execute(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    flag: bool,
}

/// Whether the viewer may see the status.
pub async fn may_see(conn: &mut Conn, viewer: Option<AccountId>, id: StatusId) -> QueryResult<bool> {
    let query = diesel::sql_query(concat!(
        "SELECT EXISTS (SELECT FROM statuses s WHERE s.id = $1 AND ",
        visible!("s", "$2"),
        ") AS flag"
    ))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(viewer);
    let row: Flag = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.flag)
}

/// Whether anybody here waits for what this author writes: a local account follows the author, or it answers
/// (`parent` is an ActivityPub id) a status of ours or of somebody followed from here.
pub async fn is_wanted(conn: &mut Conn, author: AccountId, parent: Option<&str>) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM follows f JOIN accounts a ON a.id = f.account_id \
         WHERE f.target_account_id = $1 AND a.domain IS NULL) \
         OR EXISTS (SELECT FROM statuses s WHERE s.uri = $2 AND s.deleted_at IS NULL \
         AND (s.local OR EXISTS (SELECT FROM follows f JOIN accounts a ON a.id = f.account_id \
         WHERE f.target_account_id = s.account_id AND a.domain IS NULL))) AS flag",
    )
    .bind::<BigInt, _>(author)
    .bind::<Nullable<Text>, _>(parent);
    let row: Flag = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.flag)
}

#[derive(QueryableByName)]
struct Reader {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Of these accounts, those who may see the status and want to hear of its author.
pub async fn welcome_to(
    conn: &mut Conn,
    id: StatusId,
    author: AccountId,
    readers: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(concat!(
        "SELECT r.id FROM statuses s, unnest($2::bigint[]) AS r(id) WHERE s.id = $1 AND ",
        visible!("s", "r.id"),
        " AND ",
        crate::visibility::welcome!("$3", "r.id")
    ))
    .bind::<BigInt, _>(id)
    .bind::<Array<BigInt>, _>(readers)
    .bind::<BigInt, _>(author);
    let rows: Vec<Reader> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The ancestors of a status from the root down, and its descendants depth first, as far as the viewer may
/// see them; at most `up` and `down` of them. Loops in what others sent end the walk.
pub async fn thread(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    id: StatusId,
    up: i64,
    down: i64,
) -> QueryResult<(Vec<StatusId>, Vec<StatusId>)> {
    let ancestors = diesel::sql_query(concat!(
        "WITH RECURSIVE up(id, parent, path) AS (",
        " SELECT id, in_reply_to_id, ARRAY[id] FROM statuses WHERE id = $1",
        " UNION ALL",
        " SELECT p.id, p.in_reply_to_id, up.path || p.id FROM up JOIN statuses p ON p.id = up.parent",
        " WHERE NOT p.id = ANY(up.path) AND cardinality(up.path) <= $3)",
        " SELECT s.id FROM up JOIN statuses s ON s.id = up.id WHERE s.id <> $1 AND ",
        visible!("s", "$2"),
        " ORDER BY cardinality(up.path) DESC"
    ))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(viewer)
    .bind::<BigInt, _>(up);
    let above: Vec<Id> = RunQueryDsl::load(prepared(ancestors), conn).await?;
    let descendants = diesel::sql_query(concat!(
        "WITH RECURSIVE down(id, path) AS (",
        " SELECT id, ARRAY[id] FROM statuses WHERE in_reply_to_id = $1 AND deleted_at IS NULL AND id <> $1",
        " UNION ALL",
        " SELECT c.id, down.path || c.id FROM down JOIN statuses c ON c.in_reply_to_id = down.id",
        " WHERE c.deleted_at IS NULL AND NOT c.id = ANY(down.path) AND c.id <> $1",
        " AND cardinality(down.path) < 20),",
        " kept AS (SELECT id, path FROM down LIMIT $3)",
        " SELECT s.id FROM kept JOIN statuses s ON s.id = kept.id WHERE ",
        visible!("s", "$2"),
        " ORDER BY kept.path"
    ))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(viewer)
    .bind::<BigInt, _>(down);
    let below: Vec<Id> = RunQueryDsl::load(prepared(descendants), conn).await?;
    let ids = |rows: Vec<Id>| rows.into_iter().map(|row| row.id).collect();
    Ok((ids(above), ids(below)))
}

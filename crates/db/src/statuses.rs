//! Statuses: posts, replies and reblogs.

mod burial;
mod threads;

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

pub use burial::{bury, bury_reblogs, clear_buried, local_rebloggers, rebloggers};
pub use threads::{Extent, Fresh, adopt_orphans, find_fresh, join_parent, move_into, thread};

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
    pub has_poll: bool,
    pub local_only: bool,
    pub quote_policy: i16,
    pub has_quote: bool,
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
    pub has_poll: bool,
    pub local_only: bool,
    pub quote_policy: i16,
    pub has_quote: bool,
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
    pub has_poll: bool,
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

/// A fresh id, and what is known already of what shall have it.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Reserved {
    /// The id.
    #[diesel(sql_type = BigInt)]
    pub id: StatusId,
    /// The conversation of the parent, if that is there; both stay so until the transaction ends.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub conversation: Option<i64>,
    /// Whether its author deleted it before it came.
    #[diesel(sql_type = Bool)]
    pub buried: bool,
}

/// A fresh id for something published at `at` that answers `parent`; `remote` is the uri of something from
/// elsewhere, and its author's.
pub async fn reserve(
    conn: &mut Conn,
    at: DateTime<Utc>,
    parent: Option<StatusId>,
    remote: Option<(&str, &str)>,
) -> QueryResult<Reserved> {
    let query = diesel::sql_query(
        "WITH parent AS (SELECT conversation_id FROM statuses WHERE id = $2 AND deleted_at IS NULL FOR SHARE) \
         SELECT new_id($1) AS id, (SELECT conversation_id FROM parent) AS conversation, \
         EXISTS (SELECT FROM tombstones WHERE uri = $3 AND actor_uri = $4) AS buried",
    )
    .bind::<Timestamptz, _>(at)
    .bind::<Nullable<BigInt>, _>(parent)
    .bind::<Nullable<Text>, _>(remote.map(|(uri, _)| uri))
    .bind::<Nullable<Text>, _>(remote.map(|(_, author)| author));
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
    let query =
        diesel::sql_query(concat!("SELECT s.* FROM statuses s WHERE s.id = $1 AND ", visible!("s", "$2")))
            .bind::<BigInt, _>(id)
            .bind::<Nullable<BigInt>, _>(viewer);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// Of these, the statuses that this viewer may see, in no particular order.
pub async fn load_visible(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<Vec<Status>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(concat!(
        "SELECT s.* FROM statuses s JOIN accounts a ON a.id = s.account_id ",
        "WHERE s.id = ANY($1) AND a.suspended_at IS NULL AND ",
        visible!("s", "$2")
    ))
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    RunQueryDsl::load(prepared(query), conn).await
}

/// As [`find_visible`]; nobody deletes or changes the status until the transaction ends.
pub async fn hold_visible(conn: &mut Conn, viewer: AccountId, id: StatusId) -> QueryResult<Status> {
    let query = diesel::sql_query(concat!(
        "SELECT s.* FROM statuses s WHERE s.id = $1 AND ",
        visible!("s", "$2"),
        " FOR SHARE OF s"
    ))
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(viewer);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// The status that is not deleted, for a change by this transaction alone.
pub async fn lock(conn: &mut Conn, id: StatusId) -> QueryResult<Status> {
    statuses::table
        .find(id)
        .filter(statuses::deleted_at.is_null())
        .select(Status::as_select())
        .for_no_key_update()
        .first(conn)
        .await
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

/// Replaces the text of a status that is not deleted.
pub async fn update(conn: &mut Conn, id: StatusId, changes: &StatusChanges) -> QueryResult<Status> {
    diesel::update(statuses::table.find(id).filter(statuses::deleted_at.is_null()))
        .set(changes)
        .returning(Status::as_returning())
        .get_result(conn)
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
    /// Quotes that were accepted.
    Quotes,
    /// Emoji below it.
    Reactions,
}

/// Adds `by` (negative to subtract) to a counter, in the transaction of the row it counts. One that went below zero
/// would be a fault of ours: the table refuses it, and the transaction fails.
pub async fn count(conn: &mut Conn, id: StatusId, counter: Counter, by: i64) -> QueryResult<()> {
    let statement = match counter {
        Counter::Replies => {
            "INSERT INTO status_stats AS s (status_id, replies_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET replies_count = s.replies_count + $2"
        }
        Counter::Reblogs => {
            "INSERT INTO status_stats AS s (status_id, reblogs_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET reblogs_count = s.reblogs_count + $2"
        }
        Counter::Favourites => {
            "INSERT INTO status_stats AS s (status_id, favourites_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET favourites_count = s.favourites_count + $2"
        }
        Counter::Quotes => {
            "INSERT INTO status_stats AS s (status_id, quotes_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET quotes_count = greatest(s.quotes_count + $2, 0)"
        }
        Counter::Reactions => {
            "INSERT INTO status_stats AS s (status_id, reactions_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (status_id) DO UPDATE SET reactions_count = s.reactions_count + $2"
        }
    };
    let query = diesel::sql_query(statement).bind::<BigInt, _>(id).bind::<BigInt, _>(by);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
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

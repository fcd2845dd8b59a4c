//! Statuses that were typed and are not published yet: drafts, and those with a time, which are scheduled.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::{drafts, users};

use crate::ids::{AccountId, DraftId};
use crate::sql::prepared;
use crate::{Conn, Page};

/// A row of `drafts`.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable, QueryableByName)]
#[diesel(table_name = drafts, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Draft {
    pub id: DraftId,
    pub account_id: AccountId,
    pub params: serde_json::Value,
    pub scheduled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Writes one.
pub async fn insert(
    conn: &mut Conn,
    owner: AccountId,
    params: &serde_json::Value,
    scheduled_at: Option<DateTime<Utc>>,
) -> QueryResult<Draft> {
    diesel::insert_into(drafts::table)
        .values((
            drafts::account_id.eq(owner),
            drafts::params.eq(params),
            drafts::scheduled_at.eq(scheduled_at),
        ))
        .returning(Draft::as_returning())
        .get_result(conn)
        .await
}

/// The scheduled one whose time has come, or [`diesel::result::Error::NotFound`].
pub async fn find_due(conn: &mut Conn, id: DraftId) -> QueryResult<Draft> {
    drafts::table
        .find(id)
        .filter(drafts::scheduled_at.le(diesel::dsl::now))
        .select(Draft::as_select())
        .first(conn)
        .await
}

/// Whoever owns it.
pub async fn find(conn: &mut Conn, id: DraftId) -> QueryResult<Draft> {
    drafts::table.find(id).select(Draft::as_select()).first(conn).await
}

/// The owner's, scheduled or not as asked for, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, owner: AccountId, id: DraftId, scheduled: bool) -> QueryResult<Draft> {
    drafts::table
        .find(id)
        .filter(drafts::account_id.eq(owner))
        .filter(drafts::scheduled_at.is_not_null().eq(scheduled))
        .select(Draft::as_select())
        .first(conn)
        .await
}

macro_rules! listed {
    ($order:literal) => {
        concat!(
            "SELECT * FROM drafts WHERE account_id = $1 AND (scheduled_at IS NOT NULL) = $2 ",
            "AND id < $3 AND id > $4 ORDER BY id ",
            $order,
            " LIMIT $5"
        )
    };
}

/// A page of the owner's, scheduled or not as asked for, newest first.
pub async fn list(conn: &mut Conn, owner: AccountId, scheduled: bool, page: Page) -> QueryResult<Vec<Draft>> {
    let statement = if page.upwards() { listed!("ASC") } else { listed!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(owner)
        .bind::<Bool, _>(scheduled)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

/// Replaces what was typed of a draft that is not scheduled; [`diesel::result::Error::NotFound`] without one.
pub async fn update(
    conn: &mut Conn,
    owner: AccountId,
    id: DraftId,
    params: &serde_json::Value,
) -> QueryResult<Draft> {
    let own =
        drafts::table.find(id).filter(drafts::account_id.eq(owner)).filter(drafts::scheduled_at.is_null());
    diesel::update(own)
        .set((drafts::params.eq(params), drafts::updated_at.eq(diesel::dsl::now)))
        .returning(Draft::as_returning())
        .get_result(conn)
        .await
}

/// Changes the time of a scheduled one; [`diesel::result::Error::NotFound`] when it has none or is gone.
pub async fn reschedule(
    conn: &mut Conn,
    owner: AccountId,
    id: DraftId,
    at: DateTime<Utc>,
) -> QueryResult<Draft> {
    let own = drafts::table
        .find(id)
        .filter(drafts::account_id.eq(owner))
        .filter(drafts::scheduled_at.is_not_null());
    diesel::update(own)
        .set((drafts::scheduled_at.eq(at), drafts::updated_at.eq(diesel::dsl::now)))
        .returning(Draft::as_returning())
        .get_result(conn)
        .await
}

/// Removes one; false when somebody did before. Whoever removes it in the transaction that publishes it
/// publishes it alone.
pub async fn delete(conn: &mut Conn, owner: AccountId, id: DraftId) -> QueryResult<bool> {
    let gone =
        diesel::delete(drafts::table.find(id).filter(drafts::account_id.eq(owner))).execute(conn).await?;
    Ok(gone > 0)
}

/// How many somebody has.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Counts {
    /// Without a time.
    #[diesel(sql_type = BigInt)]
    pub drafts: i64,
    /// With one.
    #[diesel(sql_type = BigInt)]
    pub scheduled: i64,
    /// Of these, on the day (UTC) that was asked for.
    #[diesel(sql_type = BigInt)]
    pub on_day: i64,
}

/// Counts what somebody has, which nobody else changes until the caller's transaction ends; `day` is any
/// moment of the day that counts.
pub async fn count(conn: &mut Conn, owner: AccountId, day: DateTime<Utc>) -> QueryResult<Counts> {
    users::table
        .filter(users::account_id.eq(owner))
        .select(users::id)
        .for_no_key_update()
        .load::<i64>(conn)
        .await?;
    let query = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE scheduled_at IS NULL) AS drafts, \
         count(scheduled_at) AS scheduled, count(*) FILTER (WHERE \
         date_trunc('day', scheduled_at, 'UTC') = date_trunc('day', $2, 'UTC')) AS on_day \
         FROM drafts WHERE account_id = $1",
    )
    .bind::<BigInt, _>(owner)
    .bind::<Timestamptz, _>(day);
    RunQueryDsl::get_result(prepared(query), conn).await
}

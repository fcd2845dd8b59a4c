//! Quotes: a status that shows another one, and whether that one's author agrees.

mod policy;
mod seen;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use schema::{quotes, statuses};

use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::visibility::{visible, welcome};
use crate::{Conn, Page};

pub use policy::{Policy, Quotable};
pub use seen::{Seen, Shown, load_seen, seen_by};

/// Whether the author of what is quoted agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum State {
    /// Not said yet.
    Pending = 0,
    /// Yes.
    Accepted = 1,
    /// No.
    Rejected = 2,
    /// Not any more.
    Revoked = 3,
}

impl State {
    pub(crate) fn of(number: i16) -> Self {
        match number {
            1 => Self::Accepted,
            2 => Self::Rejected,
            3 => Self::Revoked,
            _ => Self::Pending,
        }
    }
}

/// A row of `quotes`.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, PartialEq, Eq)]
#[diesel(table_name = quotes, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Quote {
    pub status_id: StatusId,
    pub account_id: AccountId,
    pub quoted_status_id: Option<StatusId>,
    pub quoted_account_id: Option<AccountId>,
    pub quoted_uri: String,
    pub state: i16,
    pub authorization_uri: Option<String>,
    pub request_uri: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl Quote {
    /// Whether the author of what is quoted agrees.
    pub fn state(&self) -> State {
        State::of(self.state)
    }
}

/// Writes one, or puts it into the place of the one that was there.
pub async fn put(conn: &mut Conn, quote: &Quote) -> QueryResult<()> {
    diesel::delete(quotes::table.find(quote.status_id)).execute(conn).await?;
    diesel::insert_into(quotes::table).values(quote).execute(conn).await?;
    Ok(())
}

/// Says whether a status quotes something.
pub async fn mark(conn: &mut Conn, status: StatusId, has_quote: bool) -> QueryResult<()> {
    diesel::update(statuses::table.find(status)).set(statuses::has_quote.eq(has_quote)).execute(conn).await?;
    Ok(())
}

/// What a status quotes.
pub async fn find(conn: &mut Conn, status: StatusId) -> QueryResult<Option<Quote>> {
    quotes::table.find(status).select(Quote::as_select()).first(conn).await.optional()
}

/// The same, for a change by this transaction alone.
pub async fn lock(conn: &mut Conn, status: StatusId) -> QueryResult<Option<Quote>> {
    quotes::table.find(status).select(Quote::as_select()).for_no_key_update().first(conn).await.optional()
}

/// What these statuses quote.
pub async fn load_for(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<HashMap<StatusId, Quote>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Quote> =
        quotes::table.filter(quotes::status_id.eq_any(ids)).select(Quote::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.status_id, row)).collect())
}

/// The quote that a `QuoteRequest` of ours asked for.
pub async fn find_by_request(conn: &mut Conn, uri: &str) -> QueryResult<Option<Quote>> {
    quotes::table.filter(quotes::request_uri.eq(uri)).select(Quote::as_select()).first(conn).await.optional()
}

/// The quotes that an author accepted under this approval.
pub async fn authorised_by(conn: &mut Conn, uri: &str, author: AccountId) -> QueryResult<Vec<StatusId>> {
    quotes::table
        .filter(quotes::authorization_uri.eq(uri))
        .filter(quotes::quoted_account_id.eq(author))
        .filter(quotes::state.eq(State::Accepted as i16))
        .select(quotes::status_id)
        .load(conn)
        .await
}

/// Says how a quote stands now, and under which approval.
pub async fn settle(
    conn: &mut Conn,
    status: StatusId,
    state: State,
    authorization: Option<&str>,
) -> QueryResult<()> {
    diesel::update(quotes::table.find(status))
        .set((quotes::state.eq(state as i16), quotes::authorization_uri.eq(authorization)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Remembers the approval that a quote claims to have.
pub async fn claim(conn: &mut Conn, status: StatusId, authorization: Option<&str>) -> QueryResult<()> {
    diesel::update(quotes::table.find(status))
        .set(quotes::authorization_uri.eq(authorization))
        .execute(conn)
        .await?;
    Ok(())
}

/// Remembers by which activity a quote was asked for.
pub async fn set_request(conn: &mut Conn, status: StatusId, uri: &str) -> QueryResult<()> {
    diesel::update(quotes::table.find(status)).set(quotes::request_uri.eq(uri)).execute(conn).await?;
    Ok(())
}

/// Says what is quoted, now that it is known.
pub async fn resolve(conn: &mut Conn, status: StatusId, id: StatusId, author: AccountId) -> QueryResult<()> {
    diesel::update(quotes::table.find(status))
        .set((quotes::quoted_status_id.eq(id), quotes::quoted_account_id.eq(author)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a status's quote.
pub async fn delete(conn: &mut Conn, status: StatusId) -> QueryResult<Option<Quote>> {
    diesel::delete(quotes::table.find(status))
        .returning(Quote::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Changes who may quote a status that is not deleted.
pub async fn set_policy(conn: &mut Conn, status: StatusId, policy: Policy) -> QueryResult<()> {
    diesel::update(statuses::table.find(status).filter(statuses::deleted_at.is_null()))
        .set(statuses::quote_policy.eq(policy.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// The accepted quotes of a status by accounts here, the latest `limit`: who, and in which status.
pub async fn quoters_here(
    conn: &mut Conn,
    quoted: StatusId,
    limit: i64,
) -> QueryResult<Vec<(AccountId, StatusId)>> {
    quotes::table
        .inner_join(statuses::table.on(statuses::id.eq(quotes::status_id)))
        .filter(quotes::quoted_status_id.eq(quoted))
        .filter(quotes::state.eq(State::Accepted as i16))
        .filter(statuses::local.eq(true))
        .filter(statuses::deleted_at.is_null())
        .order(quotes::status_id.desc())
        .select((quotes::account_id, quotes::status_id))
        .limit(limit)
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
}

macro_rules! quoting {
    ($order:literal) => {
        concat!(
            "SELECT s.id FROM quotes q JOIN statuses s ON s.id = q.status_id WHERE q.quoted_status_id = $1 ",
            "AND q.state = 1 AND q.status_id < $3 AND q.status_id > $4 AND ",
            visible!("s", "$2"),
            " AND ",
            welcome!("s.account_id", "$2"),
            " ORDER BY q.status_id ",
            $order,
            " LIMIT $5"
        )
    };
}

/// The statuses that quote this one with its author's consent, as far as the viewer may see them and wants to.
pub async fn quoting(
    conn: &mut Conn,
    viewer: AccountId,
    quoted: StatusId,
    page: Page,
) -> QueryResult<Vec<StatusId>> {
    let statement = if page.upwards() { quoting!("ASC") } else { quoting!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(quoted)
        .bind::<Nullable<BigInt>, _>(Some(viewer))
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    let rows: Vec<Id> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(page.sort_newest_first(rows.into_iter().map(|row| row.id).collect()))
}

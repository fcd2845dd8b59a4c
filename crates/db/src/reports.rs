//! What people and other servers tell the moderators.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::{accounts, reports};

use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::{Conn, Page};

/// What a report is about (<https://docs.joinmastodon.org/entities/Report/#category>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Category {
    /// None of the others.
    Other = 0,
    /// Unwanted advertising, deception.
    Spam = 1,
    /// Against the law.
    Legal = 2,
    /// Against rules of the instance.
    Violation = 3,
}

impl Category {
    const ALL: [Self; 4] = [Self::Other, Self::Spam, Self::Legal, Self::Violation];

    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Spam => "spam",
            Self::Legal => "legal",
            Self::Violation => "violation",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == word)
    }

    /// Reads the number in the table; the table holds no other.
    pub fn from_number(number: i16) -> Self {
        Self::ALL.into_iter().find(|category| *category as i16 == number).unwrap_or(Self::Other)
    }
}

/// A row of `reports`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Report {
    pub id: i64,
    pub account_id: AccountId,
    pub target_account_id: AccountId,
    pub category: i16,
    pub comment: String,
    pub status_ids: Vec<StatusId>,
    pub rule_ids: Vec<i64>,
    pub foreign_uris: Vec<String>,
    pub forwarded: bool,
    pub uri: Option<String>,
    pub created_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolved_by_id: Option<AccountId>,
}

/// A new report.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = reports)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewReport {
    pub account_id: AccountId,
    pub target_account_id: AccountId,
    pub category: i16,
    pub comment: String,
    pub status_ids: Vec<StatusId>,
    pub rule_ids: Vec<i64>,
    pub foreign_uris: Vec<String>,
    pub forwarded: bool,
    pub uri: Option<String>,
}

/// Writes a report; `None` when the Flag it came with is known.
pub async fn insert(conn: &mut Conn, new: &NewReport) -> QueryResult<Option<Report>> {
    diesel::insert_into(reports::table)
        .values(new)
        .on_conflict_do_nothing()
        .returning(Report::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// One report, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: i64) -> QueryResult<Report> {
    reports::table.find(id).select(Report::as_select()).first(conn).await
}

/// Those of these that a moderator may read; nobody else any.
pub async fn load_for(conn: &mut Conn, reader: AccountId, ids: &[i64]) -> QueryResult<Vec<Report>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(
        "SELECT r.* FROM reports r JOIN users u ON u.account_id = $1 AND u.role > 0 WHERE r.id = ANY($2)",
    )
    .bind::<BigInt, _>(reader)
    .bind::<Array<BigInt>, _>(ids);
    RunQueryDsl::load(prepared(query), conn).await
}

/// What somebody reported, newest first.
pub async fn made_by(conn: &mut Conn, account: AccountId, page: Page) -> QueryResult<Vec<Report>> {
    let mut query = reports::table
        .filter(reports::account_id.eq(account))
        .filter(reports::id.lt(page.below()))
        .filter(reports::id.gt(page.above()))
        .limit(page.limit)
        .select(Report::as_select())
        .into_boxed();
    query = if page.upwards() { query.order(reports::id.asc()) } else { query.order(reports::id.desc()) };
    Ok(page.sort_newest_first(query.load(conn).await?))
}

/// A report with the names of those concerned.
#[derive(Clone, Debug, QueryableByName)]
#[expect(missing_docs, reason = "the names say it; accounts as `name` or `name@host`")]
pub struct Listed {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub by: String,
    #[diesel(sql_type = Text)]
    pub target: String,
    #[diesel(sql_type = SmallInt)]
    pub category: i16,
    #[diesel(sql_type = Text)]
    pub comment: String,
    #[diesel(sql_type = Array<BigInt>)]
    pub status_ids: Vec<i64>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub resolved_at: Option<DateTime<Utc>>,
}

/// The newest reports, for moderators; those that are resolved only if `all` are wanted.
pub async fn list(conn: &mut Conn, all: bool, limit: i64) -> QueryResult<Vec<Listed>> {
    let query = diesel::sql_query(
        "SELECT r.id, b.username || coalesce('@' || b.domain, '') AS by, \
         t.username || coalesce('@' || t.domain, '') AS target, r.category, r.comment, r.status_ids, \
         r.created_at, r.resolved_at FROM reports r JOIN accounts b ON b.id = r.account_id \
         JOIN accounts t ON t.id = r.target_account_id WHERE $1 OR r.resolved_at IS NULL \
         ORDER BY r.id DESC LIMIT $2",
    )
    .bind::<Bool, _>(all)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// Marks a report as done with; false when there is none that is open.
pub async fn resolve(conn: &mut Conn, id: i64, by: Option<AccountId>) -> QueryResult<bool> {
    let open = reports::table.find(id).filter(reports::resolved_at.is_null());
    let changed = diesel::update(open)
        .set((reports::resolved_at.eq(diesel::dsl::now), reports::resolved_by_id.eq(by)))
        .execute(conn)
        .await?;
    Ok(changed > 0)
}

/// How many open reports came from a host.
pub async fn open_from(conn: &mut Conn, host: &str) -> QueryResult<i64> {
    reports::table
        .inner_join(accounts::table.on(accounts::id.eq(reports::account_id)))
        .filter(accounts::domain.eq(host))
        .filter(reports::resolved_at.is_null())
        .count()
        .get_result(conn)
        .await
}

/// How many open reports somebody made.
pub async fn open_by(conn: &mut Conn, account: AccountId) -> QueryResult<i64> {
    reports::table
        .filter(reports::account_id.eq(account))
        .filter(reports::resolved_at.is_null())
        .count()
        .get_result(conn)
        .await
}

//! Cursor paging by ids, as the client API defines it.

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::sql::prepared;

/// Which part of a list is asked for (<https://docs.joinmastodon.org/api/guidelines/#pagination>).
///
/// Lists are newest first. `max_id` and `since_id` cut a window from its newer end; `min_id` from its
/// older end, so that a reader can walk up without gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only ids below this.
    pub max_id: Option<i64>,
    /// Only ids above this, newest first.
    pub since_id: Option<i64>,
    /// Only ids above this, the ones nearest to it.
    pub min_id: Option<i64>,
    /// At most this many; already bounded by the caller.
    pub limit: i64,
}

impl Page {
    /// The newest `limit`.
    pub fn first(limit: i64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Exclusive upper bound.
    pub fn below(&self) -> i64 {
        self.max_id.unwrap_or(i64::MAX)
    }

    /// Exclusive lower bound.
    pub fn above(&self) -> i64 {
        self.min_id.or(self.since_id).unwrap_or(i64::MIN)
    }

    /// Whether the rows nearest to the lower bound are wanted.
    pub fn upwards(&self) -> bool {
        self.min_id.is_some()
    }

    /// Rows read from the lower bound upwards, turned round: every list is handed out newest first.
    pub fn sort_newest_first<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if self.upwards() {
            rows.reverse();
        }
        rows
    }
}

/// An entry of a list: the row's id, which is the cursor, and what it points to.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Entry {
    /// The cursor.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The status or account.
    #[diesel(sql_type = BigInt)]
    pub target: i64,
}

/// Runs a list statement: `$1` is whose list, `$2` and `$3` the bounds, `$4` the limit.
pub(crate) async fn list(
    conn: &mut Conn,
    statement: &'static str,
    whose: i64,
    page: Page,
) -> QueryResult<Vec<Entry>> {
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(whose)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    let rows = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(page.sort_newest_first(rows))
}

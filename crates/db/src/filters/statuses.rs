//! Statuses that filters name.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{filter_statuses, filters};

use crate::Conn;
use crate::ids::{AccountId, FilterId, FilterStatusId, StatusId};

/// A row of `filter_statuses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = filter_statuses, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct FilteredStatus {
    pub id: FilterStatusId,
    pub filter_id: FilterId,
    pub status_id: StatusId,
}

/// Adds a status; `None` when the filter names it already.
pub async fn insert_status(
    conn: &mut Conn,
    filter: FilterId,
    status: StatusId,
) -> QueryResult<Option<FilteredStatus>> {
    diesel::insert_into(filter_statuses::table)
        .values((filter_statuses::filter_id.eq(filter), filter_statuses::status_id.eq(status)))
        .on_conflict_do_nothing()
        .returning(FilteredStatus::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// The statuses that a filter names.
pub async fn statuses_of(conn: &mut Conn, filter: FilterId) -> QueryResult<Vec<FilteredStatus>> {
    filter_statuses::table
        .filter(filter_statuses::filter_id.eq(filter))
        .order(filter_statuses::id)
        .select(FilteredStatus::as_select())
        .load(conn)
        .await
}

/// The statuses that all filters of an account name.
pub async fn statuses_of_account(conn: &mut Conn, owner: AccountId) -> QueryResult<Vec<FilteredStatus>> {
    filter_statuses::table
        .inner_join(filters::table)
        .filter(filters::account_id.eq(owner))
        .order(filter_statuses::id)
        .select(FilteredStatus::as_select())
        .load(conn)
        .await
}

/// How many statuses the filters of an account name.
pub async fn count_statuses(conn: &mut Conn, owner: AccountId) -> QueryResult<i64> {
    filter_statuses::table
        .inner_join(filters::table)
        .filter(filters::account_id.eq(owner))
        .count()
        .get_result(conn)
        .await
}

/// A status of one of the account's filters, or [`diesel::result::Error::NotFound`].
pub async fn find_own_status(
    conn: &mut Conn,
    owner: AccountId,
    id: FilterStatusId,
) -> QueryResult<FilteredStatus> {
    filter_statuses::table
        .find(id)
        .inner_join(filters::table)
        .filter(filters::account_id.eq(owner))
        .select(FilteredStatus::as_select())
        .first(conn)
        .await
}

/// Removes a status from its filter.
pub async fn delete_status(conn: &mut Conn, id: FilterStatusId) -> QueryResult<()> {
    diesel::delete(filter_statuses::table.find(id)).execute(conn).await?;
    Ok(())
}

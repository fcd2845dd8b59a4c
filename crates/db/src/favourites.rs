//! Favourites: one for each account and status.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use schema::favourites;

use crate::ids::{AccountId, StatusId};
use crate::page::{Entry, list};
use crate::sql::prepared;
use crate::visibility::visible;
use crate::{Conn, Page};

/// A row of `favourites`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = favourites, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Favourite {
    pub id: i64,
    pub account_id: AccountId,
    pub status_id: StatusId,
    pub uri: Option<String>,
}

/// Adds one; `None` when it was there. `uri` is the id of a remote Like.
pub async fn insert(
    conn: &mut Conn,
    by: AccountId,
    status: StatusId,
    uri: Option<&str>,
) -> QueryResult<Option<Favourite>> {
    diesel::insert_into(favourites::table)
        .values((favourites::account_id.eq(by), favourites::status_id.eq(status), favourites::uri.eq(uri)))
        .on_conflict_do_nothing()
        .returning(Favourite::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Removes one; `None` when there was none.
pub async fn delete(conn: &mut Conn, by: AccountId, status: StatusId) -> QueryResult<Option<Favourite>> {
    diesel::delete(
        favourites::table.filter(favourites::account_id.eq(by)).filter(favourites::status_id.eq(status)),
    )
    .returning(Favourite::as_returning())
    .get_result(conn)
    .await
    .optional()
}

#[derive(QueryableByName)]
struct Author {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
}

/// Whose status was favourited; `None` when the favourite was taken back or the status deleted. The
/// favourite stays until the transaction ends.
pub async fn hold(conn: &mut Conn, id: i64) -> QueryResult<Option<AccountId>> {
    let query = diesel::sql_query(
        "SELECT s.account_id FROM favourites f JOIN statuses s ON s.id = f.status_id \
         WHERE f.id = $1 AND s.deleted_at IS NULL FOR KEY SHARE OF f",
    )
    .bind::<BigInt, _>(id);
    let row: Option<Author> = RunQueryDsl::get_result(prepared(query), conn).await.optional()?;
    Ok(row.map(|row| row.account_id))
}

/// What an account favourited, as far as it may still see it.
pub async fn statuses_by(conn: &mut Conn, by: AccountId, page: Page) -> QueryResult<Vec<Entry>> {
    let order = if page.upwards() {
        concat!(
            "SELECT f.id, f.status_id AS target FROM favourites f JOIN statuses s ON s.id = f.status_id ",
            "WHERE f.account_id = $1 AND f.id < $2 AND f.id > $3 AND ",
            visible!("s", "$1"),
            " ORDER BY f.id ASC LIMIT $4"
        )
    } else {
        concat!(
            "SELECT f.id, f.status_id AS target FROM favourites f JOIN statuses s ON s.id = f.status_id ",
            "WHERE f.account_id = $1 AND f.id < $2 AND f.id > $3 AND ",
            visible!("s", "$1"),
            " ORDER BY f.id DESC LIMIT $4"
        )
    };
    list(conn, order, by.0, page).await
}

/// Who favourited a status.
pub async fn accounts_of(conn: &mut Conn, status: StatusId, page: Page) -> QueryResult<Vec<Entry>> {
    let order = if page.upwards() {
        "SELECT id, account_id AS target FROM favourites WHERE status_id = $1 AND id < $2 AND id > $3 \
         ORDER BY id ASC LIMIT $4"
    } else {
        "SELECT id, account_id AS target FROM favourites WHERE status_id = $1 AND id < $2 AND id > $3 \
         ORDER BY id DESC LIMIT $4"
    };
    list(conn, order, status.0, page).await
}

/// The favourite that a remote Like with this id made.
pub async fn find_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Favourite>> {
    favourites::table
        .filter(favourites::uri.eq(uri))
        .select(Favourite::as_select())
        .first(conn)
        .await
        .optional()
}

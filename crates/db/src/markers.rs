//! How far somebody has read.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::markers;

use crate::Conn;
use crate::ids::AccountId;

/// A row of `markers`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = markers, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Marker {
    pub timeline: String,
    pub last_read_id: i64,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// The account's markers for these timelines (`home`, `notifications`).
pub async fn list(conn: &mut Conn, account: AccountId, timelines: &[String]) -> QueryResult<Vec<Marker>> {
    markers::table
        .filter(markers::account_id.eq(account))
        .filter(markers::timeline.eq_any(timelines))
        .select(Marker::as_select())
        .load(conn)
        .await
}

/// Moves a marker.
pub async fn save(
    conn: &mut Conn,
    account: AccountId,
    timeline: &str,
    last_read: i64,
) -> QueryResult<Marker> {
    diesel::insert_into(markers::table)
        .values((
            markers::account_id.eq(account),
            markers::timeline.eq(timeline),
            markers::last_read_id.eq(last_read),
        ))
        .on_conflict((markers::account_id, markers::timeline))
        .do_update()
        .set((
            markers::last_read_id.eq(last_read),
            markers::version.eq(markers::version + 1),
            markers::updated_at.eq(diesel::dsl::now),
        ))
        .returning(Marker::as_returning())
        .get_result(conn)
        .await
}

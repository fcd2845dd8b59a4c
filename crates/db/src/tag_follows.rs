//! Follows of hashtags: their public statuses come to the follower's home timeline.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use schema::tag_follows;

use crate::ids::AccountId;
use crate::sql::prepared;
use crate::tags::Tag;
use crate::{Conn, Page};

/// A followed tag in a list.
#[derive(Clone, Debug, QueryableByName)]
pub struct Followed {
    /// The cursor.
    #[diesel(sql_type = BigInt)]
    pub cursor: i64,
    /// The tag.
    #[diesel(embed)]
    pub tag: Tag,
}

/// Follows; false when it did already.
pub async fn insert(conn: &mut Conn, by: AccountId, tag: i64) -> QueryResult<bool> {
    let added = diesel::insert_into(tag_follows::table)
        .values((tag_follows::account_id.eq(by), tag_follows::tag_id.eq(tag)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added > 0)
}

/// Follows no more; false when it did not.
pub async fn delete(conn: &mut Conn, by: AccountId, tag: i64) -> QueryResult<bool> {
    let removed = diesel::delete(
        tag_follows::table.filter(tag_follows::account_id.eq(by)).filter(tag_follows::tag_id.eq(tag)),
    )
    .execute(conn)
    .await?;
    Ok(removed > 0)
}

/// How many tags an account follows.
pub async fn count(conn: &mut Conn, by: AccountId) -> QueryResult<i64> {
    tag_follows::table.filter(tag_follows::account_id.eq(by)).count().get_result(conn).await
}

macro_rules! followed {
    ($order:literal) => {
        concat!(
            "SELECT f.id AS cursor, t.id, t.name, t.display_name FROM tag_follows f ",
            "JOIN tags t ON t.id = f.tag_id WHERE f.account_id = $1 AND f.id < $2 AND f.id > $3 ORDER BY f.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The tags that an account follows, latest first.
pub async fn list(conn: &mut Conn, by: AccountId, page: Page) -> QueryResult<Vec<Followed>> {
    let query = diesel::sql_query(if page.upwards() { followed!("ASC") } else { followed!("DESC") })
        .bind::<BigInt, _>(by)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

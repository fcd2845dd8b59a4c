//! Follows of hashtags: their public statuses come to the follower's home timeline.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use schema::tag_follows;

use crate::ids::AccountId;
use crate::pairs::pairs;
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

pairs!(tag_follows, tag_id: i64, counted);

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

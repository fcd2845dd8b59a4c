//! Accounts that accounts show on their profiles.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use schema::endorsements;

use crate::ids::AccountId;
use crate::page::Entry;
use crate::pairs::pairs;
use crate::sql::prepared;
use crate::visibility::welcome;
use crate::{Conn, Page};

pairs!(endorsements, target_account_id: AccountId, counted);

macro_rules! endorsed {
    ($order:literal) => {
        concat!(
            "SELECT e.id, e.target_account_id AS target FROM endorsements e WHERE e.account_id = $1 ",
            "AND e.id < $2 AND e.id > $3 AND ($1 = $5 OR ",
            welcome!("e.target_account_id", "$5"),
            ") ORDER BY e.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// Whom an account endorses, latest first; others see nobody there with whom they have nothing to do.
pub async fn list(
    conn: &mut Conn,
    of: AccountId,
    viewer: Option<AccountId>,
    page: Page,
) -> QueryResult<Vec<Entry>> {
    let query = diesel::sql_query(if page.upwards() { endorsed!("ASC") } else { endorsed!("DESC") })
        .bind::<BigInt, _>(of)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<Nullable<BigInt>, _>(viewer);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

//! Who may answer a status.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::RunQueryDsl;
use schema::reply_policies;
use serde::{Deserialize, Serialize};

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

/// Who may answer, beside the author and those who are mentioned.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = reply_policies, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct ReplyPolicy {
    pub followers: bool,
    pub following: bool,
    pub mutuals: bool,
    #[serde(default)]
    pub uris: Vec<String>,
}

/// Sets who may answer a status; `None` is everybody.
pub async fn set(conn: &mut Conn, status: StatusId, policy: Option<&ReplyPolicy>) -> QueryResult<()> {
    let Some(policy) = policy else {
        diesel::delete(reply_policies::table.find(status)).execute(conn).await?;
        return Ok(());
    };
    diesel::insert_into(reply_policies::table)
        .values((reply_policies::status_id.eq(status), policy))
        .on_conflict(reply_policies::status_id)
        .do_update()
        .set(policy)
        .execute(conn)
        .await?;
    Ok(())
}

/// Who may answer each of these; those that are not there are open to everybody.
pub async fn load_for(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<Vec<(StatusId, ReplyPolicy)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    reply_policies::table
        .filter(reply_policies::status_id.eq_any(ids))
        .select((reply_policies::status_id, ReplyPolicy::as_select()))
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Whether an account may answer a status that it may see.
pub async fn permits(conn: &mut Conn, status: StatusId, by: AccountId, uri: &str) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT NOT EXISTS (SELECT FROM reply_policies p JOIN statuses s ON s.id = p.status_id \
         CROSS JOIN LATERAL (SELECT \
         EXISTS (SELECT FROM follows f WHERE f.account_id = $2 AND f.target_account_id = s.account_id) AS follows, \
         EXISTS (SELECT FROM follows f WHERE f.account_id = s.account_id AND f.target_account_id = $2) AS followed) t \
         WHERE p.status_id = $1 AND s.account_id <> $2 AND NOT (p.followers AND t.follows) \
         AND NOT (p.following AND t.followed) AND NOT (p.mutuals AND t.follows AND t.followed) \
         AND NOT $3 = ANY(p.uris) \
         AND NOT EXISTS (SELECT FROM mentions m WHERE m.status_id = $1 AND m.account_id = $2)) AS yes",
    )
    .bind::<BigInt, _>(status)
    .bind::<BigInt, _>(by)
    .bind::<Text, _>(uri);
    let answer: Answer = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(answer.yes)
}

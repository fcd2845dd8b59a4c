//! Activities that leave: the body once, a delivery for each inbox.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use schema::outgoing_activities;

use crate::Conn;
use crate::ids::{AccountId, ActivityId};
use crate::sql::prepared;

/// Where an activity goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// Host with port, if there is one: the lane.
    pub host: String,
    /// The inbox.
    pub inbox_url: String,
}

/// Writes an activity of a local account and a delivery for each destination, in the caller's transaction.
///
/// `uri` is the activity's id: an event that is handled twice sends nothing twice, and a destination given
/// twice gets it once. Wakes the delivery engine at commit.
pub async fn enqueue(
    conn: &mut Conn,
    by: AccountId,
    uri: &str,
    body: &str,
    to: &[Destination],
    request_id: Option<&str>,
) -> QueryResult<()> {
    if to.is_empty() {
        return Ok(());
    }
    let id: Option<ActivityId> = diesel::insert_into(outgoing_activities::table)
        .values((
            outgoing_activities::account_id.eq(by),
            outgoing_activities::uri.eq(uri),
            outgoing_activities::body.eq(body),
        ))
        .on_conflict_do_nothing()
        .returning(outgoing_activities::id)
        .get_result(conn)
        .await
        .optional()?;
    let Some(id) = id else {
        return Ok(());
    };
    let (hosts, inboxes): (Vec<&str>, Vec<&str>) =
        to.iter().map(|d| (d.host.as_str(), d.inbox_url.as_str())).unzip();
    let query = diesel::sql_query(
        "WITH lanes AS (INSERT INTO instances (host) SELECT DISTINCT unnest($2::text[]) ON CONFLICT DO NOTHING), \
         made AS (INSERT INTO deliveries (activity_id, host, inbox_url, request_id) \
         SELECT $1, d.host, d.inbox, $4 FROM unnest($2::text[], $3::text[]) AS d(host, inbox) \
         ON CONFLICT DO NOTHING) SELECT pg_notify('stoa_deliveries', '')",
    )
    .bind::<BigInt, _>(id)
    .bind::<Array<Text>, _>(hosts)
    .bind::<Array<Text>, _>(inboxes)
    .bind::<Nullable<Text>, _>(request_id);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Forgets activities that have no delivery left and are old enough that no event can send them again; at
/// most `limit`.
pub async fn forget_delivered(conn: &mut Conn, limit: i64) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "DELETE FROM outgoing_activities WHERE id IN (SELECT a.id FROM outgoing_activities a \
         WHERE a.created_at < now() - interval '1 day' \
         AND NOT EXISTS (SELECT FROM deliveries d WHERE d.activity_id = a.id) LIMIT $1)",
    )
    .bind::<BigInt, _>(limit);
    RunQueryDsl::execute(prepared(query), conn).await
}

//! The delivery engine's view of the database: lanes that have work, and what became of it.
//!
//! A lane is a host. Whoever holds a lane's lease sends its deliveries one after the other, in the order in
//! which they were written; hosts do not wait for each other.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::ids::{AccountId, ActivityId};
use crate::sql::prepared;

/// A delivery that is to be sent now.
#[derive(Clone, Debug, QueryableByName)]
pub struct Delivery {
    /// The row.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its lane.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// Where it goes.
    #[diesel(sql_type = Text)]
    pub inbox_url: String,
    /// How often it was tried before.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// Which activity.
    #[diesel(sql_type = BigInt)]
    pub activity_id: ActivityId,
    /// Who signs it.
    #[diesel(sql_type = BigInt)]
    pub account_id: AccountId,
    /// The request that caused it.
    #[diesel(sql_type = Nullable<Text>)]
    pub request_id: Option<String>,
}

#[derive(QueryableByName)]
struct Lane {
    #[diesel(sql_type = Text)]
    host: String,
}

/// Takes the lease of lanes that have work, are due and are not held: `limit` at most, for a minute.
pub async fn claim_lanes(conn: &mut Conn, worker: i64, limit: i64) -> QueryResult<Vec<String>> {
    let query = diesel::sql_query(
        "UPDATE instances SET lease_until = now() + interval '60 seconds', leased_by = $1 \
         WHERE host IN (SELECT i.host FROM instances i WHERE i.next_attempt_at <= now() \
         AND (i.lease_until IS NULL OR i.lease_until < now()) AND NOT i.blocked \
         AND EXISTS (SELECT FROM deliveries d WHERE d.host = i.host) \
         LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING host",
    )
    .bind::<BigInt, _>(worker)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Lane> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.host).collect())
}

/// The oldest deliveries of each of these lanes, `each` at most, in order.
pub async fn load(conn: &mut Conn, hosts: &[String], each: i64) -> QueryResult<Vec<Delivery>> {
    let query = diesel::sql_query(
        "SELECT d.*, a.account_id FROM unnest($1::text[]) AS w(host) CROSS JOIN LATERAL (\
         SELECT id, host, inbox_url, attempts, activity_id, request_id FROM deliveries WHERE host = w.host \
         ORDER BY id LIMIT $2) d JOIN outgoing_activities a ON a.id = d.activity_id ORDER BY d.id",
    )
    .bind::<Array<Text>, _>(hosts)
    .bind::<BigInt, _>(each);
    RunQueryDsl::load(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

/// The body of an activity.
pub async fn body(conn: &mut Conn, activity: ActivityId) -> QueryResult<String> {
    let query =
        diesel::sql_query("SELECT body FROM outgoing_activities WHERE id = $1").bind::<BigInt, _>(activity);
    let row: Body = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.body)
}

/// Removes deliveries that arrived or that no retry can help.
pub async fn finish(conn: &mut Conn, ids: &[i64]) -> QueryResult<()> {
    let query = diesel::sql_query("DELETE FROM deliveries WHERE id = ANY($1)").bind::<Array<BigInt>, _>(ids);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Counts a try of a delivery that failed for now.
pub async fn tried(conn: &mut Conn, id: i64) -> QueryResult<()> {
    let query = diesel::sql_query("UPDATE deliveries SET attempts = attempts + 1 WHERE id = $1")
        .bind::<BigInt, _>(id);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Gives lanes back that this worker holds, after successes.
pub async fn release(conn: &mut Conn, worker: i64, hosts: &[String]) -> QueryResult<()> {
    let query = diesel::sql_query(
        "UPDATE instances SET lease_until = NULL, leased_by = NULL, failures = 0, unreachable_since = NULL, \
         last_error = NULL, last_success_at = now() WHERE host = ANY($1) AND leased_by = $2",
    )
    .bind::<Array<Text>, _>(hosts)
    .bind::<BigInt, _>(worker);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Gives a lane back after a failure and lets it rest for `seconds`.
pub async fn rest(conn: &mut Conn, worker: i64, host: &str, seconds: f64, error: &str) -> QueryResult<()> {
    let query = diesel::sql_query(
        "UPDATE instances SET lease_until = NULL, leased_by = NULL, failures = failures + 1, \
         unreachable_since = coalesce(unreachable_since, now()), last_error = $4, \
         next_attempt_at = now() + make_interval(secs => $3) WHERE host = $1 AND leased_by = $2",
    )
    .bind::<Text, _>(host)
    .bind::<BigInt, _>(worker)
    .bind::<Double, _>(seconds)
    .bind::<Text, _>(error);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// How often in a row a lane has failed.
pub async fn failures(conn: &mut Conn, host: &str) -> QueryResult<i32> {
    use schema::instances;
    instances::table.find(host).select(instances::failures).first(conn).await
}

/// Extends the lease of lanes still at work.
pub async fn renew(conn: &mut Conn, worker: i64, hosts: &[String]) -> QueryResult<()> {
    let query = diesel::sql_query(
        "UPDATE instances SET lease_until = now() + interval '60 seconds' \
         WHERE host = ANY($1) AND leased_by = $2",
    )
    .bind::<Array<Text>, _>(hosts)
    .bind::<BigInt, _>(worker);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Frees the lanes of workers that are gone: those whose advisory lock nobody holds.
pub async fn release_abandoned(conn: &mut Conn) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "UPDATE instances SET lease_until = NULL, leased_by = NULL WHERE leased_by IS NOT NULL \
         AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 \
         AND ((l.classid::bigint << 32) | l.objid::bigint) = leased_by)",
    );
    RunQueryDsl::execute(prepared(query), conn).await
}

/// Takes the advisory lock that shows that a worker lives, for as long as this connection does.
pub async fn hold_worker_lock(conn: &mut Conn, worker: i64) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(worker).execute(conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<chrono::DateTime<chrono::Utc>>,
}

/// When the next resting lane that has work becomes due.
pub async fn next_due(conn: &mut Conn) -> QueryResult<Option<chrono::DateTime<chrono::Utc>>> {
    let query = diesel::sql_query(
        "SELECT min(next_attempt_at) AS at FROM instances i WHERE NOT i.blocked AND i.lease_until IS NULL \
         AND i.next_attempt_at > now() AND EXISTS (SELECT FROM deliveries d WHERE d.host = i.host)",
    );
    let row: Next = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.at)
}

/// Removes deliveries that have waited for longer than a week: their hosts are gone.
pub async fn give_up_old(conn: &mut Conn) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries \
         WHERE created_at < now() - interval '7 days' LIMIT 10000)",
    );
    RunQueryDsl::execute(prepared(query), conn).await
}

//! The delivery engine's view of the database: lanes that have work, and what became of it.
//!
//! A lane is a host. Whoever holds a lane's lease sends its deliveries one after the other, in the order in
//! which they were written; hosts do not wait for each other.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use crate::Conn;
use crate::ids::{AccountId, ActivityId};
use crate::sql::prepared;

/// Settings of a worker's session. The plans are known beforehand, while the table's statistics swing between
/// nothing and everything: without these, a plan made for an empty table would read a full one.
const SESSION: &str = "SET application_name = 'deliveries'; SET synchronous_commit = off; \
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
    SET plan_cache_mode = force_generic_plan; SET statement_timeout = '10s'";

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

/// A lane whose lease was taken.
#[derive(Clone, Debug, QueryableByName)]
pub struct Lane {
    /// The host.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// How often in a row it failed.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
}

/// Takes the lease of lanes that have work, are due and are not held: `limit` at most, for a minute.
///
/// The hosts that have work are found by skipping through the index from one host to the next, so that
/// neither many hosts without work nor many deliveries for one host cost anything. Deliveries for a host that
/// rests are put to rest when they are first met here; from then on only the host's own row is looked at, when
/// it is due.
pub async fn claim_lanes(conn: &mut Conn, worker: i64, limit: i64) -> QueryResult<Vec<Lane>> {
    let query = diesel::sql_query(
        "WITH RECURSIVE awake(host) AS (\
         (SELECT host FROM deliveries WHERE NOT resting ORDER BY host LIMIT 1) UNION ALL \
         SELECT (SELECT d.host FROM deliveries d WHERE NOT d.resting AND d.host > w.host ORDER BY d.host LIMIT 1) \
         FROM awake w WHERE w.host IS NOT NULL), \
         early AS (UPDATE instances SET waits = true WHERE host IN (\
         SELECT i.host FROM awake w JOIN instances i ON i.host = w.host \
         WHERE i.next_attempt_at > now() AND i.lease_until IS NULL FOR UPDATE OF i SKIP LOCKED) RETURNING host), \
         put_to_rest AS (UPDATE deliveries d SET resting = true FROM early e \
         WHERE NOT d.resting AND d.host = e.host) \
         UPDATE instances SET lease_until = now() + interval '60 seconds', leased_by = $1 \
         WHERE host IN (SELECT i.host FROM (SELECT host FROM awake UNION \
         SELECT host FROM instances WHERE waits AND next_attempt_at <= now()) w \
         JOIN instances i ON i.host = w.host \
         WHERE i.next_attempt_at <= now() AND (i.lease_until IS NULL OR i.lease_until < now()) \
         ORDER BY i.next_attempt_at LIMIT $2 FOR UPDATE OF i SKIP LOCKED) RETURNING host, failures",
    )
    .bind::<BigInt, _>(worker)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// The oldest deliveries of each of these lanes, `each` at most, in order.
pub async fn load(conn: &mut Conn, hosts: &[String], each: i64) -> QueryResult<Vec<Delivery>> {
    let query = diesel::sql_query(
        "SELECT d.id, d.host, d.inbox_url, d.attempts, d.activity_id, d.request_id, a.account_id FROM unnest($1::text[]) AS w(host) CROSS JOIN LATERAL (\
         (SELECT * FROM deliveries WHERE NOT resting AND host = w.host ORDER BY id LIMIT $2) UNION ALL \
         (SELECT * FROM deliveries WHERE resting AND host = w.host ORDER BY id LIMIT $2) \
         ORDER BY id LIMIT $2) d JOIN outgoing_activities a ON a.id = d.activity_id ORDER BY d.id",
    )
    .bind::<Array<Text>, _>(hosts)
    .bind::<BigInt, _>(each);
    RunQueryDsl::load(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = BigInt)]
    id: ActivityId,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The bodies of these activities.
pub async fn bodies(conn: &mut Conn, ids: &[ActivityId]) -> QueryResult<Vec<(ActivityId, String)>> {
    let query = diesel::sql_query("SELECT id, body FROM outgoing_activities WHERE id = ANY($1)")
        .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Body> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}

/// A lane that is given back because it is through.
#[derive(Clone, Debug)]
pub struct Free {
    /// The host.
    pub host: String,
    /// Whether anything arrived there: then the host is well.
    pub arrived: bool,
}

/// Removes deliveries that arrived or that no retry can help, and gives back lanes that this worker holds;
/// all at once. A lane where nothing arrived stays as well or ill as it was. What else is in these lanes is awake
/// then.
pub async fn settle(conn: &mut Conn, worker: i64, done: &[i64], free: &[Free]) -> QueryResult<()> {
    let query = diesel::sql_query(
        "WITH done AS (DELETE FROM deliveries WHERE id = ANY($1)), \
         woken AS (UPDATE deliveries SET resting = false WHERE resting AND host = ANY($2) AND id <> ALL($1)) \
         UPDATE instances i SET lease_until = NULL, leased_by = NULL, waits = false, \
         failures = CASE WHEN l.arrived THEN 0 ELSE i.failures END, \
         unreachable_since = CASE WHEN l.arrived THEN NULL ELSE i.unreachable_since END, \
         last_error = CASE WHEN l.arrived THEN NULL ELSE i.last_error END, \
         last_success_at = CASE WHEN l.arrived THEN now() ELSE i.last_success_at END \
         FROM unnest($2::text[], $4::boolean[]) AS l(host, arrived) WHERE i.host = l.host AND i.leased_by = $3",
    )
    .bind::<Array<BigInt>, _>(done)
    .bind::<Array<Text>, _>(free.iter().map(|lane| lane.host.as_str()).collect::<Vec<_>>())
    .bind::<BigInt, _>(worker)
    .bind::<Array<Bool>, _>(free.iter().map(|lane| lane.arrived).collect::<Vec<_>>());
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// A lane that failed and is to be left alone for a while.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The host.
    pub host: String,
    /// For how long, in seconds.
    pub seconds: f64,
    /// Why, for administrators.
    pub error: String,
    /// The delivery that failed.
    pub delivery: i64,
    /// Whether others arrived before it did: then this is the first failure in a row.
    pub first: bool,
}

/// Gives lanes back after a failure, lets them rest, and counts the tries of the deliveries that failed.
pub async fn rest(conn: &mut Conn, worker: i64, lanes: &[Rest]) -> QueryResult<()> {
    let query = diesel::sql_query(
        "WITH tried AS (UPDATE deliveries SET attempts = attempts + 1, resting = true WHERE id = ANY($5)) \
         UPDATE instances i SET lease_until = NULL, leased_by = NULL, waits = true, \
         failures = CASE WHEN r.first THEN 1 ELSE i.failures + 1 END, \
         unreachable_since = CASE WHEN r.first THEN now() ELSE coalesce(i.unreachable_since, now()) END, \
         last_error = r.error, next_attempt_at = now() + make_interval(secs => r.seconds) \
         FROM unnest($2::text[], $3::double precision[], $4::text[], $6::boolean[]) \
         AS r(host, seconds, error, first) WHERE i.host = r.host AND i.leased_by = $1",
    )
    .bind::<BigInt, _>(worker)
    .bind::<Array<Text>, _>(lanes.iter().map(|lane| lane.host.as_str()).collect::<Vec<_>>())
    .bind::<Array<Double>, _>(lanes.iter().map(|lane| lane.seconds).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(lanes.iter().map(|lane| lane.error.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(lanes.iter().map(|lane| lane.delivery).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(lanes.iter().map(|lane| lane.first).collect::<Vec<_>>());
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Removes everything that waits for these hosts, to which we do not talk any more.
pub async fn drop_lanes(conn: &mut Conn, hosts: &[String]) -> QueryResult<usize> {
    let query = diesel::sql_query("DELETE FROM deliveries WHERE resting = ANY('{f,t}') AND host = ANY($1)")
        .bind::<Array<Text>, _>(hosts);
    RunQueryDsl::execute(prepared(query), conn).await
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

/// Makes this connection a worker's: takes the advisory lock that shows that it lives, for as long as the
/// connection does. What it commits does not wait for the disk: a crash of the database takes back half a
/// second of bookkeeping at most, and deliveries made twice are told apart by their ids.
pub async fn hold_worker_lock(conn: &mut Conn, worker: i64) -> QueryResult<()> {
    conn.batch_execute(SESSION).await?;
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
        "SELECT min(next_attempt_at) AS at FROM instances \
         WHERE waits AND lease_until IS NULL AND next_attempt_at > now()",
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

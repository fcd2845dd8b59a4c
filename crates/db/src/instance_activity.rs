//! How busy the instance was, week by week.

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::sql::prepared;

/// One week that began on a Monday, UTC (<https://docs.joinmastodon.org/methods/instance/#activity>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Week {
    /// When it began, in seconds since 1970.
    #[diesel(sql_type = BigInt)]
    pub week: i64,
    /// Statuses that were published here and not deleted.
    #[diesel(sql_type = BigInt)]
    pub statuses: i64,
    /// Users who left a trace: a sign-in, an authorised client, a status; or were last seen in that week.
    #[diesel(sql_type = BigInt)]
    pub logins: i64,
    /// Users who signed up.
    #[diesel(sql_type = BigInt)]
    pub registrations: i64,
}

/// The present week and the eleven before it, latest first. Reads every id of these weeks: keep the answer.
pub async fn twelve_weeks(conn: &mut Conn) -> QueryResult<Vec<Week>> {
    let query = prepared(diesel::sql_query(
        "WITH begins AS (SELECT (date_trunc('week', now() AT TIME ZONE 'UTC') - make_interval(weeks => n)) \
         AT TIME ZONE 'UTC' AS at FROM generate_series(0, 11) AS n), \
         weeks AS (SELECT at, at + interval '7 days' AS until, (extract(epoch FROM at) * 1000)::bigint << 16 AS low, \
         (extract(epoch FROM at + interval '7 days') * 1000)::bigint << 16 AS high FROM begins) \
         SELECT extract(epoch FROM w.at)::bigint AS week, \
         (SELECT count(*) FROM statuses s WHERE s.id >= w.low AND s.id < w.high AND s.local \
         AND s.deleted_at IS NULL) AS statuses, \
         (SELECT count(*) FROM (SELECT u.id FROM users u \
         WHERE u.last_active_on >= (w.at AT TIME ZONE 'UTC')::date \
         AND u.last_active_on < (w.until AT TIME ZONE 'UTC')::date \
         UNION SELECT e.user_id FROM sessions e WHERE e.created_at >= w.at AND e.created_at < w.until \
         UNION SELECT t.user_id FROM access_tokens t WHERE t.user_id IS NOT NULL \
         AND t.created_at >= w.at AND t.created_at < w.until \
         UNION SELECT u.id FROM statuses s JOIN users u ON u.account_id = s.account_id \
         WHERE s.id >= w.low AND s.id < w.high AND s.local) seen) AS logins, \
         (SELECT count(*) FROM users u WHERE u.created_at >= w.at AND u.created_at < w.until) AS registrations \
         FROM weeks w ORDER BY w.at DESC",
    ));
    RunQueryDsl::load(query, conn).await
}

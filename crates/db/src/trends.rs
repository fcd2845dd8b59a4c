//! What trends: what it is computed from, and the last result.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Double, Nullable};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::cards::Card;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::tags::Tag;
use crate::visibility::{visible, welcome};

/// How many people used a tag, or shared a link, in public statuses lately.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Use {
    /// The tag or the card.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// In the last hour.
    #[diesel(sql_type = BigInt)]
    pub last_hour: i64,
    /// In the last six hours.
    #[diesel(sql_type = BigInt)]
    pub last_six_hours: i64,
    /// In the last 24 hours.
    #[diesel(sql_type = BigInt)]
    pub last_day: i64,
    /// Of those, by accounts younger than a week.
    #[diesel(sql_type = BigInt)]
    pub young: i64,
    /// People on each of the six days before that, added up.
    #[diesel(sql_type = BigInt)]
    pub before: i64,
}

/// SQL: the [`Use`] of what the rows of `$table` tie to statuses by `$column`.
macro_rules! uses {
    ($table:literal, $column:literal) => {
        concat!(
            "WITH since AS (SELECT (n - 3600000) << 16 AS hour, (n - 21600000) << 16 AS six, ",
            "(n - 86400000) << 16 AS day, (n - 604800000) << 16 AS week ",
            "FROM (SELECT floor(extract(epoch FROM now()) * 1000)::bigint AS n) t), ",
            "used AS (SELECT st.",
            $column,
            " AS id, count(DISTINCT s.account_id) FILTER (WHERE s.id >= since.hour) ",
            "AS last_hour, count(DISTINCT s.account_id) FILTER (WHERE s.id >= since.six) AS last_six_hours, ",
            "count(DISTINCT s.account_id) AS last_day, ",
            "count(DISTINCT s.account_id) FILTER (WHERE a.created_at > now() - interval '7 days') AS young ",
            "FROM since, statuses s JOIN accounts a ON a.id = s.account_id JOIN ",
            $table,
            " st ON st.status_id = s.id WHERE s.id >= since.day AND s.visibility = 0 AND s.reblog_of_id IS NULL ",
            "AND s.deleted_at IS NULL AND NOT s.local_only ",
            "AND a.suspended_at IS NULL AND a.silenced_at IS NULL GROUP BY st.",
            $column,
            " HAVING count(DISTINCT s.account_id) >= $1 ORDER BY last_day DESC LIMIT $2) ",
            "SELECT used.*, b.before FROM since, used CROSS JOIN LATERAL (",
            "SELECT count(DISTINCT (s.account_id, (s.id >> 16) / 86400000)) AS before FROM ",
            $table,
            " st JOIN statuses s ON s.id = st.status_id WHERE st.",
            $column,
            " = used.id AND st.status_id >= since.week AND st.status_id < since.day AND s.visibility = 0 ",
            "AND s.deleted_at IS NULL AND NOT s.local_only) b"
        )
    };
}

/// The tags that at least `least` people used in the last 24 hours, the most used first.
pub async fn tag_uses(conn: &mut Conn, least: i64, limit: i64) -> QueryResult<Vec<Use>> {
    let query = diesel::sql_query(uses!("status_tags", "tag_id"));
    let query = query.bind::<BigInt, _>(least).bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// The links that at least `least` people shared in the last 24 hours, the most shared first.
pub async fn link_uses(conn: &mut Conn, least: i64, limit: i64) -> QueryResult<Vec<Use>> {
    let query = diesel::sql_query(uses!("status_cards", "card_id"));
    let query = query.bind::<BigInt, _>(least).bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// What people other than its author did with a status in the last six hours.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Attention {
    /// The status.
    #[diesel(sql_type = BigInt)]
    pub id: StatusId,
    /// Favourites.
    #[diesel(sql_type = BigInt)]
    pub favourites: i64,
    /// Replies.
    #[diesel(sql_type = BigInt)]
    pub replies: i64,
    /// Reblogs.
    #[diesel(sql_type = BigInt)]
    pub reblogs: i64,
    /// How many people that was.
    #[diesel(sql_type = BigInt)]
    pub people: i64,
    /// Of those, accounts younger than a week.
    #[diesel(sql_type = BigInt)]
    pub young: i64,
    /// How old the status is, in hours.
    #[diesel(sql_type = Double)]
    pub hours: f64,
    /// Followers of its author.
    #[diesel(sql_type = BigInt)]
    pub followers: i64,
    /// Decimal logarithm of the followers of those people, on average.
    #[diesel(sql_type = Double)]
    pub reach: f64,
}

/// SQL: may the status row `s` by the account row `a` be shown to everybody as trending?
macro_rules! presentable {
    () => {
        concat!(
            "s.visibility = 0 AND s.deleted_at IS NULL AND s.reblog_of_id IS NULL AND s.in_reply_to_uri IS NULL ",
            "AND NOT s.sensitive AND s.spoiler_text = '' AND a.discoverable AND a.suspended_at IS NULL ",
            "AND a.silenced_at IS NULL"
        )
    };
}

/// The statuses of the last three days with which at least `least` people did something in the last six hours,
/// those with the most people first.
pub async fn attention(conn: &mut Conn, least: i64, limit: i64) -> QueryResult<Vec<Attention>> {
    let query = diesel::sql_query(concat!(
        "WITH since AS (SELECT (n - 21600000) << 16 AS six, (n - 259200000) << 16 AS days ",
        "FROM (SELECT floor(extract(epoch FROM now()) * 1000)::bigint AS n) t), ",
        "done AS (SELECT f.status_id AS id, f.account_id, 0 AS what FROM since, favourites f WHERE f.id >= since.six ",
        "UNION ALL SELECT r.in_reply_to_id, r.account_id, 1 FROM since, statuses r WHERE r.id >= since.six ",
        "AND r.in_reply_to_id IS NOT NULL AND r.deleted_at IS NULL AND r.visibility <= 1 ",
        "UNION ALL SELECT r.reblog_of_id, r.account_id, 2 FROM since, statuses r WHERE r.id >= since.six ",
        "AND r.reblog_of_id IS NOT NULL AND r.deleted_at IS NULL), ",
        "people AS (SELECT d.id, d.account_id, count(*) FILTER (WHERE d.what = 0) AS favourites, ",
        "count(*) FILTER (WHERE d.what = 1) AS replies, count(*) FILTER (WHERE d.what = 2) AS reblogs ",
        "FROM since, done d WHERE d.id >= since.days GROUP BY 1, 2) ",
        "SELECT s.id, sum(p.favourites)::bigint AS favourites, sum(p.replies)::bigint AS replies, ",
        "sum(p.reblogs)::bigint AS reblogs, count(*) AS people, ",
        "count(*) FILTER (WHERE b.created_at > now() - interval '7 days') AS young, ",
        "greatest(extract(epoch FROM now() - s.created_at) / 3600, 0)::double precision AS hours, ",
        "coalesce(max(t.followers_count), 0)::bigint AS followers, ",
        "avg(log(1 + coalesce(u.followers_count, 0)))::double precision AS reach ",
        "FROM people p JOIN statuses s ON s.id = p.id JOIN accounts a ON a.id = s.account_id ",
        "JOIN accounts b ON b.id = p.account_id AND b.suspended_at IS NULL AND b.silenced_at IS NULL ",
        "LEFT JOIN account_stats t ON t.account_id = s.account_id ",
        "LEFT JOIN account_stats u ON u.account_id = p.account_id WHERE p.account_id <> s.account_id AND ",
        presentable!(),
        " GROUP BY s.id HAVING count(*) >= $1 ORDER BY people DESC LIMIT $2"
    ))
    .bind::<BigInt, _>(least)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

async fn replace(
    conn: &mut Conn,
    statements: [&'static str; 2],
    ids: &[i64],
    scores: &[f64],
) -> QueryResult<()> {
    let [clear, fill] = statements;
    RunQueryDsl::execute(prepared(diesel::sql_query(clear)), conn).await?;
    let query = diesel::sql_query(fill).bind::<Array<BigInt>, _>(ids).bind::<Array<Double>, _>(scores);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Replaces the tags that trend, in the caller's transaction.
pub async fn set_tags(conn: &mut Conn, ids: &[i64], scores: &[f64]) -> QueryResult<()> {
    let fill = "INSERT INTO trending_tags (tag_id, score) SELECT t.id, n.score \
                FROM unnest($1::bigint[], $2::double precision[]) n(id, score) JOIN tags t ON t.id = n.id";
    replace(conn, ["DELETE FROM trending_tags", fill], ids, scores).await
}

/// Replaces the links that trend, in the caller's transaction; those of which nothing can be shown do not.
pub async fn set_links(conn: &mut Conn, ids: &[i64], scores: &[f64]) -> QueryResult<()> {
    let fill = "INSERT INTO trending_cards (card_id, score) SELECT c.id, n.score \
                FROM unnest($1::bigint[], $2::double precision[]) n(id, score) \
                JOIN cards c ON c.id = n.id AND c.title <> ''";
    replace(conn, ["DELETE FROM trending_cards", fill], ids, scores).await
}

/// Replaces the statuses that trend, in the caller's transaction.
pub async fn set_statuses(conn: &mut Conn, ids: &[i64], scores: &[f64]) -> QueryResult<()> {
    let fill = "INSERT INTO trending_statuses (status_id, score) SELECT s.id, n.score \
                FROM unnest($1::bigint[], $2::double precision[]) n(id, score) JOIN statuses s ON s.id = n.id";
    replace(conn, ["DELETE FROM trending_statuses", fill], ids, scores).await
}

/// The tags that trend, first things first.
pub async fn tags(conn: &mut Conn, offset: i64, limit: i64) -> QueryResult<Vec<Tag>> {
    let query = diesel::sql_query(
        "SELECT t.id, t.name, t.display_name FROM trending_tags r JOIN tags t ON t.id = r.tag_id \
         ORDER BY r.score DESC, r.tag_id LIMIT $2 OFFSET $1",
    )
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// The links that trend, first things first.
pub async fn links(conn: &mut Conn, offset: i64, limit: i64) -> QueryResult<Vec<Card>> {
    let query = diesel::sql_query(
        "SELECT c.* FROM trending_cards r JOIN cards c ON c.id = r.card_id WHERE c.title <> '' \
         ORDER BY r.score DESC, r.card_id LIMIT $2 OFFSET $1",
    )
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
}

/// The statuses that trend, first things first, as far as they still may and the viewer wants to see them.
pub async fn statuses(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    offset: i64,
    limit: i64,
) -> QueryResult<Vec<StatusId>> {
    let query = diesel::sql_query(concat!(
        "SELECT s.id FROM trending_statuses r JOIN statuses s ON s.id = r.status_id ",
        "JOIN accounts a ON a.id = s.account_id WHERE ",
        presentable!(),
        " AND ",
        visible!("s", "$1"),
        " AND ",
        welcome!("s.account_id", "$1"),
        " ORDER BY r.score DESC, r.status_id LIMIT $3 OFFSET $2"
    ))
    .bind::<Nullable<BigInt>, _>(viewer)
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

//! Tags that accounts show on their profiles.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::featured_tags;

use crate::Conn;
use crate::ids::AccountId;
use crate::sql::prepared;
use crate::tags::Tag;

/// A featured tag, with the account's own use of it that everybody may see.
#[derive(Clone, Debug, QueryableByName)]
pub struct FeaturedTag {
    /// The row, not the tag.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Normalised.
    #[diesel(sql_type = Text)]
    pub tag: String,
    /// As its owner spells it.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The account's public and unlisted statuses with it.
    #[diesel(sql_type = BigInt)]
    pub statuses_count: i64,
    /// When the last of them was published.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_status_at: Option<DateTime<Utc>>,
}

/// Features a tag; false when it is featured.
pub async fn insert(conn: &mut Conn, by: AccountId, tag: i64, name: &str) -> QueryResult<bool> {
    let added = diesel::insert_into(featured_tags::table)
        .values((
            featured_tags::account_id.eq(by),
            featured_tags::tag_id.eq(tag),
            featured_tags::name.eq(name),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added > 0)
}

/// Features a tag no more; false when it was not featured.
pub async fn delete(conn: &mut Conn, by: AccountId, tag: i64) -> QueryResult<bool> {
    let removed = diesel::delete(
        featured_tags::table.filter(featured_tags::account_id.eq(by)).filter(featured_tags::tag_id.eq(tag)),
    )
    .execute(conn)
    .await?;
    Ok(removed > 0)
}

/// Removes one of the account's rows; false when there is none.
pub async fn delete_row(conn: &mut Conn, by: AccountId, id: i64) -> QueryResult<bool> {
    let removed = diesel::delete(featured_tags::table.find(id).filter(featured_tags::account_id.eq(by)))
        .execute(conn)
        .await?;
    Ok(removed > 0)
}

/// How many tags an account features.
pub async fn count(conn: &mut Conn, by: AccountId) -> QueryResult<i64> {
    featured_tags::table.filter(featured_tags::account_id.eq(by)).count().get_result(conn).await
}

/// What an account features, the most used first.
pub async fn list(conn: &mut Conn, of: AccountId) -> QueryResult<Vec<FeaturedTag>> {
    let query = diesel::sql_query(
        "SELECT f.id, t.name AS tag, f.name, u.statuses_count, u.last_status_at FROM featured_tags f \
         JOIN tags t ON t.id = f.tag_id CROSS JOIN LATERAL (\
         SELECT count(*) AS statuses_count, max(s.created_at) AS last_status_at FROM status_tags st \
         JOIN statuses s ON s.id = st.status_id WHERE st.tag_id = f.tag_id AND s.account_id = f.account_id \
         AND s.visibility <= 1 AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL) u \
         WHERE f.account_id = $1 ORDER BY u.statuses_count DESC, f.id LIMIT 100",
    )
    .bind::<BigInt, _>(of);
    RunQueryDsl::load(prepared(query), conn).await
}

/// Tags that an account uses most in its last `recent` statuses and does not feature.
pub async fn suggest(conn: &mut Conn, to: AccountId, recent: i64, limit: i64) -> QueryResult<Vec<Tag>> {
    let query = diesel::sql_query(
        "SELECT t.id, t.name, t.display_name FROM (SELECT id FROM statuses WHERE account_id = $1 \
         AND deleted_at IS NULL AND reblog_of_id IS NULL AND visibility <= 1 ORDER BY id DESC LIMIT $2) s \
         JOIN status_tags st ON st.status_id = s.id JOIN tags t ON t.id = st.tag_id \
         WHERE NOT EXISTS (SELECT FROM featured_tags f WHERE f.account_id = $1 AND f.tag_id = t.id) \
         GROUP BY t.id ORDER BY count(*) DESC, max(s.id) DESC LIMIT $3",
    )
    .bind::<BigInt, _>(to)
    .bind::<BigInt, _>(recent)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

//! Hashtags, by their normalised name.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel_async::RunQueryDsl;
use schema::{status_tags, tags};

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

/// A row of `tags`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = tags, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Tag {
    pub id: i64,
    pub name: String,
    pub display_name: String,
}

/// A hashtag of a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusTag {
    /// Normalised: lower case, without `#`.
    pub name: String,
    /// As its author wrote it, without `#`.
    pub spelling: String,
}

/// Ties a status to its tags, given as normalised name and spelling, making those that are new.
pub async fn attach(conn: &mut Conn, status: StatusId, names: &[(String, String)]) -> QueryResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    let (normalised, spelt): (Vec<&str>, Vec<&str>) =
        names.iter().map(|(name, spelling)| (name.as_str(), spelling.as_str())).unzip();
    let query = diesel::sql_query(
        "WITH spelt AS (SELECT * FROM unnest($2::text[], $3::text[]) AS t(name, spelling)), \
         made AS (INSERT INTO tags (name, display_name, last_status_at) \
         SELECT name, spelling, now() FROM spelt \
         ON CONFLICT (name) DO UPDATE SET last_status_at = now() RETURNING id, name, display_name) \
         INSERT INTO status_tags (tag_id, status_id, spelling) \
         SELECT made.id, $1, nullif(spelt.spelling, made.display_name) FROM made JOIN spelt USING (name) \
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<Text>, _>(normalised)
    .bind::<Array<Text>, _>(spelt);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Unties a status from all its tags.
pub async fn detach(conn: &mut Conn, status: StatusId) -> QueryResult<()> {
    diesel::delete(status_tags::table.filter(status_tags::status_id.eq(status))).execute(conn).await?;
    Ok(())
}

/// The tags of each status.
pub async fn load_for(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<HashMap<StatusId, Vec<StatusTag>>> {
    let rows: Vec<(StatusId, String, String, Option<String>)> = status_tags::table
        .inner_join(tags::table)
        .filter(status_tags::status_id.eq_any(ids))
        .order((status_tags::status_id, tags::id))
        .select((status_tags::status_id, tags::name, tags::display_name, status_tags::spelling))
        .load(conn)
        .await?;
    let mut by_status: HashMap<StatusId, Vec<StatusTag>> = HashMap::new();
    for (status, name, usual, own) in rows {
        by_status.entry(status).or_default().push(StatusTag { name, spelling: own.unwrap_or(usual) });
    }
    Ok(by_status)
}

/// The tag with this normalised name.
pub async fn find_by_name(conn: &mut Conn, name: &str) -> QueryResult<Option<Tag>> {
    tags::table.filter(tags::name.eq(name)).select(Tag::as_select()).first(conn).await.optional()
}

/// These tags, in no order.
pub async fn with_ids(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<Tag>> {
    tags::table.filter(tags::id.eq_any(ids)).select(Tag::as_select()).load(conn).await
}

/// The tag with this number.
pub async fn find(conn: &mut Conn, id: i64) -> QueryResult<Option<Tag>> {
    tags::table.find(id).select(Tag::as_select()).first(conn).await.optional()
}

/// The tag with this normalised name, made with this spelling if there is none.
pub async fn find_or_make(conn: &mut Conn, name: &str, spelling: &str) -> QueryResult<Tag> {
    if let Some(tag) = find_by_name(conn, name).await? {
        return Ok(tag);
    }
    diesel::insert_into(tags::table)
        .values((tags::name.eq(name), tags::display_name.eq(spelling)))
        .on_conflict(tags::name)
        .do_update()
        .set(tags::name.eq(name))
        .returning(Tag::as_returning())
        .get_result(conn)
        .await
}

/// What a viewer has with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Tie {
    /// Which tag.
    #[diesel(sql_type = BigInt)]
    pub tag_id: i64,
    /// Its statuses come to the viewer's home timeline.
    #[diesel(sql_type = Bool)]
    pub following: bool,
    /// It stands on the viewer's profile.
    #[diesel(sql_type = Bool)]
    pub featuring: bool,
}

/// What a viewer has with each of these tags.
pub async fn ties(conn: &mut Conn, viewer: AccountId, tags: &[i64]) -> QueryResult<Vec<Tie>> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(
        "SELECT t.id AS tag_id, \
         EXISTS (SELECT FROM tag_follows f WHERE f.account_id = $1 AND f.tag_id = t.id) AS following, \
         EXISTS (SELECT FROM featured_tags f WHERE f.account_id = $1 AND f.tag_id = t.id) AS featuring \
         FROM unnest($2::bigint[]) t(id)",
    )
    .bind::<BigInt, _>(viewer)
    .bind::<Array<BigInt>, _>(tags);
    RunQueryDsl::load(prepared(query), conn).await
}

/// How much a tag was used on a day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Usage {
    /// Which tag.
    #[diesel(sql_type = BigInt)]
    pub tag_id: i64,
    /// Days since 1970.
    #[diesel(sql_type = BigInt)]
    pub day: i64,
    /// Public statuses with it.
    #[diesel(sql_type = BigInt)]
    pub uses: i64,
    /// Their authors.
    #[diesel(sql_type = BigInt)]
    pub accounts: i64,
}

/// How much each of these tags was used since a day (counted from 1970); days without use are not there.
pub async fn usage(conn: &mut Conn, tags: &[i64], since_day: i64) -> QueryResult<Vec<Usage>> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(
        "SELECT st.tag_id, (s.id >> 16) / 86400000 AS day, count(*) AS uses, \
         count(DISTINCT s.account_id) AS accounts FROM status_tags st JOIN statuses s ON s.id = st.status_id \
         WHERE st.tag_id = ANY($1) AND st.status_id >= ($2 * 86400000) << 16 AND s.visibility = 0 \
         AND s.deleted_at IS NULL AND NOT s.local_only GROUP BY 1, 2",
    )
    .bind::<Array<BigInt>, _>(tags)
    .bind::<BigInt, _>(since_day);
    RunQueryDsl::load(prepared(query), conn).await
}

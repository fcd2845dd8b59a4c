//! Reactions: emoji that people put below statuses.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use schema::status_reactions;

use crate::Conn;
use crate::custom_emojis::{self, CustomEmoji, Wanted};
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::visibility::welcome;

/// What somebody reacts with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, QueryableByName)]
pub struct Emoji {
    /// An emoji of Unicode, or the shortcode of a custom one.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Whose custom emoji; empty for ours, and for those of Unicode.
    #[diesel(sql_type = Text)]
    pub domain: String,
}

/// A row of `status_reactions`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = status_reactions, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Reaction {
    pub id: i64,
    pub status_id: StatusId,
    pub account_id: AccountId,
    pub name: String,
    pub domain: String,
}

impl Reaction {
    /// With what.
    pub fn emoji(&self) -> Emoji {
        Emoji { name: self.name.clone(), domain: self.domain.clone() }
    }
}

/// How much is there already when somebody reacts.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Room {
    /// Reactions of that account.
    #[diesel(sql_type = BigInt)]
    pub own: i64,
    /// Different emoji.
    #[diesel(sql_type = BigInt)]
    pub different: i64,
    /// Whether this one is among them.
    #[diesel(sql_type = Bool)]
    pub is_there: bool,
}

/// What is there already below a status.
pub async fn room(conn: &mut Conn, by: AccountId, status: StatusId, emoji: &Emoji) -> QueryResult<Room> {
    let query = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE account_id = $2) AS own, count(DISTINCT (name, domain)) AS different, \
         coalesce(bool_or(name = $3 AND domain = $4), false) AS is_there \
         FROM status_reactions WHERE status_id = $1",
    )
    .bind::<BigInt, _>(status)
    .bind::<BigInt, _>(by)
    .bind::<Text, _>(&emoji.name)
    .bind::<Text, _>(&emoji.domain);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// Adds one; `None` when it was there. `uri` is the id of a remote activity.
pub async fn insert(
    conn: &mut Conn,
    by: AccountId,
    status: StatusId,
    emoji: &Emoji,
    uri: Option<&str>,
) -> QueryResult<Option<Reaction>> {
    diesel::insert_into(status_reactions::table)
        .values((
            status_reactions::account_id.eq(by),
            status_reactions::status_id.eq(status),
            status_reactions::name.eq(&emoji.name),
            status_reactions::domain.eq(&emoji.domain),
            status_reactions::uri.eq(uri),
        ))
        .on_conflict_do_nothing()
        .returning(Reaction::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Removes one; `None` when there was none.
pub async fn delete(
    conn: &mut Conn,
    by: AccountId,
    status: StatusId,
    emoji: &Emoji,
) -> QueryResult<Option<Reaction>> {
    let own = status_reactions::table
        .filter(status_reactions::account_id.eq(by))
        .filter(status_reactions::status_id.eq(status))
        .filter(status_reactions::name.eq(&emoji.name))
        .filter(status_reactions::domain.eq(&emoji.domain));
    diesel::delete(own).returning(Reaction::as_returning()).get_result(conn).await.optional()
}

/// The reaction that a remote activity with this id made.
pub async fn find_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Reaction>> {
    let found = status_reactions::table.filter(status_reactions::uri.eq(uri));
    found.select(Reaction::as_select()).first(conn).await.optional()
}

/// A reaction and who wrote its status; `None` when it was taken back or the status deleted. It stays until the
/// transaction ends.
pub async fn hold(conn: &mut Conn, id: i64) -> QueryResult<Option<(Reaction, AccountId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(embed)]
        reaction: Reaction,
        #[diesel(sql_type = BigInt)]
        author_id: AccountId,
    }
    let query = diesel::sql_query(
        "SELECT r.*, s.account_id AS author_id FROM status_reactions r JOIN statuses s ON s.id = r.status_id \
         WHERE r.id = $1 AND s.deleted_at IS NULL FOR KEY SHARE OF r",
    )
    .bind::<BigInt, _>(id);
    let row: Option<Row> = RunQueryDsl::get_result(prepared(query), conn).await.optional()?;
    Ok(row.map(|row| (row.reaction, row.author_id)))
}

/// One emoji below a status.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Which.
    pub emoji: Emoji,
    /// How many people.
    pub count: i64,
    /// Whether the viewer is one of them.
    pub me: bool,
    /// The picture of a custom emoji.
    pub picture: Option<CustomEmoji>,
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = BigInt)]
    status_id: StatusId,
    #[diesel(embed)]
    emoji: Emoji,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Bool>)]
    me: Option<bool>,
}

/// The pictures of those that are custom emoji.
pub async fn pictures(
    conn: &mut Conn,
    emojis: impl Iterator<Item = &Emoji>,
) -> QueryResult<HashMap<Wanted, CustomEmoji>> {
    let wanted: Vec<Wanted> = emojis.map(wanted).collect();
    custom_emojis::load(conn, &wanted).await
}

fn wanted(emoji: &Emoji) -> Wanted {
    Wanted { domain: emoji.domain.clone(), shortcode: emoji.name.clone() }
}

/// What stands below each of these statuses, in the order in which it came; at most two queries.
pub async fn load_for(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<HashMap<StatusId, Vec<Tally>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = diesel::sql_query(
        "SELECT r.status_id, r.name, r.domain, count(*) AS count, bool_or(r.account_id = $2) AS me \
         FROM status_reactions r WHERE r.status_id = ANY($1) GROUP BY 1, 2, 3 ORDER BY min(r.id)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    let rows: Vec<TallyRow> = RunQueryDsl::load(prepared(query), conn).await?;
    let pictures = pictures(conn, rows.iter().map(|row| &row.emoji)).await?;
    let mut by_status: HashMap<StatusId, Vec<Tally>> = HashMap::new();
    for row in rows {
        let picture = pictures.get(&wanted(&row.emoji)).cloned();
        let tally = Tally { emoji: row.emoji, count: row.count, me: row.me == Some(true), picture };
        by_status.entry(row.status_id).or_default().push(tally);
    }
    Ok(by_status)
}

/// Of many viewers, what those who did reacted with.
pub async fn of_viewers(
    conn: &mut Conn,
    status: StatusId,
    viewers: &[AccountId],
) -> QueryResult<HashMap<AccountId, Vec<Emoji>>> {
    let rows: Vec<Reaction> = status_reactions::table
        .filter(status_reactions::status_id.eq(status))
        .filter(status_reactions::account_id.eq_any(viewers))
        .order(status_reactions::id)
        .select(Reaction::as_select())
        .load(conn)
        .await?;
    let mut by_viewer: HashMap<AccountId, Vec<Emoji>> = HashMap::new();
    for row in rows {
        by_viewer.entry(row.account_id).or_default().push(row.emoji());
    }
    Ok(by_viewer)
}

/// Who put which emoji below a status, as far as the viewer wants to see them, the first `limit`.
pub async fn accounts_of(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    status: StatusId,
    limit: i64,
) -> QueryResult<Vec<Reaction>> {
    let query = diesel::sql_query(concat!(
        "SELECT r.id, r.status_id, r.account_id, r.name, r.domain FROM status_reactions r WHERE r.status_id = $1 AND ",
        welcome!("r.account_id", "$2"),
        " ORDER BY r.id LIMIT $3"
    ))
    .bind::<BigInt, _>(status)
    .bind::<Nullable<BigInt>, _>(viewer)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// What some accounts last put below some statuses, pairwise.
pub async fn latest(
    conn: &mut Conn,
    pairs: &[(AccountId, StatusId)],
) -> QueryResult<HashMap<(AccountId, StatusId), (Emoji, Option<CustomEmoji>)>> {
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let (accounts, statuses): (Vec<AccountId>, Vec<StatusId>) = pairs.iter().copied().unzip();
    let query = diesel::sql_query(
        "SELECT DISTINCT ON (r.account_id, r.status_id) r.id, r.status_id, r.account_id, r.name, r.domain \
         FROM unnest($1::bigint[], $2::bigint[]) w(account_id, status_id) \
         JOIN status_reactions r ON r.account_id = w.account_id AND r.status_id = w.status_id \
         ORDER BY r.account_id, r.status_id, r.id DESC",
    )
    .bind::<Array<BigInt>, _>(accounts)
    .bind::<Array<BigInt>, _>(statuses);
    let rows: Vec<Reaction> = RunQueryDsl::load(prepared(query), conn).await?;
    let emojis: Vec<Emoji> = rows.iter().map(Reaction::emoji).collect();
    let pictures = pictures(conn, emojis.iter()).await?;
    let with_picture = |row: Reaction| {
        let emoji = row.emoji();
        let picture = pictures.get(&wanted(&emoji)).cloned();
        ((row.account_id, row.status_id), (emoji, picture))
    };
    Ok(rows.into_iter().map(with_picture).collect())
}

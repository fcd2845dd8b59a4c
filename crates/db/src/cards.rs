//! Cards: what is shown of the pages that statuses link to.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::{cards, status_cards};

use crate::Conn;
use crate::ids::{AccountId, CardId, StatusId};
use crate::sql::prepared;

/// What a page is, the values of [`Card::kind`].
pub mod kind {
    /// Something to read.
    pub const LINK: i16 = 0;
    /// A picture.
    pub const PHOTO: i16 = 1;
    /// A video.
    pub const VIDEO: i16 = 2;
    /// Something else that is played.
    pub const RICH: i16 = 3;
}

/// What is shown of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, QueryableByName, AsChangeset)]
#[diesel(table_name = cards, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Content {
    pub kind: i16,
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    pub author_url: String,
    pub author_account_id: Option<AccountId>,
    pub author_agrees: bool,
    pub provider_name: String,
    pub provider_url: String,
    pub frame_url: Option<String>,
    pub width: i32,
    pub height: i32,
    pub image_key: Option<String>,
    pub image_description: String,
    pub blurhash: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = cards, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Card {
    pub id: CardId,
    pub url: String,
    #[diesel(embed)]
    pub content: Content,
}

/// A card that is there for an address.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Known {
    /// Which.
    #[diesel(sql_type = BigInt)]
    pub id: CardId,
    /// Whether the page is to be fetched.
    #[diesel(sql_type = Bool)]
    pub is_due: bool,
}

/// The card for an address, made if there is none.
pub async fn remember(conn: &mut Conn, url: &str) -> QueryResult<Known> {
    let insert = "INSERT INTO cards (url) VALUES ($1) ON CONFLICT (url) DO NOTHING";
    RunQueryDsl::execute(prepared(diesel::sql_query(insert).bind::<Text, _>(url)), conn).await?;
    let find = "SELECT id, due_at <= now() AS is_due FROM cards WHERE url = $1";
    RunQueryDsl::get_result(prepared(diesel::sql_query(find).bind::<Text, _>(url)), conn).await
}

/// The card for an address, if something is known of the page.
pub async fn find_by_url(conn: &mut Conn, url: &str) -> QueryResult<Option<Card>> {
    cards::table
        .filter(cards::url.eq(url))
        .filter(cards::title.ne(""))
        .select(Card::as_select())
        .first(conn)
        .await
        .optional()
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Whether a status or an account has this id.
pub async fn is_object(conn: &mut Conn, uri: &str) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM statuses WHERE uri = $1) OR EXISTS (SELECT FROM accounts WHERE uri = $1) AS yes",
    )
    .bind::<Text, _>(uri);
    let answer: Answer = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(answer.yes)
}

/// Hangs a card on a status, in place of the one it had.
pub async fn attach(conn: &mut Conn, status: StatusId, card: CardId) -> QueryResult<()> {
    let query = diesel::sql_query(
        "INSERT INTO status_cards (status_id, card_id) VALUES ($1, $2) ON CONFLICT (status_id) \
         DO UPDATE SET card_id = excluded.card_id WHERE status_cards.card_id <> excluded.card_id",
    )
    .bind::<BigInt, _>(status)
    .bind::<BigInt, _>(card);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Takes the card off a status.
pub async fn detach(conn: &mut Conn, status: StatusId) -> QueryResult<()> {
    diesel::delete(status_cards::table.find(status)).execute(conn).await?;
    Ok(())
}

/// A card whose page is to be fetched, for the one who fetches it: it is due again only at `until`. `None` if
/// somebody else has it, or it is not due.
pub async fn claim(conn: &mut Conn, id: CardId, until: DateTime<Utc>) -> QueryResult<Option<Card>> {
    diesel::update(cards::table.find(id).filter(cards::due_at.le(diesel::dsl::now)))
        .set(cards::due_at.eq(until))
        .returning(Card::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Whether it was ever known what is to be shown of a page.
pub async fn was_fetched(conn: &mut Conn, id: CardId) -> QueryResult<bool> {
    let query = diesel::sql_query("SELECT fetched_at IS NOT NULL AS yes FROM cards WHERE id = $1");
    let found = RunQueryDsl::get_result(prepared(query.bind::<BigInt, _>(id)), conn).await.optional()?;
    Ok(found.is_none_or(|answer: Answer| answer.yes))
}

/// Writes what a page is shown as, due again at `due`; the file that was its picture so far, if that is another.
pub async fn update(
    conn: &mut Conn,
    id: CardId,
    content: &Content,
    due: DateTime<Utc>,
) -> QueryResult<Option<String>> {
    let before: Option<Option<String>> =
        cards::table.find(id).select(cards::image_key).for_update().first(conn).await.optional()?;
    diesel::update(cards::table.find(id))
        .set((content, cards::due_at.eq(due), cards::fetched_at.eq(Utc::now())))
        .execute(conn)
        .await?;
    Ok(before.flatten().filter(|key| content.image_key.as_ref() != Some(key)))
}

/// Leaves a card as it is until `due`.
pub async fn postpone(conn: &mut Conn, id: CardId, due: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(cards::table.find(id)).set(cards::due_at.eq(due)).execute(conn).await?;
    Ok(())
}

/// The websites that an account says it writes for.
pub async fn websites_of(conn: &mut Conn, account: AccountId) -> QueryResult<Vec<String>> {
    let query = diesel::sql_query(
        "SELECT unnest(domains) AS name FROM attribution_domains WHERE account_id = $1 \
         UNION ALL SELECT unnest(attribution_domains) FROM users WHERE account_id = $1",
    )
    .bind::<BigInt, _>(account);
    let rows: Vec<Name> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Writes down the websites that an account elsewhere says it writes for.
pub async fn set_websites_of(conn: &mut Conn, account: AccountId, domains: &[String]) -> QueryResult<()> {
    let statement = if domains.is_empty() {
        "DELETE FROM attribution_domains WHERE account_id = $1 AND $2 = '{}'"
    } else {
        "INSERT INTO attribution_domains (account_id, domains) VALUES ($1, $2) \
         ON CONFLICT (account_id) DO UPDATE SET domains = excluded.domains"
    };
    let query = diesel::sql_query(statement).bind::<BigInt, _>(account).bind::<Array<Text>, _>(domains);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Statuses of accounts here with a card, since `since`, newest first.
pub async fn local_statuses(
    conn: &mut Conn,
    card: CardId,
    since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<(StatusId, AccountId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: StatusId,
        #[diesel(sql_type = BigInt)]
        account_id: AccountId,
    }
    let query = diesel::sql_query(
        "SELECT s.id, s.account_id FROM status_cards c JOIN statuses s ON s.id = c.status_id \
         WHERE c.card_id = $1 AND s.local AND s.deleted_at IS NULL AND s.created_at >= $2 \
         ORDER BY s.id DESC LIMIT $3",
    )
    .bind::<BigInt, _>(card)
    .bind::<Timestamptz, _>(since)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.account_id)).collect())
}

/// The cards of statuses that show one.
pub async fn load_for(conn: &mut Conn, ids: &[CardId]) -> QueryResult<HashMap<CardId, Card>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Card> = cards::table
        .filter(cards::id.eq_any(ids))
        .filter(cards::title.ne(""))
        .select(Card::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|card| (card.id, card)).collect())
}

/// Removes cards that no status has, made before `before`, `limit` at most; returns the keys of their pictures.
pub async fn forget_unused(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        image_key: Option<String>,
    }
    let query = diesel::sql_query(
        "DELETE FROM cards WHERE id IN (SELECT c.id FROM cards c WHERE c.created_at < $1 \
         AND c.due_at < now() AND NOT EXISTS (SELECT FROM status_cards s WHERE s.card_id = c.id) LIMIT $2 \
         FOR UPDATE SKIP LOCKED) \
         AND NOT EXISTS (SELECT FROM status_cards s WHERE s.card_id = cards.id) RETURNING image_key",
    )
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().filter_map(|row| row.image_key).collect())
}

/// How much a link was shared on a day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Usage {
    /// Which card.
    #[diesel(sql_type = BigInt)]
    pub card_id: CardId,
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

/// How much each of these links was shared since a day (counted from 1970); days without use are not there.
pub async fn usage(conn: &mut Conn, cards: &[CardId], since_day: i64) -> QueryResult<Vec<Usage>> {
    if cards.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(
        "SELECT c.card_id, (s.id >> 16) / 86400000 AS day, count(*) AS uses, \
         count(DISTINCT s.account_id) AS accounts FROM status_cards c JOIN statuses s ON s.id = c.status_id \
         WHERE c.card_id = ANY($1) AND c.status_id >= ($2 * 86400000) << 16 AND s.visibility = 0 \
         AND s.deleted_at IS NULL AND NOT s.local_only GROUP BY 1, 2",
    )
    .bind::<Array<BigInt>, _>(cards)
    .bind::<BigInt, _>(since_day);
    RunQueryDsl::load(prepared(query), conn).await
}

//! Blocks, mutes, notes, and everything between two accounts as one view.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::{account_notes, blocks, domain_mutes, mutes};

use crate::ids::AccountId;
use crate::page::{Entry, list};
use crate::sql::prepared;
use crate::{Conn, Page};

/// A row of `blocks`.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Block {
    pub id: i64,
    pub account_id: AccountId,
    pub target_account_id: AccountId,
    pub uri: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// What stands between a viewer and another account
/// (<https://docs.joinmastodon.org/entities/Relationship/>).
#[derive(Clone, Debug, QueryableByName)]
#[expect(missing_docs, reason = "they are the fields of the Relationship entity")]
pub struct Relationship {
    #[diesel(sql_type = BigInt)]
    pub id: AccountId,
    #[diesel(sql_type = Bool)]
    pub following: bool,
    #[diesel(sql_type = Bool)]
    pub showing_reblogs: bool,
    #[diesel(sql_type = Bool)]
    pub notifying: bool,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pub languages: Option<Vec<String>>,
    #[diesel(sql_type = Bool)]
    pub followed_by: bool,
    #[diesel(sql_type = Bool)]
    pub blocking: bool,
    #[diesel(sql_type = Bool)]
    pub blocked_by: bool,
    #[diesel(sql_type = Bool)]
    pub muting: bool,
    #[diesel(sql_type = Bool)]
    pub muting_notifications: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub muting_expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    pub requested: bool,
    #[diesel(sql_type = Bool)]
    pub requested_by: bool,
    #[diesel(sql_type = Bool)]
    pub domain_blocking: bool,
    #[diesel(sql_type = Bool)]
    pub endorsed: bool,
    #[diesel(sql_type = Text)]
    pub note: String,
}

/// What stands between the viewer and each of these accounts, in the order given, in one query.
pub async fn load(conn: &mut Conn, viewer: AccountId, ids: &[AccountId]) -> QueryResult<Vec<Relationship>> {
    let query = diesel::sql_query(
        "SELECT a.id, f.id IS NOT NULL AS following, coalesce(f.show_reblogs, false) AS showing_reblogs, \
         coalesce(f.notify, false) AS notifying, f.languages, b.id IS NOT NULL AS followed_by, \
         x.id IS NOT NULL AS blocking, y.id IS NOT NULL AS blocked_by, m.id IS NOT NULL AS muting, \
         coalesce(m.hide_notifications, false) AS muting_notifications, m.expires_at AS muting_expires_at, \
         r.id IS NOT NULL AS requested, q.id IS NOT NULL AS requested_by, \
         d.domain IS NOT NULL AS domain_blocking, e.id IS NOT NULL AS endorsed, \
         coalesce(n.comment, '') AS note \
         FROM accounts a \
         LEFT JOIN follows f ON f.account_id = $1 AND f.target_account_id = a.id \
         LEFT JOIN follows b ON b.account_id = a.id AND b.target_account_id = $1 \
         LEFT JOIN blocks x ON x.account_id = $1 AND x.target_account_id = a.id \
         LEFT JOIN blocks y ON y.account_id = a.id AND y.target_account_id = $1 \
         LEFT JOIN mutes m ON m.account_id = $1 AND m.target_account_id = a.id \
         AND (m.expires_at IS NULL OR m.expires_at > now()) \
         LEFT JOIN follow_requests r ON r.account_id = $1 AND r.target_account_id = a.id \
         LEFT JOIN follow_requests q ON q.account_id = a.id AND q.target_account_id = $1 \
         LEFT JOIN domain_mutes d ON d.account_id = $1 AND d.domain = a.domain \
         LEFT JOIN endorsements e ON e.account_id = $1 AND e.target_account_id = a.id \
         LEFT JOIN account_notes n ON n.account_id = $1 AND n.target_account_id = a.id \
         WHERE a.id = ANY($2)",
    )
    .bind::<BigInt, _>(viewer)
    .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Relationship> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut by_id: HashMap<AccountId, Relationship> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// What stands between the viewer and one account, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, viewer: AccountId, of: AccountId) -> QueryResult<Relationship> {
    load(conn, viewer, &[of]).await?.pop().ok_or(diesel::result::Error::NotFound)
}

/// Adds a block; `None` when it was there. `uri` is the id of a remote Block.
pub async fn block(
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    uri: Option<&str>,
) -> QueryResult<Option<Block>> {
    diesel::insert_into(blocks::table)
        .values((blocks::account_id.eq(by), blocks::target_account_id.eq(of), blocks::uri.eq(uri)))
        .on_conflict_do_nothing()
        .returning(blocks::all_columns)
        .get_result(conn)
        .await
        .optional()
}

/// Removes a block; `None` when there was none.
pub async fn unblock(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Block>> {
    diesel::delete(blocks::table.filter(blocks::account_id.eq(by)).filter(blocks::target_account_id.eq(of)))
        .returning(blocks::all_columns)
        .get_result(conn)
        .await
        .optional()
}

/// The block that a remote Block with this id made.
pub async fn find_block_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Block>> {
    blocks::table.filter(blocks::uri.eq(uri)).first(conn).await.optional()
}

/// Makes every other transaction that asks for the same two accounts wait until this one ends: following and
/// blocking look at rows of each other that are not there yet.
pub async fn lock_pair(conn: &mut Conn, one: AccountId, other: AccountId) -> QueryResult<()> {
    let query = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(format!("pair {} {}", one.min(other), one.max(other)));
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Whether either of two accounts blocks the other.
pub async fn either_blocks(conn: &mut Conn, one: AccountId, other: AccountId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        blocks::table.filter(
            blocks::account_id
                .eq(one)
                .and(blocks::target_account_id.eq(other))
                .or(blocks::account_id.eq(other).and(blocks::target_account_id.eq(one))),
        ),
    ))
    .get_result(conn)
    .await
}

/// Whether `by` blocks `of`.
pub async fn blocks(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        blocks::table.filter(blocks::account_id.eq(by)).filter(blocks::target_account_id.eq(of)),
    ))
    .get_result(conn)
    .await
}

/// Of these accounts, those that block `viewer`.
pub async fn blockers_among(
    conn: &mut Conn,
    viewer: AccountId,
    accounts: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let of_viewer = blocks::target_account_id.eq(viewer).and(blocks::account_id.eq_any(accounts));
    blocks::table.filter(of_viewer).select(blocks::account_id).load(conn).await
}

/// Mutes, or changes how; `until` ends it by itself.
pub async fn mute(
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    hide_notifications: bool,
    until: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::insert_into(mutes::table)
        .values((
            mutes::account_id.eq(by),
            mutes::target_account_id.eq(of),
            mutes::hide_notifications.eq(hide_notifications),
            mutes::expires_at.eq(until),
        ))
        .on_conflict((mutes::account_id, mutes::target_account_id))
        .do_update()
        .set((mutes::hide_notifications.eq(hide_notifications), mutes::expires_at.eq(until)))
        .execute(conn)
        .await?;
    Ok(())
}

/// When the next of an account's mutes ends by itself.
pub async fn next_end_of_mute(conn: &mut Conn, by: AccountId) -> QueryResult<Option<DateTime<Utc>>> {
    mutes::table
        .filter(mutes::account_id.eq(by))
        .filter(mutes::expires_at.gt(Utc::now()))
        .select(diesel::dsl::min(mutes::expires_at))
        .first(conn)
        .await
}

/// Lifts a mute; false when there was none.
pub async fn unmute(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<bool> {
    let lifted =
        diesel::delete(mutes::table.filter(mutes::account_id.eq(by)).filter(mutes::target_account_id.eq(of)))
            .execute(conn)
            .await?;
    Ok(lifted > 0)
}

/// Writes the viewer's private note on an account; an empty one is removed.
pub async fn set_note(conn: &mut Conn, by: AccountId, of: AccountId, comment: &str) -> QueryResult<()> {
    if comment.is_empty() {
        diesel::delete(account_notes::table.find((by, of))).execute(conn).await?;
        return Ok(());
    }
    diesel::insert_into(account_notes::table)
        .values((
            account_notes::account_id.eq(by),
            account_notes::target_account_id.eq(of),
            account_notes::comment.eq(comment),
        ))
        .on_conflict((account_notes::account_id, account_notes::target_account_id))
        .do_update()
        .set(account_notes::comment.eq(comment))
        .execute(conn)
        .await?;
    Ok(())
}

/// Hides a whole host from an account; false when it is hidden.
pub async fn mute_domain(conn: &mut Conn, by: AccountId, domain: &str) -> QueryResult<bool> {
    let added = diesel::insert_into(domain_mutes::table)
        .values((domain_mutes::account_id.eq(by), domain_mutes::domain.eq(domain)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added > 0)
}

/// Whether an account has hidden a host; if so, that does not end before the transaction does.
pub async fn hold_domain_mute(conn: &mut Conn, by: AccountId, domain: &str) -> QueryResult<bool> {
    let held: Option<String> = domain_mutes::table
        .find((by, domain))
        .select(domain_mutes::domain)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(held.is_some())
}

#[derive(QueryableByName)]
struct Tied {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Accounts on a host that an account follows, or asks to, or that follow it, or ask to.
pub async fn tied_to_host(
    conn: &mut Conn,
    account: AccountId,
    domain: &str,
    limit: i64,
) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(
        "SELECT a.id FROM (SELECT target_account_id AS id FROM follows WHERE account_id = $1 \
         UNION SELECT account_id FROM follows WHERE target_account_id = $1 \
         UNION SELECT target_account_id FROM follow_requests WHERE account_id = $1 \
         UNION SELECT account_id FROM follow_requests WHERE target_account_id = $1) t \
         JOIN accounts a ON a.id = t.id WHERE a.domain = $2 ORDER BY a.id LIMIT $3",
    )
    .bind::<BigInt, _>(account)
    .bind::<Text, _>(domain)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Tied> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Shows a host again.
pub async fn unmute_domain(conn: &mut Conn, by: AccountId, domain: &str) -> QueryResult<()> {
    diesel::delete(domain_mutes::table.find((by, domain))).execute(conn).await?;
    Ok(())
}

/// A host that an account has hidden.
#[derive(Clone, Debug, QueryableByName)]
pub struct MutedDomain {
    /// The cursor: when it was hidden, in microseconds since 1970.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The host.
    #[diesel(sql_type = Text)]
    pub domain: String,
}

macro_rules! muted_domains {
    ($order:literal) => {
        concat!(
            "SELECT id, domain FROM (SELECT (extract(epoch FROM created_at) * 1000000)::bigint AS id, domain ",
            "FROM domain_mutes WHERE account_id = $1) d WHERE id < $2 AND id > $3 ORDER BY id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// Hosts that an account has hidden, latest first.
pub async fn muted_domains(conn: &mut Conn, by: AccountId, page: Page) -> QueryResult<Vec<MutedDomain>> {
    let query =
        diesel::sql_query(if page.upwards() { muted_domains!("ASC") } else { muted_domains!("DESC") })
            .bind::<BigInt, _>(by)
            .bind::<BigInt, _>(page.below())
            .bind::<BigInt, _>(page.above())
            .bind::<BigInt, _>(page.limit);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

/// Whom an account blocks, latest first.
pub async fn blocked(conn: &mut Conn, by: AccountId, page: Page) -> QueryResult<Vec<Entry>> {
    let statement = if page.upwards() {
        "SELECT id, target_account_id AS target FROM blocks WHERE account_id = $1 AND id < $2 AND id > $3 \
         ORDER BY id ASC LIMIT $4"
    } else {
        "SELECT id, target_account_id AS target FROM blocks WHERE account_id = $1 AND id < $2 AND id > $3 \
         ORDER BY id DESC LIMIT $4"
    };
    list(conn, statement, by.0, page).await
}

/// Whom an account mutes at present, latest first.
pub async fn muted(conn: &mut Conn, by: AccountId, page: Page) -> QueryResult<Vec<Entry>> {
    let statement = if page.upwards() {
        "SELECT id, target_account_id AS target FROM mutes WHERE account_id = $1 AND id < $2 AND id > $3 \
         AND (expires_at IS NULL OR expires_at > now()) ORDER BY id ASC LIMIT $4"
    } else {
        "SELECT id, target_account_id AS target FROM mutes WHERE account_id = $1 AND id < $2 AND id > $3 \
         AND (expires_at IS NULL OR expires_at > now()) ORDER BY id DESC LIMIT $4"
    };
    list(conn, statement, by.0, page).await
}

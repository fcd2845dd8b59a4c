//! Lists of statuses that are not home feeds: public, of a tag, of an account.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;

use crate::ids::{AccountId, CardId, StatusId};
use crate::sql::prepared;
use crate::visibility::{visible, welcome};
use crate::{Conn, Page};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
}

fn ids(page: Page, rows: Vec<Row>) -> Vec<StatusId> {
    page.sort_newest_first(rows.into_iter().map(|row| row.id).collect())
}

/// Which statuses of the public timeline are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Public {
    /// Only by accounts here.
    pub local: bool,
    /// Only by accounts elsewhere.
    pub remote: bool,
    /// Only with media.
    pub only_media: bool,
}

/// SQL: whether the author's row `a` is heard by more than followers, or the viewer `$1` is one.
macro_rules! heard_in_public {
    () => {
        "(a.silenced_at IS NULL OR (SELECT true FROM follows sf WHERE sf.account_id = $1 AND sf.target_account_id = a.id) IS TRUE)"
    };
}

macro_rules! public {
    ($more:literal, $order:literal) => {
        concat!(
            "SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id ",
            "WHERE s.visibility = 0 AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL ",
            "AND s.id < $2 AND s.id > $3 AND (NOT $5 OR NOT s.local) AND (NOT $6 OR s.media_count > 0) ",
            "AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id) ",
            $more,
            "AND ",
            heard_in_public!(),
            " AND ",
            visible!("s", "$1", "a"),
            " AND ",
            welcome!("s.account_id", "$1"),
            " ORDER BY s.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The public timeline: no reblogs, no replies to others.
pub async fn public(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    what: Public,
    page: Page,
) -> QueryResult<Vec<StatusId>> {
    let statement = match (what.local, page.upwards()) {
        (false, false) => public!("", "DESC"),
        (false, true) => public!("", "ASC"),
        (true, false) => public!("AND s.local ", "DESC"),
        (true, true) => public!("AND s.local ", "ASC"),
    };
    let query = diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(viewer)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<Bool, _>(what.remote)
        .bind::<Bool, _>(what.only_media);
    Ok(ids(page, RunQueryDsl::load(prepared(query), conn).await?))
}

/// Which statuses of a tag's timeline are wanted; names are normalised.
#[derive(Clone, Debug, Default)]
pub struct Tagged {
    /// With at least one of these.
    pub any: Vec<String>,
    /// With all of these.
    pub all: Vec<String>,
    /// With none of these.
    pub none: Vec<String>,
    /// And as for the public timeline.
    pub public: Public,
}

macro_rules! tagged {
    ($order:literal) => {
        concat!(
            "SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id ",
            "WHERE s.visibility = 0 AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL ",
            "AND s.id < $2 AND s.id > $3 AND (NOT $5 OR NOT s.local) AND (NOT $6 OR s.media_count > 0) ",
            "AND (NOT $7 OR s.local) ",
            "AND s.id IN (SELECT st.status_id FROM status_tags st JOIN tags t ON t.id = st.tag_id ",
            "WHERE t.name = ANY($8) AND st.status_id < $2 AND st.status_id > $3) ",
            "AND NOT EXISTS (SELECT FROM unnest($9::text[]) AS w(name) WHERE NOT EXISTS (SELECT FROM status_tags st ",
            "JOIN tags t ON t.id = st.tag_id WHERE st.status_id = s.id AND t.name = w.name)) ",
            "AND NOT EXISTS (SELECT FROM status_tags st JOIN tags t ON t.id = st.tag_id ",
            "WHERE st.status_id = s.id AND t.name = ANY($10)) ",
            "AND ",
            heard_in_public!(),
            " AND ",
            visible!("s", "$1", "a"),
            " AND ",
            welcome!("s.account_id", "$1"),
            " ORDER BY s.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The public statuses with some tags.
pub async fn tagged(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    what: &Tagged,
    page: Page,
) -> QueryResult<Vec<StatusId>> {
    let statement = if page.upwards() { tagged!("ASC") } else { tagged!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(viewer)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<Bool, _>(what.public.remote)
        .bind::<Bool, _>(what.public.only_media)
        .bind::<Bool, _>(what.public.local)
        .bind::<Array<Text>, _>(&what.any)
        .bind::<Array<Text>, _>(&what.all)
        .bind::<Array<Text>, _>(&what.none);
    Ok(ids(page, RunQueryDsl::load(prepared(query), conn).await?))
}

macro_rules! linking {
    ($order:literal) => {
        concat!(
            "SELECT s.id FROM status_cards c JOIN statuses s ON s.id = c.status_id ",
            "JOIN accounts a ON a.id = s.account_id WHERE c.card_id = $5 AND s.visibility = 0 ",
            "AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL AND c.status_id < $2 AND c.status_id > $3 AND ",
            heard_in_public!(),
            " AND ",
            visible!("s", "$1", "a"),
            " AND ",
            welcome!("s.account_id", "$1"),
            " ORDER BY c.status_id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The public statuses that link to a page.
pub async fn linking(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    card: CardId,
    page: Page,
) -> QueryResult<Vec<StatusId>> {
    let statement = if page.upwards() { linking!("ASC") } else { linking!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(viewer)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<BigInt, _>(card);
    Ok(ids(page, RunQueryDsl::load(prepared(query), conn).await?))
}

/// Which statuses of a profile are wanted.
#[derive(Clone, Debug, Default)]
pub struct OfAccount {
    /// Only with media.
    pub only_media: bool,
    /// No replies to others.
    pub exclude_replies: bool,
    /// No reblogs.
    pub exclude_reblogs: bool,
    /// Only with this tag (normalised).
    pub tagged: Option<String>,
}

macro_rules! of_account {
    ($order:literal) => {
        concat!(
            "SELECT s.id FROM statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id ",
            "WHERE s.account_id = $5 AND s.deleted_at IS NULL AND s.id < $2 AND s.id > $3 ",
            "AND (s.visibility < 3 OR s.account_id = $1) ",
            "AND (NOT $6 OR s.media_count > 0) ",
            "AND (NOT $7 OR s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id) ",
            "AND (NOT $8 OR s.reblog_of_id IS NULL) ",
            "AND ($9 IS NULL OR EXISTS (SELECT FROM status_tags st JOIN tags t ON t.id = st.tag_id ",
            "WHERE st.status_id = s.id AND t.name = $9)) AND ",
            visible!("s", "$1"),
            " AND (o.id IS NULL OR (",
            visible!("o", "$1"),
            " AND ",
            welcome!("o.account_id", "$1"),
            ")) ORDER BY s.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// A profile's statuses, as far as the viewer may see them; direct ones only on the own profile.
pub async fn of_account(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    account: AccountId,
    what: &OfAccount,
    page: Page,
) -> QueryResult<Vec<StatusId>> {
    let statement = if page.upwards() { of_account!("ASC") } else { of_account!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(viewer)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<BigInt, _>(account)
        .bind::<Bool, _>(what.only_media)
        .bind::<Bool, _>(what.exclude_replies)
        .bind::<Bool, _>(what.exclude_reblogs)
        .bind::<Nullable<Text>, _>(what.tagged.as_deref());
    Ok(ids(page, RunQueryDsl::load(prepared(query), conn).await?))
}

/// Who reblogged a status, as the reblogs' ids and their accounts; only reblogs that the viewer may see.
pub async fn reblogged_by(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    status: StatusId,
    page: Page,
) -> QueryResult<Vec<crate::page::Entry>> {
    let statement = if page.upwards() {
        concat!(
            "SELECT s.id, s.account_id AS target FROM statuses s WHERE s.reblog_of_id = $5 ",
            "AND s.id < $2 AND s.id > $3 AND ",
            visible!("s", "$1"),
            " ORDER BY s.id ASC LIMIT $4"
        )
    } else {
        concat!(
            "SELECT s.id, s.account_id AS target FROM statuses s WHERE s.reblog_of_id = $5 ",
            "AND s.id < $2 AND s.id > $3 AND ",
            visible!("s", "$1"),
            " ORDER BY s.id DESC LIMIT $4"
        )
    };
    let query = diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(viewer)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<BigInt, _>(status);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

/// Direct replies that everybody may see, oldest first, for a status's `replies` collection.
pub async fn open_replies(
    conn: &mut Conn,
    status: StatusId,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<StatusId>> {
    let query = diesel::sql_query(concat!(
        "SELECT s.id FROM statuses s WHERE s.in_reply_to_id = $1 AND s.id > $2 AND ",
        visible!("s", "NULL::bigint"),
        " ORDER BY s.id LIMIT $3"
    ))
    .bind::<BigInt, _>(status)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

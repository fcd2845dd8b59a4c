//! Follows, and requests to follow.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use schema::{follow_requests, follows};

use crate::ids::AccountId;
use crate::page::{Entry, list};
use crate::sql::prepared;
use crate::visibility::welcome;
use crate::{Conn, Page};

/// A row of `follows` or `follow_requests`; they have the same columns.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Follow {
    pub id: i64,
    pub account_id: AccountId,
    pub target_account_id: AccountId,
    pub uri: Option<String>,
    pub show_reblogs: bool,
    pub notify: bool,
    pub languages: Option<Vec<String>>,
    pub created_at: DateTime<Utc>,
}

/// How somebody follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether reblogs are shown; `None` keeps what is set (yes for a new follow).
    pub show_reblogs: Option<bool>,
    /// Whether every post notifies; `None` keeps what is set (no for a new follow).
    pub notify: Option<bool>,
    /// Only statuses in these languages; empty for all, `None` keeps what is set.
    pub languages: Option<Vec<String>>,
}

impl Options {
    /// What the column is set to: `None` keeps it, `Some(None)` stands for all languages.
    fn languages(&self) -> Option<Option<&Vec<String>>> {
        self.languages.as_ref().map(|wanted| (!wanted.is_empty()).then_some(wanted))
    }
}

/// Adds a follow; `None` when it was there.
pub async fn insert(
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    uri: Option<&str>,
    options: &Options,
) -> QueryResult<Option<Follow>> {
    diesel::insert_into(follows::table)
        .values((
            follows::account_id.eq(by),
            follows::target_account_id.eq(of),
            follows::uri.eq(uri),
            follows::show_reblogs.eq(options.show_reblogs.unwrap_or(true)),
            follows::notify.eq(options.notify.unwrap_or(false)),
            follows::languages.eq(options.languages().flatten()),
        ))
        .on_conflict_do_nothing()
        .returning(follows::all_columns)
        .get_result(conn)
        .await
        .optional()
}

/// Changes how somebody follows; `None` when nobody does.
pub async fn update(
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    options: &Options,
) -> QueryResult<Option<Follow>> {
    let Some(old) = find(conn, by, of).await? else {
        return Ok(None);
    };
    diesel::update(follows::table.find(old.id))
        .set((
            follows::show_reblogs.eq(options.show_reblogs.unwrap_or(old.show_reblogs)),
            follows::notify.eq(options.notify.unwrap_or(old.notify)),
            follows::languages.eq(options.languages().unwrap_or(old.languages.as_ref())),
        ))
        .returning(follows::all_columns)
        .get_result(conn)
        .await
        .optional()
}

/// A later Follow activity of the same pair: its id is the one that an Undo will name.
pub async fn set_uri(conn: &mut Conn, by: AccountId, of: AccountId, uri: &str) -> QueryResult<()> {
    diesel::update(
        follows::table.filter(follows::account_id.eq(by)).filter(follows::target_account_id.eq(of)),
    )
    .set(follows::uri.eq(uri))
    .execute(conn)
    .await?;
    Ok(())
}

/// The follow of a pair.
pub async fn find(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Follow>> {
    follows::table
        .filter(follows::account_id.eq(by))
        .filter(follows::target_account_id.eq(of))
        .first(conn)
        .await
        .optional()
}

/// Whether somebody follows; if so, that does not end before the transaction does.
pub async fn hold(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<bool> {
    let held: Option<i64> = follows::table
        .filter(follows::account_id.eq(by))
        .filter(follows::target_account_id.eq(of))
        .select(follows::id)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(held.is_some())
}

/// The follow that a Follow activity with this id made.
pub async fn find_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Follow>> {
    follows::table.filter(follows::uri.eq(uri)).first(conn).await.optional()
}

/// Removes a follow; `None` when there was none.
pub async fn delete(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Follow>> {
    diesel::delete(
        follows::table.filter(follows::account_id.eq(by)).filter(follows::target_account_id.eq(of)),
    )
    .returning(follows::all_columns)
    .get_result(conn)
    .await
    .optional()
}

/// Adds a request; `None` when it was there.
pub async fn insert_request(
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    uri: Option<&str>,
    options: &Options,
) -> QueryResult<Option<Follow>> {
    diesel::insert_into(follow_requests::table)
        .values((
            follow_requests::account_id.eq(by),
            follow_requests::target_account_id.eq(of),
            follow_requests::uri.eq(uri),
            follow_requests::show_reblogs.eq(options.show_reblogs.unwrap_or(true)),
            follow_requests::notify.eq(options.notify.unwrap_or(false)),
            follow_requests::languages.eq(options.languages().flatten()),
        ))
        .on_conflict_do_nothing()
        .returning(follow_requests::all_columns)
        .get_result(conn)
        .await
        .optional()
}

/// The request of a pair.
pub async fn find_request(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Follow>> {
    follow_requests::table
        .filter(follow_requests::account_id.eq(by))
        .filter(follow_requests::target_account_id.eq(of))
        .first(conn)
        .await
        .optional()
}

/// Whether somebody asks to follow; if so, that does not end before the transaction does.
pub async fn hold_request(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<bool> {
    let held: Option<i64> = follow_requests::table
        .filter(follow_requests::account_id.eq(by))
        .filter(follow_requests::target_account_id.eq(of))
        .select(follow_requests::id)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(held.is_some())
}

/// Changes how somebody will follow once the request is granted.
pub async fn update_request(
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    options: &Options,
) -> QueryResult<()> {
    let Some(old) = find_request(conn, by, of).await? else {
        return Ok(());
    };
    diesel::update(follow_requests::table.find(old.id))
        .set((
            follow_requests::show_reblogs.eq(options.show_reblogs.unwrap_or(old.show_reblogs)),
            follow_requests::notify.eq(options.notify.unwrap_or(old.notify)),
            follow_requests::languages.eq(options.languages().unwrap_or(old.languages.as_ref())),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The request that a Follow activity with this id made.
pub async fn find_request_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Follow>> {
    follow_requests::table.filter(follow_requests::uri.eq(uri)).first(conn).await.optional()
}

/// Gives a request the id of the Follow activity that carries it.
pub async fn set_request_uri(conn: &mut Conn, by: AccountId, of: AccountId, uri: &str) -> QueryResult<()> {
    diesel::update(
        follow_requests::table
            .filter(follow_requests::account_id.eq(by))
            .filter(follow_requests::target_account_id.eq(of)),
    )
    .set(follow_requests::uri.eq(uri))
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a request; `None` when there was none.
pub async fn delete_request(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Follow>> {
    diesel::delete(
        follow_requests::table
            .filter(follow_requests::account_id.eq(by))
            .filter(follow_requests::target_account_id.eq(of)),
    )
    .returning(follow_requests::all_columns)
    .get_result(conn)
    .await
    .optional()
}

/// Requests waiting for an answer.
pub async fn count_requests(conn: &mut Conn, of: AccountId) -> QueryResult<i64> {
    follow_requests::table.filter(follow_requests::target_account_id.eq(of)).count().get_result(conn).await
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident, $up:expr, $down:expr) => {
        $(#[$doc])*
        pub async fn $name(conn: &mut Conn, whose: AccountId, page: Page) -> QueryResult<Vec<Entry>> {
            list(conn, if page.upwards() { $up } else { $down }, whose.0, page).await
        }
    };
}

listing!(
    /// Who follows an account, latest first.
    followers,
    "SELECT id, account_id AS target FROM follows WHERE target_account_id = $1 AND id < $2 AND id > $3 \
     ORDER BY id ASC LIMIT $4",
    "SELECT id, account_id AS target FROM follows WHERE target_account_id = $1 AND id < $2 AND id > $3 \
     ORDER BY id DESC LIMIT $4"
);
listing!(
    /// Whom an account follows, latest first.
    following,
    "SELECT id, target_account_id AS target FROM follows WHERE account_id = $1 AND id < $2 AND id > $3 \
     ORDER BY id ASC LIMIT $4",
    "SELECT id, target_account_id AS target FROM follows WHERE account_id = $1 AND id < $2 AND id > $3 \
     ORDER BY id DESC LIMIT $4"
);
listing!(
    /// Who asks to follow an account, latest first.
    requests,
    concat!(
        "SELECT id, account_id AS target FROM follow_requests r WHERE target_account_id = $1 ",
        "AND id < $2 AND id > $3 AND ",
        welcome!("r.account_id", "$1"),
        " ORDER BY id ASC LIMIT $4"
    ),
    concat!(
        "SELECT id, account_id AS target FROM follow_requests r WHERE target_account_id = $1 ",
        "AND id < $2 AND id > $3 AND ",
        welcome!("r.account_id", "$1"),
        " ORDER BY id DESC LIMIT $4"
    )
);

/// One follower of an account whom somebody else follows, too.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Familiar {
    /// Who is followed.
    #[diesel(sql_type = BigInt)]
    pub of: AccountId,
    /// Who follows.
    #[diesel(sql_type = BigInt)]
    pub follower: AccountId,
}

/// For each account, up to `limit` of its followers whom the viewer follows; not of accounts that hide their
/// followers, and without those that hide whom they follow.
pub async fn familiar(
    conn: &mut Conn,
    viewer: AccountId,
    of: &[AccountId],
    limit: i64,
) -> QueryResult<Vec<Familiar>> {
    let query = diesel::sql_query(
        "SELECT a.id AS of, k.account_id AS follower FROM accounts a CROSS JOIN LATERAL (\
         SELECT f.account_id FROM follows mine JOIN follows f ON f.account_id = mine.target_account_id \
         AND f.target_account_id = a.id JOIN accounts b ON b.id = f.account_id AND NOT b.hide_collections \
         WHERE mine.account_id = $1 ORDER BY f.id DESC LIMIT $3) k \
         WHERE a.id = ANY($2) AND NOT a.hide_collections AND a.suspended_at IS NULL",
    )
    .bind::<BigInt, _>(viewer)
    .bind::<Array<BigInt>, _>(of)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Inboxes {
    #[diesel(sql_type = Text)]
    inbox_url: String,
    #[diesel(sql_type = Nullable<Text>)]
    shared_inbox_url: Option<String>,
}

/// The inboxes of the remote followers, with the shared inbox of each one's host where there is one: of
/// those on one host that share an inbox, one.
pub async fn remote_follower_inboxes(
    conn: &mut Conn,
    of: AccountId,
) -> QueryResult<Vec<(String, Option<String>)>> {
    let query = diesel::sql_query(
        "SELECT DISTINCT ON (a.domain, coalesce(r.shared_inbox_url, r.inbox_url)) \
         r.inbox_url, r.shared_inbox_url FROM follows f JOIN accounts a ON a.id = f.account_id \
         JOIN actors r ON r.account_id = f.account_id \
         WHERE f.target_account_id = $1 AND a.domain IS NOT NULL AND a.suspended_at IS NULL",
    )
    .bind::<BigInt, _>(of);
    let rows: Vec<Inboxes> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.inbox_url, row.shared_inbox_url)).collect())
}

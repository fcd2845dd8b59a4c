//! Follows, and requests to follow.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use schema::{follow_requests, follows};

use crate::ids::AccountId;
use crate::page::Entry;
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

/// The same functions for both tables, each under its own name.
macro_rules! pairs {
    (
        $table:ident, $insert:ident, $find:ident, $find_by_uri:ident, $hold:ident, $update:ident, $set_uri:ident,
        $delete:ident, $what:literal
    ) => {
        #[doc = concat!("Adds a ", $what, "; `None` when it was there.")]
        pub async fn $insert(
            conn: &mut Conn,
            by: AccountId,
            of: AccountId,
            uri: Option<&str>,
            options: &Options,
        ) -> QueryResult<Option<Follow>> {
            diesel::insert_into($table::table)
                .values((
                    $table::account_id.eq(by),
                    $table::target_account_id.eq(of),
                    $table::uri.eq(uri),
                    $table::show_reblogs.eq(options.show_reblogs.unwrap_or(true)),
                    $table::notify.eq(options.notify.unwrap_or(false)),
                    $table::languages.eq(options.languages().flatten()),
                ))
                .on_conflict_do_nothing()
                .returning($table::all_columns)
                .get_result(conn)
                .await
                .optional()
        }

        #[doc = concat!("The ", $what, " of a pair.")]
        pub async fn $find(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Follow>> {
            let pair = $table::account_id.eq(by).and($table::target_account_id.eq(of));
            $table::table.filter(pair).first(conn).await.optional()
        }

        #[doc = concat!("The ", $what, " that a Follow activity with this id made.")]
        pub async fn $find_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Follow>> {
            $table::table.filter($table::uri.eq(uri)).first(conn).await.optional()
        }

        #[doc = concat!("Whether a pair has a ", $what, "; if so, it stays until the transaction ends.")]
        pub async fn $hold(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<bool> {
            let pair = $table::account_id.eq(by).and($table::target_account_id.eq(of));
            let query = $table::table.filter(pair).select($table::id).for_key_share();
            let held: Option<i64> = query.first(conn).await.optional()?;
            Ok(held.is_some())
        }

        #[doc = concat!("Changes the options of a ", $what, "; `None` when there is none.")]
        pub async fn $update(
            conn: &mut Conn,
            by: AccountId,
            of: AccountId,
            options: &Options,
        ) -> QueryResult<Option<Follow>> {
            let Some(old) = $find(conn, by, of).await? else {
                return Ok(None);
            };
            diesel::update($table::table.find(old.id))
                .set((
                    $table::show_reblogs.eq(options.show_reblogs.unwrap_or(old.show_reblogs)),
                    $table::notify.eq(options.notify.unwrap_or(old.notify)),
                    $table::languages.eq(options.languages().unwrap_or(old.languages.as_ref())),
                ))
                .returning($table::all_columns)
                .get_result(conn)
                .await
                .optional()
        }

        #[doc = concat!("Gives a ", $what, " the id of the Follow activity that carries it now: an Undo will name it.")]
        pub async fn $set_uri(conn: &mut Conn, by: AccountId, of: AccountId, uri: &str) -> QueryResult<()> {
            let pair = $table::account_id.eq(by).and($table::target_account_id.eq(of));
            diesel::update($table::table.filter(pair)).set($table::uri.eq(uri)).execute(conn).await?;
            Ok(())
        }

        #[doc = concat!("Removes a ", $what, "; `None` when there was none.")]
        pub async fn $delete(conn: &mut Conn, by: AccountId, of: AccountId) -> QueryResult<Option<Follow>> {
            let pair = $table::account_id.eq(by).and($table::target_account_id.eq(of));
            diesel::delete($table::table.filter(pair))
                .returning($table::all_columns)
                .get_result(conn)
                .await
                .optional()
        }
    };
}

pairs!(follows, insert, find, find_by_uri, hold, update, set_uri, delete, "follow");
pairs!(
    follow_requests,
    insert_request,
    find_request,
    find_request_by_uri,
    hold_request,
    update_request,
    set_request_uri,
    delete_request,
    "request"
);

#[derive(QueryableByName)]
struct Target {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Of these accounts, those that somebody follows or asked to follow; that does not end before the
/// transaction does.
pub async fn hold_targets(
    conn: &mut Conn,
    by: AccountId,
    targets: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let mut held = Vec::new();
    for statement in [
        "SELECT target_account_id AS id FROM follows WHERE account_id = $1 AND target_account_id = ANY($2) \
         FOR KEY SHARE",
        "SELECT target_account_id AS id FROM follow_requests WHERE account_id = $1 \
         AND target_account_id = ANY($2) FOR KEY SHARE",
    ] {
        let query = diesel::sql_query(statement).bind::<BigInt, _>(by).bind::<Array<BigInt>, _>(targets);
        let rows: Vec<Target> = RunQueryDsl::load(prepared(query), conn).await?;
        held.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(held)
}

/// Requests waiting for an answer.
pub async fn count_requests(conn: &mut Conn, of: AccountId) -> QueryResult<i64> {
    follow_requests::table.filter(follow_requests::target_account_id.eq(of)).count().get_result(conn).await
}

macro_rules! listed {
    ($from:literal, $whose:literal, $who:literal, $order:literal) => {
        concat!(
            "SELECT r.id, ",
            $who,
            " AS target FROM ",
            $from,
            " r WHERE ",
            $whose,
            " = $1 AND r.id < $2 AND r.id > $3 AND ($5 OR ",
            welcome!($who, "$6"),
            ") ORDER BY r.id ",
            $order,
            " LIMIT $4"
        )
    };
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident, $from:literal, $whose:literal, $who:literal, $own_is_whole:literal) => {
        $(#[$doc])*
        pub async fn $name(
            conn: &mut Conn,
            whose: AccountId,
            viewer: Option<AccountId>,
            page: Page,
        ) -> QueryResult<Vec<Entry>> {
            let down = listed!($from, $whose, $who, "DESC");
            let up = listed!($from, $whose, $who, "ASC");
            let query = diesel::sql_query(if page.upwards() { up } else { down })
                .bind::<BigInt, _>(whose)
                .bind::<BigInt, _>(page.below())
                .bind::<BigInt, _>(page.above())
                .bind::<BigInt, _>(page.limit)
                .bind::<Bool, _>($own_is_whole && viewer == Some(whose))
                .bind::<Nullable<BigInt>, _>(viewer);
            Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
        }
    };
}

/// One of the two lists of an account's follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who follows it.
    Followers,
    /// Whom it follows.
    Following,
}

/// Either list of an account's follows for a viewer, latest first.
pub async fn people(
    conn: &mut Conn,
    whose: AccountId,
    side: Side,
    viewer: Option<AccountId>,
    page: Page,
) -> QueryResult<Vec<Entry>> {
    match side {
        Side::Followers => followers(conn, whose, viewer, page).await,
        Side::Following => following(conn, whose, viewer, page).await,
    }
}

listing!(
    /// Who follows an account, latest first. Others see nobody there whom they block or mute, or who blocks them.
    followers, "follows", "r.target_account_id", "r.account_id", true
);
listing!(
    /// Whom an account follows, latest first. Others see nobody there whom they block or mute, or who blocks them.
    following, "follows", "r.account_id", "r.target_account_id", true
);
listing!(
    /// Who asks to follow an account and is neither blocked nor muted by it, latest first.
    requests, "follow_requests", "r.target_account_id", "r.account_id", false
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

//! Lists: accounts that somebody reads apart from the others.
//!
//! A list is its owner's alone. Its members are accounts that the owner follows, asked to follow, or is; of
//! one that is not followed yet, nothing is shown.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Array, BigInt, SmallInt};
use diesel_async::RunQueryDsl;
use schema::{list_accounts, lists};

use crate::feeds::FeedEntry;
use crate::ids::{AccountId, ListId, StatusId};
use crate::page::{Entry, list as page_of};
use crate::sql::prepared;
use crate::visibility::{visible, welcome};
use crate::{Conn, Page};

/// Replies to whom are shown (<https://docs.joinmastodon.org/entities/List/#replies_policy>); those to the
/// owner of the list and to their own author always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = SmallInt)]
#[repr(i16)]
pub enum RepliesPolicy {
    /// Members of the list.
    #[default]
    List = 0,
    /// Anybody the owner follows.
    Followed = 1,
    /// Nobody.
    None = 2,
}

impl RepliesPolicy {
    const ALL: [Self; 3] = [Self::List, Self::Followed, Self::None];

    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Followed => "followed",
            Self::None => "none",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

impl FromSql<SmallInt, Pg> for RepliesPolicy {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let number = i16::from_sql(bytes)?;
        Ok(Self::ALL.into_iter().find(|policy| *policy as i16 == number).unwrap_or_default())
    }
}

impl ToSql<SmallInt, Pg> for RepliesPolicy {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<SmallInt, Pg>::to_sql(&(*self as i16), &mut out.reborrow())
    }
}

/// A row of `lists`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = lists, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct List {
    pub id: ListId,
    pub account_id: AccountId,
    pub title: String,
    pub replies_policy: RepliesPolicy,
    pub exclusive: bool,
}

/// What an owner says of a list.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = lists)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Settings {
    pub title: String,
    pub replies_policy: RepliesPolicy,
    pub exclusive: bool,
}

/// Makes an empty list.
pub async fn insert(conn: &mut Conn, owner: AccountId, settings: &Settings) -> QueryResult<List> {
    diesel::insert_into(lists::table)
        .values((lists::account_id.eq(owner), settings))
        .returning(List::as_returning())
        .get_result(conn)
        .await
}

/// How many lists an account has.
pub async fn count(conn: &mut Conn, owner: AccountId) -> QueryResult<i64> {
    lists::table.filter(lists::account_id.eq(owner)).count().get_result(conn).await
}

/// An account's lists in the order of their making.
pub async fn list(conn: &mut Conn, owner: AccountId) -> QueryResult<Vec<List>> {
    lists::table
        .filter(lists::account_id.eq(owner))
        .order(lists::id)
        .select(List::as_select())
        .load(conn)
        .await
}

/// Those of an account's lists that somebody is a member of.
pub async fn list_with(conn: &mut Conn, owner: AccountId, member: AccountId) -> QueryResult<Vec<List>> {
    let with =
        list_accounts::table.filter(list_accounts::account_id.eq(member)).select(list_accounts::list_id);
    lists::table
        .filter(lists::account_id.eq(owner))
        .filter(lists::id.eq_any(with))
        .order(lists::id)
        .select(List::as_select())
        .load(conn)
        .await
}

/// One of the account's lists, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, owner: AccountId, id: ListId) -> QueryResult<List> {
    lists::table.find(id).filter(lists::account_id.eq(owner)).select(List::as_select()).first(conn).await
}

/// As [`find_own`], for a change of the list or its members by this transaction alone.
pub async fn lock_own(conn: &mut Conn, owner: AccountId, id: ListId) -> QueryResult<List> {
    lists::table
        .find(id)
        .filter(lists::account_id.eq(owner))
        .select(List::as_select())
        .for_no_key_update()
        .first(conn)
        .await
}

/// Changes a list.
pub async fn update(conn: &mut Conn, id: ListId, settings: &Settings) -> QueryResult<List> {
    diesel::update(lists::table.find(id)).set(settings).returning(List::as_returning()).get_result(conn).await
}

/// Removes a list with its members.
pub async fn delete(conn: &mut Conn, id: ListId) -> QueryResult<()> {
    diesel::delete(lists::table.find(id)).execute(conn).await?;
    Ok(())
}

/// The members of a list, added last first; suspended ones too.
pub async fn members(conn: &mut Conn, id: ListId, page: Page) -> QueryResult<Vec<Entry>> {
    let statement = if page.upwards() {
        "SELECT id, account_id AS target FROM list_accounts WHERE list_id = $1 AND id < $2 AND id > $3 \
         ORDER BY id ASC LIMIT $4"
    } else {
        "SELECT id, account_id AS target FROM list_accounts WHERE list_id = $1 AND id < $2 AND id > $3 \
         ORDER BY id DESC LIMIT $4"
    };
    page_of(conn, statement, id.0, page).await
}

/// How many members a list has.
pub async fn count_members(conn: &mut Conn, id: ListId) -> QueryResult<i64> {
    list_accounts::table.filter(list_accounts::list_id.eq(id)).count().get_result(conn).await
}

/// Adds members in this order, and returns how many of them were none before.
pub async fn add(conn: &mut Conn, id: ListId, accounts: &[AccountId]) -> QueryResult<usize> {
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| (list_accounts::list_id.eq(id), list_accounts::account_id.eq(*account)))
        .collect();
    diesel::insert_into(list_accounts::table).values(rows).on_conflict_do_nothing().execute(conn).await
}

/// Removes members, and returns how many there were.
pub async fn remove(conn: &mut Conn, id: ListId, accounts: &[AccountId]) -> QueryResult<usize> {
    diesel::delete(
        list_accounts::table
            .filter(list_accounts::list_id.eq(id))
            .filter(list_accounts::account_id.eq_any(accounts)),
    )
    .execute(conn)
    .await
}

/// Removes an account from all lists of somebody who does not follow it any more.
pub async fn remove_from_all(conn: &mut Conn, owner: AccountId, account: AccountId) -> QueryResult<usize> {
    let own = lists::table.filter(lists::account_id.eq(owner)).select(lists::id);
    diesel::delete(
        list_accounts::table
            .filter(list_accounts::account_id.eq(account))
            .filter(list_accounts::list_id.eq_any(own)),
    )
    .execute(conn)
    .await
}

/// SQL: has `$viewer` put the account `$account` into a list whose members stay out of the home feed?
macro_rules! apart {
    ($account:literal, $viewer:literal) => {
        concat!(
            "EXISTS (SELECT FROM lists xl JOIN list_accounts xm ON xm.list_id = xl.id WHERE xl.account_id = ",
            $viewer,
            " AND xl.exclusive AND xm.account_id = ",
            $account,
            ")"
        )
    };
}

pub(crate) use apart;

/// SQL: does the status row `s` by the member `m` belong into the list `l`, whose owner follows the member by
/// `f` (or is it)?
macro_rules! listed {
    () => {
        concat!(
            visible!("s", "l.account_id"),
            " AND (s.reblog_of_id IS NULL OR f.id IS NULL OR f.show_reblogs)",
            " AND (f.languages IS NULL OR s.language IS NULL OR s.language = ANY(f.languages))",
            " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id",
            " OR s.in_reply_to_account_id = l.account_id",
            " OR (l.replies_policy = 0 AND EXISTS (SELECT FROM list_accounts rm WHERE rm.list_id = l.id",
            " AND rm.account_id = s.in_reply_to_account_id))",
            " OR (l.replies_policy = 1 AND EXISTS (SELECT FROM follows rf WHERE rf.account_id = l.account_id",
            " AND rf.target_account_id = s.in_reply_to_account_id)))",
            " AND (s.reblog_of_id IS NULL OR EXISTS (SELECT FROM statuses o WHERE o.id = s.reblog_of_id",
            " AND o.account_id <> l.account_id AND ",
            visible!("o", "l.account_id"),
            " AND ",
            welcome!("o.account_id", "l.account_id"),
            "))"
        )
    };
}

/// SQL: may the member `m` of the list `l` be read there at all?
macro_rules! member {
    () => {
        concat!(
            "(m.account_id = l.account_id OR (f.id IS NOT NULL AND ",
            welcome!("m.account_id", "l.account_id"),
            "))"
        )
    };
}

macro_rules! timeline {
    ($order:literal) => {
        concat!(
            "SELECT x.id, x.original FROM lists l JOIN list_accounts m ON m.list_id = l.id ",
            "LEFT JOIN follows f ON f.account_id = l.account_id AND f.target_account_id = m.account_id ",
            "CROSS JOIN LATERAL (SELECT s.id, coalesce(s.reblog_of_id, s.id) AS original FROM statuses s ",
            "WHERE s.account_id = m.account_id AND s.deleted_at IS NULL AND s.id < $2 AND s.id > $3 AND ",
            listed!(),
            " ORDER BY s.id ",
            $order,
            " LIMIT $4) x WHERE l.id = $1 AND l.account_id = $5 AND ",
            member!(),
            " ORDER BY x.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// A page of a list's statuses as its owner may see them, newest first: one index walk for each member.
pub async fn timeline(
    conn: &mut Conn,
    owner: AccountId,
    id: ListId,
    page: Page,
) -> QueryResult<Vec<FeedEntry>> {
    let statement = if page.upwards() { timeline!("ASC") } else { timeline!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<BigInt, _>(owner);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ListId,
}

/// Of these lists, those that one of these accounts is a member of. Says nothing of what their owners may see.
pub async fn with_members(
    conn: &mut Conn,
    lists: &[ListId],
    members: &[AccountId],
) -> QueryResult<Vec<ListId>> {
    list_accounts::table
        .filter(list_accounts::list_id.eq_any(lists))
        .filter(list_accounts::account_id.eq_any(members))
        .select(list_accounts::list_id)
        .distinct()
        .load(conn)
        .await
}

/// Of these lists, those that contain a status: by a member, by the replies policy, and such that the list's
/// owner may see it and wants to.
pub async fn containing(conn: &mut Conn, status: StatusId, lists: &[ListId]) -> QueryResult<Vec<ListId>> {
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(concat!(
        "SELECT l.id FROM statuses s JOIN list_accounts m ON m.account_id = s.account_id ",
        "JOIN lists l ON l.id = m.list_id ",
        "LEFT JOIN follows f ON f.account_id = l.account_id AND f.target_account_id = m.account_id ",
        "WHERE s.id = $1 AND l.id = ANY($2) AND ",
        member!(),
        " AND ",
        listed!()
    ))
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(lists);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

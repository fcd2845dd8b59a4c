//! Notifications: what others did that concerns an account.
//!
//! [`Kind`] is the registry of types, [`insert`] decides what is heard of, and [`groups`] shows many as one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt};
use diesel_async::RunQueryDsl;
use schema::notifications;

use crate::ids::{AccountId, NotificationId, StatusId};
use crate::sql::prepared;
use crate::visibility::visible;
use crate::{Conn, Page};

pub mod groups;
mod kind;
pub mod requests;
mod write;

pub use groups::GroupKey;
pub use kind::{Grouping, Kind, Priority, Rules};
pub use write::{
    NewNotification, Written, clear, delete_between, dismiss, dismiss_group, forget_old, insert, withdraw,
};

/// A row of `notifications`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the migrations say what the columns mean")]
pub struct Notification {
    pub id: NotificationId,
    pub account_id: AccountId,
    pub from_account_id: AccountId,
    pub kind: Kind,
    pub status_id: Option<StatusId>,
    pub subject_id: Option<i64>,
    pub group_id: Option<i64>,
    pub filtered: bool,
    pub created_at: DateTime<Utc>,
}

impl Notification {
    /// What its group is known by.
    pub fn group_key(&self) -> GroupKey {
        self.group_id.map_or(GroupKey::Single(self.id), |group| GroupKey::Group(self.kind, group))
    }
}

#[derive(QueryableByName)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: NotificationId,
    account_id: AccountId,
    from_account_id: AccountId,
    kind: i16,
    status_id: Option<StatusId>,
    subject_id: Option<i64>,
    group_id: Option<i64>,
    filtered: bool,
    created_at: DateTime<Utc>,
}

impl Row {
    fn into_notification(self) -> Option<Notification> {
        Some(Notification {
            id: self.id,
            account_id: self.account_id,
            from_account_id: self.from_account_id,
            kind: Kind::from_number(self.kind)?,
            status_id: self.status_id,
            subject_id: self.subject_id,
            group_id: self.group_id,
            filtered: self.filtered,
            created_at: self.created_at,
        })
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// SQL: does the viewer want to be notified of what the account `$from` does? Unlike in lists of statuses, a
/// mute counts only with its notifications, and a muted host not for somebody there whom one follows.
macro_rules! heard {
    ($from:literal, $viewer:literal) => {
        concat!(
            "(NOT EXISTS (SELECT FROM blocks hb WHERE (hb.account_id = ",
            $viewer,
            " AND hb.target_account_id = ",
            $from,
            ") OR (hb.account_id = ",
            $from,
            " AND hb.target_account_id = ",
            $viewer,
            ")) AND NOT EXISTS (SELECT FROM mutes hm WHERE hm.account_id = ",
            $viewer,
            " AND hm.target_account_id = ",
            $from,
            " AND hm.hide_notifications AND (hm.expires_at IS NULL OR hm.expires_at > now()))",
            " AND NOT EXISTS (SELECT FROM domain_mutes hd JOIN accounts ha ON ha.domain = hd.domain",
            " WHERE hd.account_id = ",
            $viewer,
            " AND ha.id = ",
            $from,
            " AND NOT EXISTS (SELECT FROM follows hf WHERE hf.account_id = ",
            $viewer,
            " AND hf.target_account_id = ",
            $from,
            ")))"
        )
    };
}

/// SQL: is the notification `n` of `$1` shown to its owner? `$5` are the kinds, `$6` whose alone, and `$7` whether
/// those that the policy keeps apart are wanted too.
macro_rules! shown {
    () => {
        concat!(
            "n.account_id = $1 AND n.kind = ANY($5) AND ($6 IS NULL OR n.from_account_id = $6) \
             AND ($7 OR NOT n.filtered) AND ",
            heard!("n.from_account_id", "$1"),
            " AND (n.status_id IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = n.status_id AND ",
            visible!("s", "$1"),
            "))"
        )
    };
}

use {heard, shown};

/// What a reader wants of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these kinds; empty for all.
    pub only: Vec<Kind>,
    /// Not these.
    pub except: Vec<Kind>,
    /// Only what this account did.
    pub from: Option<AccountId>,
    /// Also what the policy keeps apart.
    pub filtered: bool,
}

impl Filter {
    fn kinds(&self) -> Vec<i16> {
        Kind::ALL
            .into_iter()
            .filter(|kind| match self.only.as_slice() {
                [] => kind.rules().documented,
                only => only.contains(kind),
            })
            .filter(|kind| !self.except.contains(kind))
            .map(|kind| kind as i16)
            .collect()
    }
}

macro_rules! listed {
    ($order:literal) => {
        concat!(
            "SELECT n.* FROM notifications n WHERE n.id < $2 AND n.id > $3 AND ",
            shown!(),
            " ORDER BY n.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// A page of an account's notifications, newest first.
pub async fn list(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    page: Page,
) -> QueryResult<Vec<Notification>> {
    let statement = if page.upwards() { listed!("ASC") } else { listed!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<Array<SmallInt>, _>(filter.kinds())
        .bind::<Nullable<BigInt>, _>(filter.from)
        .bind::<Bool, _>(filter.filtered);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(page.sort_newest_first(rows.into_iter().filter_map(Row::into_notification).collect()))
}

/// One of the account's notifications, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, account: AccountId, id: NotificationId) -> QueryResult<Notification> {
    let query = diesel::sql_query("SELECT * FROM notifications WHERE id = $1 AND account_id = $2")
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(account);
    let row: Row = RunQueryDsl::get_result(prepared(query), conn).await?;
    row.into_notification().ok_or(diesel::result::Error::NotFound)
}

/// How many notifications that [`list`] would show are newer than the account's marker; counts up to `limit`.
pub async fn unread_count(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    limit: i64,
) -> QueryResult<i64> {
    let query = diesel::sql_query(concat!(
        "SELECT count(*) AS count FROM (SELECT FROM notifications n WHERE n.id > coalesce(",
        "(SELECT last_read_id FROM markers WHERE account_id = $1 AND timeline = 'notifications'), $3) ",
        "AND n.id < $4 AND ",
        shown!(),
        " LIMIT $2) unread"
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(limit)
    .bind::<BigInt, _>(0)
    .bind::<BigInt, _>(i64::MAX)
    .bind::<Array<SmallInt>, _>(filter.kinds())
    .bind::<Nullable<BigInt>, _>(filter.from)
    .bind::<Bool, _>(filter.filtered);
    let row: Count = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.count)
}

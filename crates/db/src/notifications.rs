//! Notifications: what others did that concerns an account.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, SmallInt};
use diesel_async::RunQueryDsl;
use schema::notifications;

use crate::ids::{AccountId, NotificationId, StatusId};
use crate::sql::prepared;
use crate::visibility::visible;
use crate::{Conn, Page};

mod kind;

pub use kind::{Grouping, Kind, Priority, Rules};

/// A row of `notifications`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Notification {
    pub id: NotificationId,
    pub account_id: AccountId,
    pub from_account_id: AccountId,
    pub kind: Kind,
    pub status_id: Option<StatusId>,
    pub created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: NotificationId,
    account_id: AccountId,
    from_account_id: AccountId,
    kind: i16,
    status_id: Option<StatusId>,
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
            created_at: self.created_at,
        })
    }
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

/// Writes a notification unless the account blocks or mutes (with notifications) whoever caused it, muted
/// the conversation, may not see the status, caused it itself, or has this one already.
pub async fn insert(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
    status: Option<StatusId>,
) -> QueryResult<Option<Notification>> {
    let query = diesel::sql_query(concat!(
        "INSERT INTO notifications (account_id, from_account_id, kind, status_id) SELECT $1, $2, $3, $4 ",
        "WHERE ($1 <> $2 OR $3 IN (8, 11, 12)) AND EXISTS (SELECT FROM users u WHERE u.account_id = $1) AND ",
        heard!("$2", "$1"),
        " AND ($4 IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = $4 AND ",
        visible!("s", "$1"),
        " AND NOT EXISTS (SELECT FROM conversation_mutes c WHERE c.account_id = $1 ",
        "AND c.conversation_id = s.conversation_id))) ",
        "ON CONFLICT DO NOTHING RETURNING *"
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(from)
    .bind::<SmallInt, _>(kind as i16)
    .bind::<Nullable<BigInt>, _>(status);
    let row: Option<Row> = RunQueryDsl::get_result(prepared(query), conn).await.optional()?;
    Ok(row.and_then(Row::into_notification))
}

/// What a reader wants of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these kinds; empty for all.
    pub only: Vec<Kind>,
    /// Not these.
    pub except: Vec<Kind>,
    /// Only what this account did.
    pub from: Option<AccountId>,
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
            "SELECT n.* FROM notifications n WHERE n.account_id = $1 AND n.id < $2 AND n.id > $3 ",
            "AND n.kind = ANY($5) AND ($6 IS NULL OR n.from_account_id = $6) AND ",
            heard!("n.from_account_id", "$1"),
            " AND (n.status_id IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = n.status_id AND ",
            visible!("s", "$1"),
            ")) ORDER BY n.id ",
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
        .bind::<Nullable<BigInt>, _>(filter.from);
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

/// Removes one of the account's notifications; false when there is none.
pub async fn dismiss(conn: &mut Conn, account: AccountId, id: NotificationId) -> QueryResult<bool> {
    let gone = diesel::delete(notifications::table.find(id).filter(notifications::account_id.eq(account)))
        .execute(conn)
        .await?;
    Ok(gone > 0)
}

/// Removes all of the account's notifications.
pub async fn clear(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    diesel::delete(notifications::table.filter(notifications::account_id.eq(account))).execute(conn).await?;
    Ok(())
}

/// Takes back what somebody caused by something that is undone.
pub async fn withdraw(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
    status: Option<StatusId>,
) -> QueryResult<()> {
    diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(account))
            .filter(notifications::from_account_id.eq(from))
            .filter(notifications::kind.eq(kind as i16))
            .filter(notifications::status_id.is_not_distinct_from(status)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes everything that one account notified another of, after a block.
pub async fn delete_between(conn: &mut Conn, account: AccountId, from: AccountId) -> QueryResult<()> {
    diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(account))
            .filter(notifications::from_account_id.eq(from)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many notifications that [`list`] would show are newer than the account's marker; counts up to `limit`.
pub async fn unread_count(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    limit: i64,
) -> QueryResult<i64> {
    let query = diesel::sql_query(concat!(
        "SELECT count(*) AS count FROM (SELECT FROM notifications n WHERE n.account_id = $1 AND n.id > coalesce(",
        "(SELECT last_read_id FROM markers WHERE account_id = $1 AND timeline = 'notifications'), 0) ",
        "AND n.kind = ANY($3) AND ($4 IS NULL OR n.from_account_id = $4) AND ",
        heard!("n.from_account_id", "$1"),
        " AND (n.status_id IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = n.status_id AND ",
        visible!("s", "$1"),
        ")) LIMIT $2) unread"
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(limit)
    .bind::<Array<SmallInt>, _>(filter.kinds())
    .bind::<Nullable<BigInt>, _>(filter.from);
    let row: Count = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.count)
}

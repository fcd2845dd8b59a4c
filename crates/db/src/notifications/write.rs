//! Writing notifications, taking them back, and forgetting them.

use chrono::{DateTime, Utc};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, SmallInt, Timestamptz};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName};
use diesel_async::RunQueryDsl;
use schema::{notification_cooldowns, notification_groups, notification_requests, notifications};

use super::{Kind, Notification, Row, heard};
use crate::Conn;
use crate::ids::{AccountId, NotificationId, StatusId};
use crate::sql::prepared;
use crate::visibility::visible;

/// What happened, to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewNotification {
    /// Whom it concerns.
    pub account: AccountId,
    /// Who caused it.
    pub from: AccountId,
    /// What it is.
    pub kind: Kind,
    /// The status it is about.
    pub status: Option<StatusId>,
    /// The report, warning or severance it is about.
    pub subject: Option<i64>,
}

/// What became of a [`NewNotification`].
#[derive(Clone, Debug)]
pub struct Written {
    /// The row.
    pub notification: Notification,
    /// It was there before and has only come back: no news.
    pub again: bool,
    /// It joined a group that was open already.
    pub joined: bool,
    /// Some device of the account wants to be told of something.
    pub has_devices: bool,
}

#[derive(QueryableByName)]
struct WrittenRow {
    #[diesel(embed)]
    written: Row,
    #[diesel(sql_type = Bool)]
    again: bool,
    #[diesel(sql_type = Bool)]
    joined: bool,
    #[diesel(sql_type = Bool)]
    has_devices: bool,
}

impl WrittenRow {
    fn into_written(self) -> Option<Written> {
        let Self { written, again, joined, has_devices } = self;
        Some(Written { notification: written.into_notification()?, again, joined, has_devices })
    }
}

/// SQL: does the group that is open take one more? Beyond 500 within an hour, one takes all of an hour.
macro_rules! stays {
    () => {
        "((g.opened_at > now() - make_interval(secs => $7) AND g.size < $8) OR (g.hour_count >= 500 \
         AND g.hour_began_at > now() - interval '1 hour' AND g.opened_at > now() - interval '1 hour'))"
    };
}

/// SQL: 0 if the policy of `$1` accepts what `$2` causes, 1 if it is kept apart, 2 if it is dropped. `a` is the row
/// of `$2`. Follows count at once, followers after three days, and accounts are new for thirty.
macro_rules! verdict {
    () => {
        "CASE WHEN NOT $6 OR EXISTS (SELECT FROM notification_permissions o WHERE o.account_id = $1 \
         AND o.from_account_id = $2) OR EXISTS (SELECT FROM users u WHERE u.account_id = $2 AND u.role > 0) \
         THEN 0 ELSE greatest(CASE WHEN coalesce(p.for_not_followers, 0) = 0 OR EXISTS (SELECT FROM follows f \
         WHERE f.account_id = $2 AND f.target_account_id = $1 AND f.created_at < now() - interval '3 days') \
         THEN 0 ELSE p.for_not_followers END, CASE WHEN EXISTS (SELECT FROM follows f WHERE f.account_id = $1 \
         AND f.target_account_id = $2) THEN 0 ELSE greatest(coalesce(p.for_not_following, 0), \
         CASE WHEN a.created_at > now() - interval '30 days' THEN coalesce(p.for_new_accounts, 0) ELSE 0 END, \
         CASE WHEN a.silenced_at IS NOT NULL THEN coalesce(p.for_limited_accounts, 1) ELSE 0 END, \
         CASE WHEN EXISTS (SELECT FROM statuses d WHERE d.id = $4 AND d.visibility = 3 AND NOT EXISTS (SELECT \
         FROM statuses e WHERE e.account_id = $1 AND e.conversation_id = d.conversation_id AND e.id <> d.id)) \
         THEN coalesce(p.for_private_mentions, 1) ELSE 0 END) END) END"
    };
}

/// Writes a notification unless the account blocks or mutes (with notifications) whoever caused it, muted
/// the conversation, may not see the status, caused it itself, drops it by its policy, or has this one already.
/// Kept apart by the policy, it is `filtered`. What was taken back within its cooldown comes back as it was.
///
/// This is the one place that decides what somebody hears of.
pub async fn insert(conn: &mut Conn, new: NewNotification) -> QueryResult<Option<Written>> {
    let rules = new.kind.rules();
    let (window, size) = rules.grouping.map_or((0.0, 0), |g| (g.window.as_secs_f64(), g.size));
    let query = diesel::sql_query(concat!(
        "WITH wanted AS (SELECT w.verdict > 0 AS filtered FROM (SELECT ",
        verdict!(),
        " AS verdict FROM accounts a LEFT JOIN notification_policies p ON p.account_id = $1 WHERE a.id = $2 \
         AND ($1 <> $2 OR $3 IN (8, 11, 12)) AND EXISTS (SELECT FROM users u WHERE u.account_id = $1) AND ",
        heard!("$2", "$1"),
        " AND ($4 IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = $4 AND ",
        visible!("s", "$1"),
        " AND NOT EXISTS (SELECT FROM conversation_mutes c WHERE c.account_id = $1 \
         AND c.conversation_id = s.conversation_id))) AND NOT EXISTS (SELECT FROM notifications n \
         WHERE n.account_id = $1 AND n.kind = $3 AND n.from_account_id = $2 \
         AND coalesce(n.status_id, n.subject_id, 0) = coalesce($4, $5, 0))) w WHERE w.verdict < 2), \
         cooled AS (SELECT c.* FROM wanted JOIN notification_cooldowns c ON c.account_id = $1 AND c.kind = $3 \
         AND c.from_account_id = $2 AND c.target_id = coalesce($4, $5, 0) AND c.until > now()), \
         grouped AS (INSERT INTO notification_groups AS g (account_id, kind, target_id) SELECT $1, $3, \
         coalesce($4, 0) FROM wanted WHERE $8 > 0 AND NOT EXISTS (SELECT FROM cooled) \
         ON CONFLICT (account_id, kind, target_id) DO UPDATE SET group_id = CASE WHEN ",
        stays!(),
        " THEN g.group_id ELSE EXCLUDED.group_id END, opened_at = CASE WHEN ",
        stays!(),
        " THEN g.opened_at ELSE now() END, size = CASE WHEN ",
        stays!(),
        " THEN g.size + 1 ELSE 1 END, hour_began_at = CASE WHEN g.hour_began_at > now() - interval '1 hour' \
         THEN g.hour_began_at ELSE now() END, hour_count = CASE WHEN g.hour_began_at > now() - interval '1 hour' \
         THEN g.hour_count + 1 ELSE 1 END RETURNING group_id, size), \
         made AS (INSERT INTO notifications (id, account_id, from_account_id, kind, status_id, subject_id, group_id, \
         filtered, created_at) SELECT coalesce(c.notification_id, new_id()), $1, $2, $3, $4, $5, \
         coalesce(c.group_id, g.group_id), coalesce(c.filtered, w.filtered), coalesce(c.created_at, now()) \
         FROM wanted w LEFT JOIN cooled c ON true LEFT JOIN grouped g ON true \
         WHERE c.account_id IS NULL OR c.notification_id IS NOT NULL \
         ON CONFLICT DO NOTHING RETURNING *) SELECT m.*, EXISTS (SELECT FROM cooled) AS again, \
         coalesce(g.size > 1, false) AS joined, EXISTS (SELECT FROM push_subscriptions d \
         WHERE d.account_id = $1) AS has_devices FROM made m LEFT JOIN grouped g ON true"
    ))
    .bind::<BigInt, _>(new.account)
    .bind::<BigInt, _>(new.from)
    .bind::<SmallInt, _>(new.kind as i16)
    .bind::<Nullable<BigInt>, _>(new.status)
    .bind::<Nullable<BigInt>, _>(new.subject)
    .bind::<Bool, _>(rules.filterable)
    .bind::<Double, _>(window)
    .bind::<Integer, _>(size);
    let row: Option<WrittenRow> = RunQueryDsl::get_result(prepared(query), conn).await.optional()?;
    Ok(row.and_then(WrittenRow::into_written))
}

/// SQL: remembers what the CTE `gone` removed for as long as its kind cools down; `$id` comes back then. The
/// arrays `$kinds` and `$seconds` are the registry's.
macro_rules! cooled {
    ($id:literal, $kinds:literal, $seconds:literal) => {
        concat!(
            " INSERT INTO notification_cooldowns SELECT g.account_id, g.kind, g.from_account_id, \
             coalesce(g.status_id, g.subject_id, 0), ",
            $id,
            ", g.group_id, g.filtered, g.created_at, g.created_at + make_interval(secs => r.seconds) \
             FROM gone g JOIN unnest(",
            $kinds,
            "::smallint[], ",
            $seconds,
            "::double precision[]) AS r(kind, seconds) ON r.kind = g.kind \
             WHERE g.created_at + make_interval(secs => r.seconds) > now() \
             ON CONFLICT (account_id, kind, from_account_id, target_id) DO UPDATE SET \
             notification_id = EXCLUDED.notification_id, group_id = EXCLUDED.group_id, \
             filtered = EXCLUDED.filtered, created_at = EXCLUDED.created_at, until = EXCLUDED.until"
        )
    };
}

/// The kinds that cool down, and for how many seconds.
fn cooldowns() -> (Vec<i16>, Vec<f64>) {
    let seconds = |kind: Kind| kind.rules().cooldown.map(|cooldown| (kind as i16, cooldown.as_secs_f64()));
    Kind::ALL.into_iter().filter_map(seconds).unzip()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Removes one of the account's notifications; false when there is none.
pub async fn dismiss(conn: &mut Conn, account: AccountId, id: NotificationId) -> QueryResult<bool> {
    let (kinds, seconds) = cooldowns();
    let query = diesel::sql_query(concat!(
        "WITH gone AS (DELETE FROM notifications WHERE account_id = $1 AND id = $2 RETURNING *), cooled AS (",
        cooled!("NULL::bigint", "$3", "$4"),
        ") SELECT count(*) AS count FROM gone"
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(id)
    .bind::<Array<SmallInt>, _>(kinds)
    .bind::<Array<Double>, _>(seconds);
    let gone: Count = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(gone.count > 0)
}

/// Removes all of a group, if there is one.
pub async fn dismiss_group(conn: &mut Conn, account: AccountId, group: i64) -> QueryResult<()> {
    let (kinds, seconds) = cooldowns();
    let query = diesel::sql_query(concat!(
        "WITH gone AS (DELETE FROM notifications WHERE account_id = $1 AND group_id = $2 RETURNING *)",
        cooled!("NULL::bigint", "$3", "$4")
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(group)
    .bind::<Array<SmallInt>, _>(kinds)
    .bind::<Array<Double>, _>(seconds);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Removes all of the account's notifications, and with them its requests.
pub async fn clear(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    let (kinds, seconds) = cooldowns();
    let query = diesel::sql_query(concat!(
        "WITH gone AS (DELETE FROM notifications WHERE account_id = $1 RETURNING *), \
         requests AS (DELETE FROM notification_requests WHERE account_id = $1)",
        cooled!("NULL::bigint", "$2", "$3")
    ))
    .bind::<BigInt, _>(account)
    .bind::<Array<SmallInt>, _>(kinds)
    .bind::<Array<Double>, _>(seconds);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Takes back what somebody caused by something that is undone; done again within its cooldown, it comes back
/// without being news.
pub async fn withdraw(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
    status: Option<StatusId>,
) -> QueryResult<()> {
    let (kinds, seconds) = cooldowns();
    let query = diesel::sql_query(concat!(
        "WITH gone AS (DELETE FROM notifications WHERE account_id = $1 AND from_account_id = $2 AND kind = $3 \
         AND coalesce(status_id, subject_id, 0) = coalesce($4, 0) RETURNING *)",
        cooled!("g.id", "$5", "$6")
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(from)
    .bind::<SmallInt, _>(kind as i16)
    .bind::<Nullable<BigInt>, _>(status)
    .bind::<Array<SmallInt>, _>(kinds)
    .bind::<Array<Double>, _>(seconds);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Removes everything that one account notified another of, or asks to, after a block.
pub async fn delete_between(conn: &mut Conn, account: AccountId, from: AccountId) -> QueryResult<()> {
    diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(account))
            .filter(notifications::from_account_id.eq(from)),
    )
    .execute(conn)
    .await?;
    diesel::delete(
        notification_requests::table
            .filter(notification_requests::account_id.eq(account))
            .filter(notification_requests::from_account_id.eq(from)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets notifications from before `cutoff`, `limit` at most, and what nobody needs any more to decide about
/// new ones. Returns how many notifications went.
pub async fn forget_old(conn: &mut Conn, cutoff: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications \
         WHERE id < (extract(epoch FROM $1) * 1000)::bigint << 16 ORDER BY id LIMIT $2)",
    )
    .bind::<Timestamptz, _>(cutoff)
    .bind::<BigInt, _>(limit);
    let gone = RunQueryDsl::execute(prepared(query), conn).await?;
    diesel::delete(notification_cooldowns::table.filter(notification_cooldowns::until.lt(diesel::dsl::now)))
        .execute(conn)
        .await?;
    let closed = Utc::now() - chrono::Duration::hours(2);
    diesel::delete(notification_groups::table.filter(notification_groups::opened_at.lt(closed)))
        .execute(conn)
        .await?;
    let query = diesel::sql_query(
        "DELETE FROM notification_requests r WHERE r.updated_at < $1 AND NOT EXISTS (SELECT FROM notifications n \
         WHERE n.account_id = r.account_id AND n.from_account_id = r.from_account_id AND n.filtered)",
    )
    .bind::<Timestamptz, _>(cutoff);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(gone)
}

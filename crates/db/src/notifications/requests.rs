//! Whom an account wants to hear of, and whose notifications wait to be accepted.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use schema::{notification_permissions, notification_policies, notification_requests, notifications};

use super::{Count, heard};
use crate::ids::{AccountId, NotificationId, StatusId};
use crate::sql::prepared;
use crate::{Conn, Page};

/// What becomes of a notification that a policy is about
/// (<https://docs.joinmastodon.org/entities/NotificationPolicy/>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i16)]
pub enum Verdict {
    /// It is shown.
    #[default]
    Accept = 0,
    /// It waits in a request.
    Filter = 1,
    /// There is none.
    Drop = 2,
}

impl Verdict {
    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Filter => "filter",
            Self::Drop => "drop",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Accept, Self::Filter, Self::Drop].into_iter().find(|verdict| verdict.as_str() == word)
    }

    fn from_number(number: i16) -> Self {
        match number {
            1 => Self::Filter,
            2 => Self::Drop,
            _ => Self::Accept,
        }
    }
}

/// Whom an account wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the fields of the NotificationPolicy entity")]
pub struct Policy {
    pub for_not_following: Verdict,
    pub for_not_followers: Verdict,
    pub for_new_accounts: Verdict,
    pub for_private_mentions: Verdict,
    pub for_limited_accounts: Verdict,
}

impl Default for Policy {
    /// As the migration has it.
    fn default() -> Self {
        Self {
            for_not_following: Verdict::Accept,
            for_not_followers: Verdict::Accept,
            for_new_accounts: Verdict::Accept,
            for_private_mentions: Verdict::Filter,
            for_limited_accounts: Verdict::Filter,
        }
    }
}

/// The policy of an account.
pub async fn policy(conn: &mut Conn, account: AccountId) -> QueryResult<Policy> {
    let row: Option<(i64, i16, i16, i16, i16, i16)> =
        notification_policies::table.find(account).first(conn).await.optional()?;
    Ok(row.map_or_else(Policy::default, |(_, following, followers, new, private, limited)| Policy {
        for_not_following: Verdict::from_number(following),
        for_not_followers: Verdict::from_number(followers),
        for_new_accounts: Verdict::from_number(new),
        for_private_mentions: Verdict::from_number(private),
        for_limited_accounts: Verdict::from_number(limited),
    }))
}

/// What somebody changes of it; `None` leaves a part as it is.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the NotificationPolicy entity")]
pub struct PolicyChanges {
    pub for_not_following: Option<Verdict>,
    pub for_not_followers: Option<Verdict>,
    pub for_new_accounts: Option<Verdict>,
    pub for_private_mentions: Option<Verdict>,
    pub for_limited_accounts: Option<Verdict>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = notification_policies)]
struct PolicyRow {
    account_id: AccountId,
    for_not_following: Option<i16>,
    for_not_followers: Option<i16>,
    for_new_accounts: Option<i16>,
    for_private_mentions: Option<i16>,
    for_limited_accounts: Option<i16>,
}

/// Changes the policy of an account; what is here already stays where it is.
pub async fn set_policy(conn: &mut Conn, account: AccountId, changes: &PolicyChanges) -> QueryResult<()> {
    let number = |verdict: Option<Verdict>| verdict.map(|verdict| verdict as i16);
    let row = PolicyRow {
        account_id: account,
        for_not_following: number(changes.for_not_following),
        for_not_followers: number(changes.for_not_followers),
        for_new_accounts: number(changes.for_new_accounts),
        for_private_mentions: number(changes.for_private_mentions),
        for_limited_accounts: number(changes.for_limited_accounts),
    };
    diesel::insert_into(notification_policies::table)
        .values(&row)
        .on_conflict(notification_policies::account_id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}

/// A request as its owner sees it (<https://docs.joinmastodon.org/entities/NotificationRequest/>).
#[derive(Clone, Debug, QueryableByName)]
pub struct RequestView {
    /// Also the cursor.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Who asks to be heard.
    #[diesel(sql_type = BigInt)]
    pub from_account_id: AccountId,
    /// What it said last.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last_status_id: Option<StatusId>,
    /// When it was first kept apart.
    #[diesel(sql_type = diesel::sql_types::Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was last.
    #[diesel(sql_type = diesel::sql_types::Timestamptz)]
    pub updated_at: DateTime<Utc>,
    /// How many notifications wait; counts up to 100.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// SQL: requests with something in them, from accounts that are still to be heard of.
macro_rules! waiting {
    () => {
        concat!(
            "FROM notification_requests r JOIN accounts a ON a.id = r.from_account_id \
             AND a.suspended_at IS NULL CROSS JOIN LATERAL (SELECT count(*) AS count FROM (SELECT \
             FROM notifications n WHERE n.account_id = $1 AND n.from_account_id = r.from_account_id \
             AND n.filtered LIMIT 100) few) n WHERE r.account_id = $1 AND n.count > 0 AND ",
            heard!("r.from_account_id", "$1")
        )
    };
}

macro_rules! requested {
    ($order:literal) => {
        concat!(
            "SELECT r.id, r.from_account_id, r.last_status_id, r.created_at, r.updated_at, n.count ",
            waiting!(),
            " AND r.id < $2 AND r.id > $3 ORDER BY r.id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// A page of an account's requests, newest first.
pub async fn list(conn: &mut Conn, account: AccountId, page: Page) -> QueryResult<Vec<RequestView>> {
    let query = diesel::sql_query(if page.upwards() { requested!("ASC") } else { requested!("DESC") })
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

/// One of the account's requests, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, account: AccountId, id: i64) -> QueryResult<RequestView> {
    let only = Page { max_id: id.checked_add(1), since_id: id.checked_sub(1), ..Page::first(1) };
    list(conn, account, only).await?.pop().ok_or(diesel::result::Error::NotFound)
}

/// What waits for an account.
#[derive(Clone, Copy, Debug, Default, QueryableByName)]
pub struct Pending {
    /// Requests.
    #[diesel(sql_type = BigInt)]
    pub requests: i64,
    /// Notifications in them.
    #[diesel(sql_type = BigInt)]
    pub notifications: i64,
}

/// How much waits for an account; looks at the newest 100 requests.
pub async fn pending(conn: &mut Conn, account: AccountId) -> QueryResult<Pending> {
    let query = diesel::sql_query(concat!(
        "SELECT count(*) AS requests, coalesce(sum(count), 0)::bigint AS notifications FROM (SELECT n.count ",
        waiting!(),
        " ORDER BY r.id DESC LIMIT 100) w"
    ))
    .bind::<BigInt, _>(account);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// Notes that a notification waits.
pub async fn note(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    status: Option<StatusId>,
) -> QueryResult<()> {
    let query = diesel::sql_query(
        "INSERT INTO notification_requests AS r (account_id, from_account_id, last_status_id) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, from_account_id) DO UPDATE SET updated_at = now(), \
         last_status_id = coalesce(EXCLUDED.last_status_id, r.last_status_id)",
    )
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(from)
    .bind::<Nullable<BigInt>, _>(status);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Removes those of these requests that are the account's, and says who asked.
pub async fn take(conn: &mut Conn, account: AccountId, ids: &[i64]) -> QueryResult<Vec<AccountId>> {
    let own = notification_requests::account_id.eq(account).and(notification_requests::id.eq_any(ids));
    diesel::delete(notification_requests::table.filter(own))
        .returning(notification_requests::from_account_id)
        .get_results(conn)
        .await
}

/// Lets these accounts be heard whatever the policy says.
pub async fn permit(conn: &mut Conn, account: AccountId, from: &[AccountId]) -> QueryResult<()> {
    let row = |from: &AccountId| {
        (
            notification_permissions::account_id.eq(account),
            notification_permissions::from_account_id.eq(*from),
        )
    };
    let rows: Vec<_> = from.iter().map(row).collect();
    diesel::insert_into(notification_permissions::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Shows up to `limit` notifications that waited, and says how many those were.
pub async fn release(conn: &mut Conn, account: AccountId, from: AccountId, limit: i64) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "UPDATE notifications SET filtered = false WHERE id IN (SELECT id FROM notifications \
         WHERE account_id = $1 AND from_account_id = $2 AND filtered ORDER BY id LIMIT $3)",
    )
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(from)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::execute(prepared(query), conn).await
}

/// Removes up to `limit` notifications that waited, up to and with `newest`, and says how many those were.
pub async fn discard(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    newest: NotificationId,
    limit: i64,
) -> QueryResult<usize> {
    let query = diesel::sql_query(
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE account_id = $1 \
         AND from_account_id = $2 AND filtered AND id <= $3 ORDER BY id LIMIT $4)",
    )
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(from)
    .bind::<BigInt, _>(newest)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::execute(prepared(query), conn).await
}

/// The newest notification of an account that waits, of each of these.
pub async fn newest_waiting(
    conn: &mut Conn,
    account: AccountId,
    from: &[AccountId],
) -> QueryResult<Vec<(AccountId, Option<NotificationId>)>> {
    notifications::table
        .filter(notifications::account_id.eq(account))
        .filter(notifications::from_account_id.eq_any(from))
        .filter(notifications::filtered)
        .group_by(notifications::from_account_id)
        .select((notifications::from_account_id, diesel::dsl::max(notifications::id)))
        .load(conn)
        .await
}

/// Whether nothing waits any more of whom the account accepted.
pub async fn are_merged(conn: &mut Conn, account: AccountId) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT count(*) AS count FROM (SELECT FROM notification_permissions p JOIN notifications n \
         ON n.account_id = p.account_id AND n.from_account_id = p.from_account_id AND n.filtered \
         WHERE p.account_id = $1 LIMIT 1) few",
    )
    .bind::<BigInt, _>(account);
    let waiting: Count = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(waiting.count == 0)
}

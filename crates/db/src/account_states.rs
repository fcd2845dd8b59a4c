//! What changes often of accounts, and the versions of their rows: read anew for every answer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Oid, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::accounts::INSTANCE_ACTOR;
use crate::ids::AccountId;
use crate::sql::prepared;

/// An account as it is at this moment.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct AccountState {
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub account_id: AccountId,
    /// The version of its row: another one after each change of anything that is shown of it and does not
    /// stand here. Migration 000100 says how.
    #[diesel(sql_type = Oid)]
    pub account_version: u32,
    /// Whether it is suspended, or on a blocked instance.
    #[diesel(sql_type = Bool)]
    pub is_gone: bool,
    /// Statuses that are not deleted; `None` counts as 0, as below.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub statuses_count: Option<i64>,
    /// Followers known here.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub followers_count: Option<i64>,
    /// Accounts it follows, as far as known here.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub following_count: Option<i64>,
    /// When it last posted.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_status_at: Option<DateTime<Utc>>,
}

/// SQL: the columns of [`AccountState`], of the rows `a` of accounts and `c` of `account_stats`.
macro_rules! account_state {
    () => {
        "a.id AS account_id, a.xmin AS account_version, a.suspended_at IS NOT NULL OR a.instance_blocked AS is_gone, \
         c.statuses_count, c.followers_count, c.following_count, c.last_status_at"
    };
}
pub(crate) use account_state;

/// Those that exist, by id, suspended ones among them.
pub async fn load(conn: &mut Conn, ids: &[AccountId]) -> QueryResult<HashMap<AccountId, AccountState>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = diesel::sql_query(concat!(
        "SELECT ",
        account_state!(),
        " FROM accounts a LEFT JOIN account_stats c ON c.account_id = a.id WHERE a.id = ANY($1)"
    ))
    .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<AccountState> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

/// The account with this id; not the instance's own actor.
pub async fn find(conn: &mut Conn, id: AccountId) -> QueryResult<Option<AccountState>> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        account_state!(),
        " FROM accounts a LEFT JOIN account_stats c ON c.account_id = a.id ",
        "WHERE a.id = $1 AND (a.domain IS NOT NULL OR a.username <> $2)"
    ))
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(INSTANCE_ACTOR);
    RunQueryDsl::get_result(prepared(query), conn).await.optional()
}

/// The account with this handle, as `accounts::find_by_handle` finds it; not the instance's own actor.
pub async fn find_by_handle(
    conn: &mut Conn,
    username: &str,
    domain: Option<&str>,
) -> QueryResult<Option<AccountState>> {
    if username.contains('\0') || domain.is_some_and(|domain| domain.contains('\0')) {
        return Ok(None);
    }
    if domain.is_none() && username.eq_ignore_ascii_case(INSTANCE_ACTOR) {
        return Ok(None);
    }
    let query = diesel::sql_query(concat!(
        "SELECT ",
        account_state!(),
        " FROM accounts a LEFT JOIN account_stats c ON c.account_id = a.id ",
        "WHERE lower(a.username) COLLATE \"C\" = lower($1) AND coalesce(a.domain, '') = $2"
    ))
    .bind::<Text, _>(username)
    .bind::<Text, _>(domain.unwrap_or_default());
    RunQueryDsl::get_result(prepared(query), conn).await.optional()
}

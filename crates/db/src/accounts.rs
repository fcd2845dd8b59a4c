//! Accounts: the public faces, local and remote.

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::accounts;
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;
use crate::sql::prepared;
use crate::{Conn, sql};

/// What kind of actor stands behind an account (Activity Vocabulary §4).
pub mod kind {
    /// `Person`.
    pub const PERSON: i16 = 0;
    /// `Service`: shown as a bot.
    pub const SERVICE: i16 = 1;
    /// `Group`.
    pub const GROUP: i16 = 2;
    /// `Organization`.
    pub const ORGANIZATION: i16 = 3;
    /// `Application`: an instance actor; shown as a bot.
    pub const APPLICATION: i16 = 4;
}

/// The username of the instance actor; dots keep it from ever being registered.
pub const INSTANCE_ACTOR: &str = "instance.actor";

/// One name and value on a profile; the value is sanitised HTML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Plain text.
    pub name: String,
    /// Sanitised HTML.
    pub value: String,
    /// What was typed, for local accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When the page was seen to link back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<DateTime<Utc>>,
}

/// A row of `accounts`.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable, QueryableByName)]
#[diesel(table_name = accounts, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub domain: Option<String>,
    pub uri: String,
    pub url: Option<String>,
    pub kind: i16,
    pub display_name: String,
    pub note: String,
    pub fields: serde_json::Value,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub hide_collections: bool,
    pub memorial: bool,
    pub avatar_key: Option<String>,
    pub avatar_remote_url: Option<String>,
    pub avatar_description: String,
    pub header_key: Option<String>,
    pub header_remote_url: Option<String>,
    pub header_description: String,
    pub also_known_as: Vec<String>,
    pub moved_to_id: Option<AccountId>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub silenced_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub hidden_tabs: i16,
}

/// Tabs of a profile, as `hidden_tabs` counts them.
pub mod tab {
    /// Attachments.
    pub const MEDIA: i16 = 1;
    /// Replies among the attachments.
    pub const MEDIA_REPLIES: i16 = 2;
    /// Featured tags and accounts.
    pub const FEATURED: i16 = 4;
}

impl Account {
    /// Whether it lives here.
    pub fn is_local(&self) -> bool {
        self.domain.is_none()
    }

    /// `name` here, `name@host` elsewhere.
    pub fn acct(&self) -> String {
        match &self.domain {
            None => self.username.clone(),
            Some(domain) => format!("{}@{domain}", self.username),
        }
    }

    /// The profile's fields; a row that does not parse has none.
    pub fn profile_fields(&self) -> Vec<Field> {
        serde_json::from_value(self.fields.clone()).unwrap_or_default()
    }

    /// Whether a tab of [`tab`] is shown on the profile.
    pub fn shows(&self, tab: i16) -> bool {
        self.hidden_tabs & tab == 0
    }

    /// Whether this is the instance's own actor, which is not anybody.
    pub fn is_instance_actor(&self) -> bool {
        self.domain.is_none() && self.username == INSTANCE_ACTOR
    }
}

/// A new account. Remote ones come with everything; local ones start empty.
#[derive(Clone, Debug, Default, Insertable)]
#[diesel(table_name = accounts)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewAccount {
    pub username: String,
    pub domain: Option<String>,
    pub uri: String,
    pub url: Option<String>,
    pub kind: i16,
    pub display_name: String,
    pub note: String,
    pub fields: serde_json::Value,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub memorial: bool,
    pub avatar_remote_url: Option<String>,
    pub header_remote_url: Option<String>,
    pub also_known_as: Vec<String>,
    pub created_at: DateTime<Utc>,
}

/// What somebody changes on the own profile; `None` leaves a column as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = accounts)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct AccountChanges {
    pub display_name: Option<String>,
    pub note: Option<String>,
    pub fields: Option<serde_json::Value>,
    pub locked: Option<bool>,
    pub kind: Option<i16>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    pub hide_collections: Option<bool>,
    pub avatar_key: Option<Option<String>>,
    pub avatar_description: Option<String>,
    pub header_key: Option<Option<String>>,
    pub header_description: Option<String>,
    pub hidden_tabs: Option<i16>,
}

/// The account, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: AccountId) -> QueryResult<Account> {
    accounts::table.find(id).select(Account::as_select()).first(conn).await
}

/// Waits until this transaction alone changes what is counted by account; false when there is no such account.
pub async fn lock(conn: &mut Conn, id: AccountId) -> QueryResult<bool> {
    let held: Option<AccountId> =
        accounts::table.find(id).select(accounts::id).for_no_key_update().first(conn).await.optional()?;
    Ok(held.is_some())
}

/// The account with this ActivityPub id.
pub async fn find_by_uri(conn: &mut Conn, uri: &str) -> QueryResult<Option<Account>> {
    accounts::table.filter(accounts::uri.eq(uri)).select(Account::as_select()).first(conn).await.optional()
}

/// Of these ActivityPub ids, the accounts that are known.
pub async fn load_by_uris(conn: &mut Conn, uris: &[String]) -> QueryResult<Vec<Account>> {
    accounts::table.filter(accounts::uri.eq_any(uris)).select(Account::as_select()).load(conn).await
}

/// The account with this handle; names compare without case, `domain` is a lower-case A-label host.
pub async fn find_by_handle(
    conn: &mut Conn,
    username: &str,
    domain: Option<&str>,
) -> QueryResult<Option<Account>> {
    // PostgreSQL takes no NUL in a text, and no name holds one.
    if username.contains('\0') || domain.is_some_and(|domain| domain.contains('\0')) {
        return Ok(None);
    }
    let query = diesel::sql_query(
        "SELECT * FROM accounts WHERE lower(username) COLLATE \"C\" = lower($1) AND coalesce(domain, '') = $2",
    )
    .bind::<Text, _>(username)
    .bind::<Text, _>(domain.unwrap_or_default());
    RunQueryDsl::get_result(prepared(query), conn).await.optional()
}

/// Those that exist, in no particular order.
pub async fn load(conn: &mut Conn, ids: &[AccountId]) -> QueryResult<Vec<Account>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    accounts::table.filter(accounts::id.eq_any(ids)).select(Account::as_select()).load(conn).await
}

/// The instance's own actor.
pub async fn instance_actor(conn: &mut Conn) -> QueryResult<Option<Account>> {
    find_by_handle(conn, INSTANCE_ACTOR, None).await
}

/// Writes a new account; `None` when its handle or id is taken.
pub async fn insert(conn: &mut Conn, new: &NewAccount) -> QueryResult<Option<Account>> {
    diesel::insert_into(accounts::table)
        .values(new)
        .on_conflict_do_nothing()
        .returning(Account::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Replaces what a remote document says of an account that is known.
pub async fn refresh(conn: &mut Conn, id: AccountId, new: &NewAccount) -> QueryResult<Account> {
    diesel::update(accounts::table.find(id))
        .set((
            accounts::url.eq(&new.url),
            accounts::kind.eq(new.kind),
            accounts::display_name.eq(&new.display_name),
            accounts::note.eq(&new.note),
            accounts::fields.eq(&new.fields),
            accounts::locked.eq(new.locked),
            accounts::discoverable.eq(new.discoverable),
            accounts::indexable.eq(new.indexable),
            accounts::memorial.eq(new.memorial),
            accounts::avatar_remote_url.eq(&new.avatar_remote_url),
            accounts::header_remote_url.eq(&new.header_remote_url),
            accounts::also_known_as.eq(&new.also_known_as),
            accounts::updated_at.eq(now),
        ))
        .returning(Account::as_returning())
        .get_result(conn)
        .await
}

/// Changes a profile.
pub async fn update(conn: &mut Conn, id: AccountId, changes: &AccountChanges) -> QueryResult<Account> {
    diesel::update(accounts::table.find(id))
        .set((changes, accounts::updated_at.eq(now)))
        .returning(Account::as_returning())
        .get_result(conn)
        .await
}

/// Notes which fields of a profile have a value whose page was seen to link back, if they still have it.
pub async fn set_verified(
    conn: &mut Conn,
    id: AccountId,
    values: &[String],
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let query = accounts::table.find(id).select(Account::as_select()).for_no_key_update();
    let Some(account) = query.first(conn).await.optional()? else { return Ok(()) };
    let mut fields = account.profile_fields();
    for field in &mut fields {
        if field.source.as_ref().is_some_and(|source| values.contains(source)) {
            field.verified_at.get_or_insert(at);
        }
    }
    let fields = serde_json::to_value(fields)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    diesel::update(accounts::table.find(id)).set(accounts::fields.eq(fields)).execute(conn).await?;
    Ok(())
}

/// Removes an account and, by cascade, everything it made.
pub async fn delete(conn: &mut Conn, id: AccountId) -> QueryResult<bool> {
    Ok(diesel::delete(accounts::table.find(id)).execute(conn).await? > 0)
}

/// Hides an account and everything it made, at once.
pub async fn suspend(conn: &mut Conn, id: AccountId) -> QueryResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::suspended_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// Takes an account out of every counter that counts what it did, before its rows go by cascade. None goes below
/// zero: whoever wants to leave is not kept by a counter that is wrong.
pub async fn settle_before_delete(conn: &mut Conn, id: AccountId) -> QueryResult<()> {
    let statements = [
        "UPDATE account_stats s SET followers_count = greatest(followers_count - 1, 0) \
         FROM follows f WHERE f.account_id = $1 AND s.account_id = f.target_account_id",
        "UPDATE account_stats s SET following_count = greatest(following_count - 1, 0) \
         FROM follows f WHERE f.target_account_id = $1 AND s.account_id = f.account_id",
        "UPDATE status_stats s SET favourites_count = greatest(favourites_count - 1, 0) \
         FROM favourites f WHERE f.account_id = $1 AND s.status_id = f.status_id",
        "UPDATE status_stats s SET reblogs_count = greatest(reblogs_count - 1, 0) FROM statuses r \
         WHERE r.account_id = $1 AND r.deleted_at IS NULL AND s.status_id = r.reblog_of_id",
        "UPDATE status_stats s SET replies_count = greatest(replies_count - n.replies, 0) FROM (\
         SELECT in_reply_to_id, count(*) AS replies FROM statuses WHERE account_id = $1 \
         AND deleted_at IS NULL AND in_reply_to_id IS NOT NULL GROUP BY 1) n WHERE s.status_id = n.in_reply_to_id",
        "UPDATE account_stats s SET statuses_count = greatest(statuses_count - n.reblogs, 0) FROM (\
         SELECT r.account_id, count(*) AS reblogs FROM statuses r JOIN statuses o ON o.id = r.reblog_of_id \
         WHERE o.account_id = $1 AND r.deleted_at IS NULL GROUP BY 1) n WHERE s.account_id = n.account_id",
    ];
    for statement in statements {
        let query = prepared(diesel::sql_query(statement).bind::<BigInt, _>(id));
        RunQueryDsl::execute(query, conn).await?;
    }
    Ok(())
}

/// A counter of `account_stats`.
#[derive(Clone, Copy, Debug)]
pub enum Counter {
    /// Statuses that are not deleted.
    Statuses,
    /// Followers known here.
    Followers,
    /// Accounts followed.
    Following,
}

/// Adds `by` (negative to subtract) to a counter, in the transaction of the row it counts. One that went below zero
/// would be a fault of ours: the table refuses it, and the transaction fails.
pub async fn count(conn: &mut Conn, id: AccountId, counter: Counter, by: i64) -> QueryResult<()> {
    let statement = match counter {
        Counter::Statuses => {
            "INSERT INTO account_stats AS s (account_id, statuses_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (account_id) DO UPDATE SET statuses_count = s.statuses_count + $2"
        }
        Counter::Followers => {
            "INSERT INTO account_stats AS s (account_id, followers_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (account_id) DO UPDATE SET followers_count = s.followers_count + $2"
        }
        Counter::Following => {
            "INSERT INTO account_stats AS s (account_id, following_count) VALUES ($1, greatest($2, 0)) \
             ON CONFLICT (account_id) DO UPDATE SET following_count = s.following_count + $2"
        }
    };
    let query = sql::prepared(diesel::sql_query(statement).bind::<BigInt, _>(id).bind::<BigInt, _>(by));
    RunQueryDsl::execute(query, conn).await?;
    Ok(())
}

/// Counts a status that was published at `at`.
pub async fn count_published(conn: &mut Conn, id: AccountId, at: DateTime<Utc>) -> QueryResult<()> {
    let query = diesel::sql_query(
        "INSERT INTO account_stats AS s (account_id, statuses_count, last_status_at) VALUES ($1, 1, $2) \
         ON CONFLICT (account_id) DO UPDATE SET statuses_count = s.statuses_count + 1, \
         last_status_at = greatest(s.last_status_at, $2)",
    )
    .bind::<BigInt, _>(id)
    .bind::<Timestamptz, _>(at);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Adds `change` (1 or -1) to what `by` follows and to the followers of `of`, always in the same order of
/// rows, so that two who follow each other at once do not deadlock.
pub async fn count_follow(conn: &mut Conn, by: AccountId, of: AccountId, change: i64) -> QueryResult<()> {
    let query = diesel::sql_query(
        "INSERT INTO account_stats AS s (account_id, following_count, followers_count) \
         SELECT id, CASE WHEN id = $1 THEN greatest($3, 0) ELSE 0 END, \
         CASE WHEN id = $2 THEN greatest($3, 0) ELSE 0 END FROM unnest(ARRAY[$1, $2]) AS pair(id) ORDER BY id \
         ON CONFLICT (account_id) DO UPDATE SET \
         following_count = s.following_count + CASE WHEN s.account_id = $1 THEN $3 ELSE 0 END, \
         followers_count = s.followers_count + CASE WHEN s.account_id = $2 THEN $3 ELSE 0 END",
    )
    .bind::<BigInt, _>(by)
    .bind::<BigInt, _>(of)
    .bind::<BigInt, _>(change);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// How many accounts somebody follows.
pub async fn following_count(conn: &mut Conn, id: AccountId) -> QueryResult<i64> {
    let query = diesel::sql_query(
        "SELECT coalesce((SELECT following_count FROM account_stats WHERE account_id = $1), 0) AS total",
    )
    .bind::<BigInt, _>(id);
    let row: Total = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.total)
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// Statuses of all local accounts, for instance documents.
pub async fn local_statuses(conn: &mut Conn) -> QueryResult<i64> {
    let query = prepared(diesel::sql_query(
        "SELECT coalesce(sum(s.statuses_count), 0)::bigint AS total \
         FROM account_stats s JOIN accounts a ON a.id = s.account_id WHERE a.domain IS NULL",
    ));
    let row: Total = RunQueryDsl::get_result(query, conn).await?;
    Ok(row.total)
}

//! Users: the logins and settings of local accounts.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use schema::users;

use crate::Conn;
use crate::accounts::Account;
use crate::ids::{AccountId, ApplicationId, UserId};
use crate::sql::prepared;
use crate::visibility::Visibility;

/// What a user may do here beyond the own account; a higher number may do all that a lower one may.
pub mod role {
    /// Everybody.
    pub const USER: i16 = 0;
    /// Handles reports, sign-ups and other people's statuses.
    pub const MODERATOR: i16 = 1;
    /// Changes the instance as well.
    pub const ADMIN: i16 = 2;
    /// Appoints administrators as well.
    pub const OWNER: i16 = 3;
}

/// A row of `users`, without what only signing in needs. Its `Debug` shows no address.
#[derive(Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct User {
    pub id: UserId,
    pub account_id: AccountId,
    pub email: String,
    pub role: i16,
    pub locale: String,
    pub reason: Option<String>,
    pub default_visibility: Visibility,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    pub note_source: String,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub approved_at: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub last_active_on: Option<NaiveDate>,
    pub default_quote_policy: i16,
    pub attribution_domains: Vec<String>,
}

/// Who may quote a status, as the database counts them.
pub mod quote_policy {
    /// The words of the client API, by number.
    pub const WORDS: [&str; 3] = ["public", "followers", "nobody"];

    /// The author alone.
    pub const NOBODY: i16 = 2;

    /// The word of the client API.
    pub fn word(number: i16) -> &'static str {
        usize::try_from(number).ok().and_then(|number| WORDS.get(number)).copied().unwrap_or("nobody")
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<i16> {
        WORDS.iter().position(|known| *known == word).and_then(|number| i16::try_from(number).ok())
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A new user.
#[derive(Insertable)]
#[diesel(table_name = users)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewUser {
    pub account_id: AccountId,
    pub email: String,
    pub password_hash: String,
    pub role: i16,
    pub locale: String,
    pub reason: Option<String>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub approved_at: Option<DateTime<Utc>>,
    pub application_id: Option<ApplicationId>,
}

/// What somebody changes of the own settings; `None` leaves a column as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = users)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct UserChanges {
    pub locale: Option<String>,
    pub default_visibility: Option<Visibility>,
    pub default_sensitive: Option<bool>,
    pub default_language: Option<Option<String>>,
    pub note_source: Option<String>,
    pub default_quote_policy: Option<i16>,
    pub attribution_domains: Option<Vec<String>>,
}

impl UserChanges {
    /// Whether nothing changes; diesel refuses an update of nothing.
    pub fn is_empty(&self) -> bool {
        let Self {
            locale,
            default_visibility,
            default_sensitive,
            default_language,
            note_source,
            default_quote_policy,
            attribution_domains,
        } = self;
        locale.is_none()
            && default_visibility.is_none()
            && default_sensitive.is_none()
            && default_language.is_none()
            && note_source.is_none()
            && default_quote_policy.is_none()
            && attribution_domains.is_none()
    }
}

/// What signing in compares with.
pub struct Credentials {
    /// Who.
    pub user: User,
    /// A PHC string.
    pub password_hash: String,
}

/// Writes a new user; `None` when the e-mail address or the account is taken.
pub async fn insert(conn: &mut Conn, new: &NewUser) -> QueryResult<Option<User>> {
    diesel::insert_into(users::table)
        .values(new)
        .on_conflict_do_nothing()
        .returning(User::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// The user, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: UserId) -> QueryResult<User> {
    users::table.find(id).select(User::as_select()).first(conn).await
}

/// The user of a local account, or [`diesel::result::Error::NotFound`].
pub async fn find_by_account(conn: &mut Conn, account: AccountId) -> QueryResult<User> {
    users::table.filter(users::account_id.eq(account)).select(User::as_select()).first(conn).await
}

/// The user with this username (without case), and its account.
pub async fn find_by_username(conn: &mut Conn, username: &str) -> QueryResult<Option<(User, Account)>> {
    let Some(account) = crate::accounts::find_by_handle(conn, username, None).await? else {
        return Ok(None);
    };
    let user = find_by_account(conn, account.id).await.optional()?;
    Ok(user.map(|user| (user, account)))
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: UserId,
}

/// Whose e-mail address (without case) this is.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> QueryResult<Option<UserId>> {
    let query = diesel::sql_query("SELECT id FROM users WHERE lower(email) COLLATE \"C\" = lower($1)")
        .bind::<Text, _>(email);
    let row: Option<Id> = RunQueryDsl::get_result(prepared(query), conn).await.optional()?;
    Ok(row.map(|row| row.id))
}

/// The user with this e-mail address or username (both without case), with what signing in needs.
pub async fn find_credentials(conn: &mut Conn, login: &str) -> QueryResult<Option<Credentials>> {
    let id = if login.contains('@') {
        find_by_email(conn, login).await?
    } else {
        find_by_username(conn, login).await?.map(|(user, _)| user.id)
    };
    let Some(id) = id else { return Ok(None) };
    let row: Option<(User, String)> = users::table
        .find(id)
        .select((User::as_select(), users::password_hash))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(user, password_hash)| Credentials { user, password_hash }))
}

/// The stored password hash, or [`diesel::result::Error::NotFound`].
pub async fn password_hash(conn: &mut Conn, id: UserId) -> QueryResult<String> {
    users::table.find(id).select(users::password_hash).first(conn).await
}

/// Changes settings.
pub async fn update(conn: &mut Conn, id: UserId, changes: &UserChanges) -> QueryResult<User> {
    if changes.is_empty() {
        return find(conn, id).await;
    }
    diesel::update(users::table.find(id)).set(changes).returning(User::as_returning()).get_result(conn).await
}

/// Keeps the note of a local account's profile as it was typed.
pub async fn set_note_source(conn: &mut Conn, account: AccountId, source: &str) -> QueryResult<()> {
    diesel::update(users::table.filter(users::account_id.eq(account)))
        .set(users::note_source.eq(source))
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces the password hash (a PHC string).
pub async fn set_password_hash(conn: &mut Conn, id: UserId, hash: &str) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(conn).await?;
    Ok(())
}

/// Gives a role.
pub async fn set_role(conn: &mut Conn, id: UserId, role: i16) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::role.eq(role)).execute(conn).await?;
    Ok(())
}

/// Notes that the e-mail address was confirmed, and, when it was not yet, that the user is approved.
pub async fn confirm(conn: &mut Conn, id: UserId) -> QueryResult<()> {
    diesel::update(users::table.find(id))
        .set((
            users::confirmed_at.eq(Some(Utc::now())),
            users::approved_at.eq(Some(Utc::now())),
            users::confirmation_hash.eq(None::<Vec<u8>>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Who waits for the confirmation of an address.
#[derive(Clone, Debug, Queryable)]
pub struct Awaited {
    /// The client program that the user signed up with; nobody else may ask for another letter.
    pub application: Option<ApplicationId>,
    /// When the last letter was written.
    pub sent_at: Option<DateTime<Utc>>,
}

/// What is known of the confirmation of a user's address.
pub async fn awaited(conn: &mut Conn, id: UserId) -> QueryResult<Awaited> {
    users::table.find(id).select((users::application_id, users::confirmation_sent_at)).first(conn).await
}

/// Keeps the hash of what confirms a user's address, unless it is confirmed; false if it is.
pub async fn set_confirmation(conn: &mut Conn, id: UserId, hash: &[u8]) -> QueryResult<bool> {
    let waiting = users::table.find(id).filter(users::confirmed_at.is_null());
    let changed = diesel::update(waiting)
        .set((users::confirmation_hash.eq(Some(hash)), users::confirmation_sent_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await?;
    Ok(changed > 0)
}

/// Confirms the address of whoever this hash was kept for after `since`, once; whose it was.
pub async fn confirm_by(conn: &mut Conn, hash: &[u8], since: DateTime<Utc>) -> QueryResult<Option<User>> {
    let waiting = users::table
        .filter(users::confirmation_hash.eq(hash))
        .filter(users::confirmation_sent_at.gt(since))
        .filter(users::confirmed_at.is_null());
    diesel::update(waiting)
        .set((users::confirmed_at.eq(Some(Utc::now())), users::confirmation_hash.eq(None::<Vec<u8>>)))
        .returning(User::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Gives a user who waits for confirmation another address, which what was sent to the former one does not
/// confirm. The unique index refuses an address that is taken.
pub async fn set_unconfirmed_email(conn: &mut Conn, id: UserId, email: &str) -> QueryResult<()> {
    diesel::update(users::table.find(id).filter(users::confirmed_at.is_null()))
        .set((
            users::email.eq(email),
            users::confirmation_hash.eq(None::<Vec<u8>>),
            users::confirmation_sent_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends or restores the right to sign in.
pub async fn set_disabled(conn: &mut Conn, id: UserId, at: Option<DateTime<Utc>>) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::disabled_at.eq(at)).execute(conn).await?;
    Ok(())
}

/// Notes that the user was here today.
pub async fn touch(conn: &mut Conn, id: UserId, today: NaiveDate) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::last_active_on.eq(today)).execute(conn).await?;
    Ok(())
}

/// The account of whoever looks after the instance: of the highest role, administrators at least, the first.
pub async fn head(conn: &mut Conn) -> QueryResult<Option<AccountId>> {
    users::table
        .filter(users::role.ge(role::ADMIN))
        .filter(users::disabled_at.is_null())
        .order((users::role.desc(), users::id))
        .select(users::account_id)
        .first(conn)
        .await
        .optional()
}

/// Those who look after the place, 100 at most, in the order of their accounts.
pub async fn moderators(conn: &mut Conn) -> QueryResult<Vec<AccountId>> {
    users::table
        .filter(users::role.ge(role::MODERATOR))
        .filter(users::disabled_at.is_null())
        .order(users::account_id)
        .select(users::account_id)
        .limit(100)
        .load(conn)
        .await
}

/// How many people use this server, for instance documents: of those that may sign in.
#[derive(Clone, Copy, Debug, Default, QueryableByName)]
pub struct Usage {
    /// All of them.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Those who were here in the last 30 days.
    #[diesel(sql_type = BigInt)]
    pub active_month: i64,
    /// Those who were here in the last 180 days.
    #[diesel(sql_type = BigInt)]
    pub active_half_year: i64,
}

/// Counts users.
pub async fn usage(conn: &mut Conn) -> QueryResult<Usage> {
    let query = prepared(diesel::sql_query(
        "SELECT count(*) AS total, \
         count(*) FILTER (WHERE last_active_on > current_date - 30) AS active_month, \
         count(*) FILTER (WHERE last_active_on > current_date - 180) AS active_half_year \
         FROM users WHERE confirmed_at IS NOT NULL AND approved_at IS NOT NULL AND disabled_at IS NULL",
    ));
    RunQueryDsl::get_result(query, conn).await
}

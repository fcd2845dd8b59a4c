//! Filters: what somebody does not want to read, by keywords or one by one
//! (<https://docs.joinmastodon.org/entities/Filter/>).

mod keywords;
mod rules;
mod statuses;

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::SmallInt;
use diesel_async::RunQueryDsl;
use schema::filters;

use crate::Conn;
use crate::ids::{AccountId, FilterId};

pub use keywords::{
    Keyword, delete_keyword, delete_keyword_of, find_own_keyword, insert_keyword, keywords_of,
    keywords_of_account, keywords_size, update_keyword,
};
pub use rules::{Rule, may_hide_notifications, rules, rules_of};
pub use statuses::{
    FilteredStatus, count_statuses, delete_status, find_own_status, insert_status, statuses_of,
    statuses_of_account,
};

/// Where a filter applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Context {
    /// Home timeline and lists.
    Home = 1,
    /// Notifications.
    Notifications = 2,
    /// Public timelines and those of tags.
    Public = 4,
    /// A status and what stands around it.
    Thread = 8,
    /// Profiles.
    Account = 16,
}

impl Context {
    const ALL: [Self; 5] = [Self::Home, Self::Notifications, Self::Public, Self::Thread, Self::Account];

    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Notifications => "notifications",
            Self::Public => "public",
            Self::Thread => "thread",
            Self::Account => "account",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.as_str() == word)
    }
}

/// A set of contexts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = SmallInt)]
pub struct Contexts(i16);

impl Contexts {
    /// Whether this one is in it.
    pub fn contains(self, context: Context) -> bool {
        self.0 & context as i16 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The words of the client API.
    pub fn words(self) -> Vec<&'static str> {
        Context::ALL.into_iter().filter(|one| self.contains(*one)).map(Context::as_str).collect()
    }
}

impl FromIterator<Context> for Contexts {
    fn from_iter<I: IntoIterator<Item = Context>>(contexts: I) -> Self {
        Self(contexts.into_iter().fold(0, |bits, context| bits | context as i16))
    }
}

impl FromSql<SmallInt, Pg> for Contexts {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        i16::from_sql(bytes).map(Self)
    }
}

impl ToSql<SmallInt, Pg> for Contexts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<SmallInt, Pg>::to_sql(&self.0, out)
    }
}

/// What becomes of a status that a filter matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = SmallInt)]
#[repr(i16)]
pub enum Action {
    /// It is shown behind a warning.
    #[default]
    Warn = 0,
    /// It is not shown.
    Hide = 1,
    /// Its media are.
    Blur = 2,
}

impl Action {
    const ALL: [Self; 3] = [Self::Warn, Self::Hide, Self::Blur];

    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Hide => "hide",
            Self::Blur => "blur",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

impl FromSql<SmallInt, Pg> for Action {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let number = i16::from_sql(bytes)?;
        Ok(Self::ALL.into_iter().find(|action| *action as i16 == number).unwrap_or_default())
    }
}

impl ToSql<SmallInt, Pg> for Action {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<SmallInt, Pg>::to_sql(&(*self as i16), &mut out.reborrow())
    }
}

/// A row of `filters`.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = filters, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Filter {
    pub id: FilterId,
    pub title: String,
    pub contexts: Contexts,
    pub action: Action,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Filter {
    /// Whether it does nothing any more.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// What an owner says of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = filters, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Settings {
    pub title: String,
    pub contexts: Contexts,
    pub action: Action,
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<Filter> for Settings {
    fn from(filter: Filter) -> Self {
        let Filter { title, contexts, action, expires_at, .. } = filter;
        Self { title, contexts, action, expires_at }
    }
}

/// Makes a filter that matches nothing yet.
pub async fn insert(conn: &mut Conn, owner: AccountId, settings: &Settings) -> QueryResult<Filter> {
    diesel::insert_into(filters::table)
        .values((filters::account_id.eq(owner), settings))
        .returning(Filter::as_returning())
        .get_result(conn)
        .await
}

/// How many filters an account has.
pub async fn count(conn: &mut Conn, owner: AccountId) -> QueryResult<i64> {
    filters::table.filter(filters::account_id.eq(owner)).count().get_result(conn).await
}

/// An account's filters in the order of their making, those that are over too.
pub async fn list(conn: &mut Conn, owner: AccountId) -> QueryResult<Vec<Filter>> {
    filters::table
        .filter(filters::account_id.eq(owner))
        .order(filters::id)
        .select(Filter::as_select())
        .load(conn)
        .await
}

/// One of the account's filters, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, owner: AccountId, id: FilterId) -> QueryResult<Filter> {
    filters::table
        .find(id)
        .filter(filters::account_id.eq(owner))
        .select(Filter::as_select())
        .first(conn)
        .await
}

/// Changes a filter.
pub async fn update(conn: &mut Conn, id: FilterId, settings: &Settings) -> QueryResult<Filter> {
    diesel::update(filters::table.find(id))
        .set(settings)
        .returning(Filter::as_returning())
        .get_result(conn)
        .await
}

/// Removes a filter with all that it matches.
pub async fn delete(conn: &mut Conn, id: FilterId) -> QueryResult<()> {
    diesel::delete(filters::table.find(id)).execute(conn).await?;
    Ok(())
}

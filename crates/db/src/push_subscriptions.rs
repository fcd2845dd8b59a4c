//! Where notifications are pushed to: one subscription for each token.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, SmallInt};
use diesel_async::RunQueryDsl;
use schema::{access_tokens, push_subscriptions, users};

use crate::Conn;
use crate::ids::{AccessTokenId, AccountId};
use crate::notifications::Kind;
use crate::sql::prepared;

/// From whom notifications are pushed
/// (<https://docs.joinmastodon.org/methods/push/#form-data-parameters>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i16)]
pub enum Policy {
    /// Everybody.
    #[default]
    All = 0,
    /// Whom the account follows.
    Followed = 1,
    /// Who follows the account.
    Follower = 2,
    /// Nobody.
    None = 3,
}

impl Policy {
    const EVERY: [Self; 4] = [Self::All, Self::Followed, Self::Follower, Self::None];

    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Followed => "followed",
            Self::Follower => "follower",
            Self::None => "none",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// A row of `push_subscriptions`. Its `Debug` shows neither address nor keys: who has the address can push.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = push_subscriptions, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Subscription {
    pub id: i64,
    pub account_id: AccountId,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    pub standard: bool,
    alerts: Vec<i16>,
    policy: i16,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Subscription {
    /// Whether it wants to be told of this.
    pub fn alerts(&self, kind: Kind) -> bool {
        self.alerts.contains(&(kind as i16))
    }

    /// From whom.
    pub fn policy(&self) -> Policy {
        Policy::EVERY.into_iter().find(|policy| *policy as i16 == self.policy).unwrap_or(Policy::None)
    }
}

/// A new subscription.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewSubscription {
    pub token: AccessTokenId,
    pub account: AccountId,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    pub standard: bool,
    pub alerts: Vec<Kind>,
    pub policy: Policy,
}

fn numbers(kinds: &[Kind]) -> Vec<i16> {
    kinds.iter().map(|kind| *kind as i16).collect()
}

/// Writes a subscription in place of the one that its token had.
pub async fn replace(conn: &mut Conn, new: &NewSubscription) -> QueryResult<Subscription> {
    use push_subscriptions::{
        access_token_id, account_id, alerts, auth, created_at, endpoint, id, p256dh, policy, standard,
    };
    let what = || {
        (
            account_id.eq(new.account),
            endpoint.eq(&new.endpoint),
            p256dh.eq(&new.p256dh),
            auth.eq(&new.auth),
            standard.eq(new.standard),
            alerts.eq(numbers(&new.alerts)),
            policy.eq(new.policy as i16),
        )
    };
    diesel::insert_into(push_subscriptions::table)
        .values((access_token_id.eq(new.token), what()))
        .on_conflict(access_token_id)
        .do_update()
        // Another subscription, so another id: what waits for the old one is not sent to this one.
        .set((what(), id.eq(diesel::upsert::excluded(id)), created_at.eq(diesel::dsl::now)))
        .returning(Subscription::as_returning())
        .get_result(conn)
        .await
}

/// Changes what a token's subscription is told; `None` when it has none.
pub async fn update(
    conn: &mut Conn,
    token: AccessTokenId,
    alerts: &[Kind],
    policy: Option<Policy>,
) -> QueryResult<Option<Subscription>> {
    let own = push_subscriptions::table.filter(push_subscriptions::access_token_id.eq(token));
    let policy = policy.map(|policy| push_subscriptions::policy.eq(policy as i16));
    diesel::update(own)
        .set((push_subscriptions::alerts.eq(numbers(alerts)), policy))
        .returning(Subscription::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// A token's subscription, or [`diesel::result::Error::NotFound`].
pub async fn find_by_token(conn: &mut Conn, token: AccessTokenId) -> QueryResult<Subscription> {
    push_subscriptions::table
        .filter(push_subscriptions::access_token_id.eq(token))
        .select(Subscription::as_select())
        .first(conn)
        .await
}

/// Ends the subscriptions of these tokens.
pub async fn delete(conn: &mut Conn, tokens: &[AccessTokenId]) -> QueryResult<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    diesel::delete(push_subscriptions::table.filter(push_subscriptions::access_token_id.eq_any(tokens)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a subscription that its push service knows no more.
pub async fn delete_gone(conn: &mut Conn, id: i64) -> QueryResult<()> {
    diesel::delete(push_subscriptions::table.find(id)).execute(conn).await?;
    Ok(())
}

/// A subscription whose token is live, and the language of its account.
pub async fn find_live(conn: &mut Conn, id: i64) -> QueryResult<Option<(Subscription, String)>> {
    push_subscriptions::table
        .inner_join(access_tokens::table.inner_join(users::table))
        .filter(push_subscriptions::id.eq(id))
        .filter(access_tokens::revoked_at.is_null())
        .filter(users::disabled_at.is_null())
        .select((Subscription::as_select(), users::locale))
        .first(conn)
        .await
        .optional()
}

#[derive(QueryableByName)]
struct Wanting {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The newest 20 subscriptions of an account that want to be told of what `from` did.
pub async fn wanting(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
) -> QueryResult<Vec<i64>> {
    let query = diesel::sql_query(
        "SELECT p.id FROM push_subscriptions p JOIN access_tokens t ON t.id = p.access_token_id \
         AND t.revoked_at IS NULL WHERE p.account_id = $1 AND $3 = ANY(p.alerts) AND (p.policy = 0 \
         OR (p.policy = 1 AND EXISTS (SELECT FROM follows f WHERE f.account_id = $1 \
         AND f.target_account_id = $2)) OR (p.policy = 2 AND EXISTS (SELECT FROM follows f \
         WHERE f.account_id = $2 AND f.target_account_id = $1))) ORDER BY p.id DESC LIMIT 20",
    )
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(from)
    .bind::<SmallInt, _>(kind as i16);
    let rows: Vec<Wanting> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

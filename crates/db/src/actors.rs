//! The ActivityPub side of accounts: inboxes and keys.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use schema::{accounts, actors};

use crate::Conn;
use crate::accounts::Account;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::visibility::visible;

/// A row of `actors`. The private key is loaded apart, with [`signing_key`].
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = actors, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Actor {
    pub account_id: AccountId,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: Option<String>,
    pub followers_url: Option<String>,
    pub following_url: Option<String>,
    pub featured_url: Option<String>,
    pub key_id: String,
    pub public_key_pem: String,
    pub fetched_at: DateTime<Utc>,
}

/// The actor of an account.
pub async fn find(conn: &mut Conn, account: AccountId) -> QueryResult<Option<Actor>> {
    actors::table.find(account).select(Actor::as_select()).first(conn).await.optional()
}

/// The account whose actor owns a key, with the actor.
pub async fn find_by_key(conn: &mut Conn, key_id: &str) -> QueryResult<Option<(Account, Actor)>> {
    actors::table
        .inner_join(accounts::table)
        .filter(actors::key_id.eq(key_id))
        .select((Account::as_select(), Actor::as_select()))
        .first(conn)
        .await
        .optional()
}

/// An account with its actor, as an inbox needs them.
pub async fn find_with_account(conn: &mut Conn, id: AccountId) -> QueryResult<Option<(Account, Actor)>> {
    actors::table
        .inner_join(accounts::table)
        .filter(actors::account_id.eq(id))
        .select((Account::as_select(), Actor::as_select()))
        .first(conn)
        .await
        .optional()
}

/// Writes or replaces an actor; a private key that is there stays.
pub async fn save(conn: &mut Conn, actor: &Actor) -> QueryResult<()> {
    diesel::insert_into(actors::table)
        .values(actor)
        .on_conflict(actors::account_id)
        .do_update()
        .set((
            actors::inbox_url.eq(&actor.inbox_url),
            actors::shared_inbox_url.eq(&actor.shared_inbox_url),
            actors::outbox_url.eq(&actor.outbox_url),
            actors::followers_url.eq(&actor.followers_url),
            actors::following_url.eq(&actor.following_url),
            actors::featured_url.eq(&actor.featured_url),
            actors::key_id.eq(&actor.key_id),
            actors::public_key_pem.eq(&actor.public_key_pem),
            actors::fetched_at.eq(actor.fetched_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes a local account's actor with its private key (PKCS#8, PEM).
pub async fn insert_local(conn: &mut Conn, actor: &Actor, private_key_pem: &str) -> QueryResult<()> {
    diesel::insert_into(actors::table)
        .values((actor, actors::private_key_pem.eq(private_key_pem)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The key id and private key (PKCS#8, PEM) of a local account.
pub async fn signing_key(conn: &mut Conn, account: AccountId) -> QueryResult<Option<(String, String)>> {
    let row: Option<(String, Option<String>)> = actors::table
        .find(account)
        .select((actors::key_id, actors::private_key_pem))
        .first(conn)
        .await
        .optional()?;
    Ok(row.and_then(|(id, key)| key.map(|key| (id, key))))
}

/// The inbox of each of these remote accounts, and the shared inbox of its host where there is one.
pub async fn inboxes_of(conn: &mut Conn, ids: &[AccountId]) -> QueryResult<Vec<(String, Option<String>)>> {
    actors::table
        .inner_join(accounts::table)
        .filter(actors::account_id.eq_any(ids))
        .filter(accounts::domain.is_not_null())
        .filter(accounts::suspended_at.is_null())
        .select((actors::inbox_url, actors::shared_inbox_url))
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Inboxes {
    #[diesel(sql_type = Text)]
    inbox_url: String,
    #[diesel(sql_type = Nullable<Text>)]
    shared_inbox_url: Option<String>,
}

/// As [`inboxes_of`], without those that `by` blocks.
pub async fn inboxes_reached(
    conn: &mut Conn,
    by: AccountId,
    ids: &[AccountId],
) -> QueryResult<Vec<(String, Option<String>)>> {
    let query = diesel::sql_query(
        "SELECT r.inbox_url, r.shared_inbox_url FROM actors r JOIN accounts a ON a.id = r.account_id \
         WHERE a.id = ANY($2) AND a.domain IS NOT NULL AND a.suspended_at IS NULL \
         AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = $1 AND b.target_account_id = a.id)",
    )
    .bind::<BigInt, _>(by)
    .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Inboxes> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.inbox_url, row.shared_inbox_url)).collect())
}

/// Which of those who did something with a status are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interacting {
    /// All of them: they have it, and may hear that it is gone.
    Ever,
    /// Those who may see it now: what it says today is for nobody else.
    AndStillWelcome,
}

/// The inboxes of the remote accounts that favourited, reblogged, quoted or answered a status, or voted in its
/// poll: what becomes of it concerns their hosts. At most 5,000.
pub async fn inboxes_of_interacting(
    conn: &mut Conn,
    status: StatusId,
    which: Interacting,
) -> QueryResult<Vec<(String, Option<String>)>> {
    let query = diesel::sql_query(concat!(
        "SELECT DISTINCT r.inbox_url, r.shared_inbox_url FROM (\
         SELECT account_id FROM favourites WHERE status_id = $1 \
         UNION SELECT account_id FROM poll_votes WHERE status_id = $1 \
         UNION SELECT account_id FROM quotes WHERE quoted_status_id = $1 \
         UNION SELECT account_id FROM statuses WHERE reblog_of_id = $1 AND deleted_at IS NULL AND NOT local \
         UNION SELECT account_id FROM statuses WHERE in_reply_to_id = $1 AND deleted_at IS NULL AND NOT local) w \
         JOIN accounts a ON a.id = w.account_id JOIN actors r ON r.account_id = a.id \
         JOIN statuses s ON s.id = $1 WHERE a.domain IS NOT NULL AND a.suspended_at IS NULL AND ($2 OR ",
        visible!("s", "w.account_id"),
        ") LIMIT 5000",
    ))
    .bind::<BigInt, _>(status)
    .bind::<Bool, _>(which == Interacting::Ever);
    let rows: Vec<Inboxes> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.inbox_url, row.shared_inbox_url)).collect())
}

/// One inbox for each host we have met, shared where there is one: where the deletion of an account goes.
pub async fn all_inboxes(conn: &mut Conn) -> QueryResult<Vec<(String, Option<String>)>> {
    actors::table
        .inner_join(accounts::table)
        .filter(accounts::domain.is_not_null())
        .distinct_on(accounts::domain)
        .select((actors::inbox_url, actors::shared_inbox_url))
        .load(conn)
        .await
}

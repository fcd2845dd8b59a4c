//! The ActivityPub side of accounts: inboxes and keys.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{accounts, actors};

use crate::Conn;
use crate::accounts::Account;
use crate::ids::AccountId;

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

/// The account whose followers collection this is.
pub async fn find_by_followers_url(conn: &mut Conn, url: &str) -> QueryResult<Option<AccountId>> {
    actors::table
        .filter(actors::followers_url.eq(url))
        .select(actors::account_id)
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

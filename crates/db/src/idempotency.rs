//! Idempotency keys: a status posted twice with one key is one status. One that is scheduled has the id of its
//! draft here until it is published.

use chrono::{Duration, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use schema::idempotency_keys;

use crate::Conn;
use crate::ids::{AccountId, DraftId, StatusId};
use crate::sql::prepared;

/// How long a key is remembered.
const KEPT: Duration = Duration::hours(1);

/// Takes a key for a status in the transaction that writes it; `Some` is the status that has it already.
///
/// Of two transactions that take the same key at once, the second waits for the first.
pub async fn take(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
    status: StatusId,
) -> QueryResult<Option<StatusId>> {
    let query = diesel::sql_query(
        "INSERT INTO idempotency_keys AS k (account_id, key, status_id) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, key) DO UPDATE SET status_id = $3, created_at = now() \
         WHERE k.created_at < now() - interval '1 hour'",
    )
    .bind::<BigInt, _>(account)
    .bind::<Text, _>(key)
    .bind::<BigInt, _>(status);
    let taken = RunQueryDsl::execute(prepared(query), conn).await?;
    if taken > 0 {
        return Ok(None);
    }
    idempotency_keys::table
        .find((account, key))
        .select(idempotency_keys::status_id)
        .first(conn)
        .await
        .optional()
}

/// The status that was posted with a key within the last hour.
pub async fn find(conn: &mut Conn, account: AccountId, key: &str) -> QueryResult<Option<StatusId>> {
    idempotency_keys::table
        .find((account, key))
        .filter(idempotency_keys::created_at.ge(Utc::now() - KEPT))
        .select(idempotency_keys::status_id)
        .first(conn)
        .await
        .optional()
}

/// The status that was published from a draft has the draft's key from now on.
pub async fn hand_over(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
    draft: DraftId,
    status: StatusId,
) -> QueryResult<()> {
    let own = idempotency_keys::table
        .find((account, key))
        .filter(idempotency_keys::status_id.eq(StatusId(draft.0)));
    diesel::update(own).set(idempotency_keys::status_id.eq(status)).execute(conn).await?;
    Ok(())
}

/// Forgets keys that are too old to matter.
pub async fn forget_old(conn: &mut Conn) -> QueryResult<usize> {
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(Utc::now() - KEPT)))
        .execute(conn)
        .await
}

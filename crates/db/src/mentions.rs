//! Who is mentioned in a status; also who else it is addressed to (`silent`).

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt};
use diesel_async::RunQueryDsl;
use schema::{accounts, mentions};

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

/// A mentioned account, as shown with a status.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "they are columns of accounts")]
pub struct MentionView {
    pub account_id: AccountId,
    pub username: String,
    pub domain: Option<String>,
    pub uri: String,
    pub url: Option<String>,
}

/// Adds mentions; those that are there stay.
pub async fn insert(
    conn: &mut Conn,
    status: StatusId,
    accounts: &[AccountId],
    silent: bool,
) -> QueryResult<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let query = diesel::sql_query(
        "INSERT INTO mentions (status_id, account_id, silent) SELECT $1, unnest($2::bigint[]), $3 \
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(accounts)
    .bind::<diesel::sql_types::Bool, _>(silent);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Everybody a status is addressed to by name, and whether silently.
pub async fn of_status(conn: &mut Conn, status: StatusId) -> QueryResult<Vec<(AccountId, bool)>> {
    mentions::table
        .filter(mentions::status_id.eq(status))
        .select((mentions::account_id, mentions::silent))
        .load(conn)
        .await
}

/// The ids and ActivityPub ids of all to whom each status is addressed by name, silently or not.
pub async fn addressees(
    conn: &mut Conn,
    ids: &[StatusId],
) -> QueryResult<HashMap<StatusId, Vec<(AccountId, String)>>> {
    let rows: Vec<(StatusId, AccountId, String)> = mentions::table
        .inner_join(accounts::table)
        .filter(mentions::status_id.eq_any(ids))
        .order((mentions::status_id, mentions::account_id))
        .select((mentions::status_id, accounts::id, accounts::uri))
        .load(conn)
        .await?;
    let mut by_status: HashMap<StatusId, Vec<(AccountId, String)>> = HashMap::new();
    for (status, account, uri) in rows {
        by_status.entry(status).or_default().push((account, uri));
    }
    Ok(by_status)
}

/// Makes mentions that are no longer in the text silent: who could read it may go on reading it.
pub async fn silence_others(conn: &mut Conn, status: StatusId, keep: &[AccountId]) -> QueryResult<()> {
    diesel::update(
        mentions::table
            .filter(mentions::status_id.eq(status))
            .filter(diesel::dsl::not(mentions::account_id.eq_any(keep))),
    )
    .set(mentions::silent.eq(true))
    .execute(conn)
    .await?;
    diesel::update(
        mentions::table.filter(mentions::status_id.eq(status)).filter(mentions::account_id.eq_any(keep)),
    )
    .set(mentions::silent.eq(false))
    .execute(conn)
    .await?;
    Ok(())
}

/// The mentions shown with each status.
pub async fn load_for(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<HashMap<StatusId, Vec<MentionView>>> {
    let rows: Vec<(StatusId, MentionView)> = mentions::table
        .inner_join(accounts::table)
        .filter(mentions::status_id.eq_any(ids))
        .filter(mentions::silent.eq(false))
        .order((mentions::status_id, mentions::account_id))
        .select((
            mentions::status_id,
            (accounts::id, accounts::username, accounts::domain, accounts::uri, accounts::url),
        ))
        .load(conn)
        .await?;
    let mut by_status: HashMap<StatusId, Vec<MentionView>> = HashMap::new();
    for (status, mention) in rows {
        by_status.entry(status).or_default().push(mention);
    }
    Ok(by_status)
}

//! News for every process, sent in the transaction that causes it and heard after its commit.

use diesel::result::QueryResult;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::sql::prepared;

/// Notifies a channel; the payload must be shorter than 8,000 bytes.
pub async fn notify(conn: &mut Conn, channel: &str, payload: &str) -> QueryResult<()> {
    let query =
        diesel::sql_query("SELECT pg_notify($1, $2)").bind::<Text, _>(channel).bind::<Text, _>(payload);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

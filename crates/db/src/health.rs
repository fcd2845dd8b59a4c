//! What an administrator and a load balancer ask the database.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::sql::prepared;

/// Asks for nothing, to see that there is an answer.
pub async fn ping(conn: &mut Conn) -> QueryResult<()> {
    RunQueryDsl::execute(prepared(diesel::sql_query("SELECT 1")), conn).await?;
    Ok(())
}

/// The server, as it describes itself.
#[derive(Clone, Debug, QueryableByName)]
pub struct Server {
    /// Its version, such as `15.18 (Debian 15.18-0+deb12u1)`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Its clock.
    #[diesel(sql_type = Timestamptz)]
    pub now: DateTime<Utc>,
}

/// Version and clock of the server.
pub async fn server(conn: &mut Conn) -> QueryResult<Server> {
    let query =
        diesel::sql_query("SELECT current_setting('server_version') AS version, clock_timestamp() AS now");
    RunQueryDsl::get_result(prepared(query), conn).await
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many deliveries wait, those of resting hosts included. Reads the whole table: for metrics.
pub async fn waiting_deliveries(conn: &mut Conn) -> QueryResult<i64> {
    let query = prepared(diesel::sql_query("SELECT count(*) AS count FROM deliveries"));
    let row: Count = RunQueryDsl::get_result(query, conn).await?;
    Ok(row.count)
}

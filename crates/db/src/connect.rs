//! Connections and pools.

use std::time::Duration;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool;

/// One connection; the caller of a query owns it and its transaction.
pub type Conn = AsyncPgConnection;
/// A bounded set of connections. Requests, inbox and jobs each have their own.
pub type Pool = deadpool::Pool<Conn>;
/// A connection lent by a [`Pool`].
pub type Pooled = deadpool::Object<Conn>;
/// Why a pool could not lend a connection.
pub type PoolError = deadpool::PoolError;

/// How long a caller waits for a connection before it is told that the server is busy.
const WAIT: Duration = Duration::from_secs(2);

/// Makes a pool; connects at first use.
///
/// `url` is a PostgreSQL URL; a socket directory is written `postgres://user@/database?host=/directory`.
pub fn pool(url: &str, size: usize) -> Result<Pool, deadpool::BuildError> {
    let manager = AsyncDieselConnectionManager::<Conn>::new(url);
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(Duration::from_secs(3)))
        .recycle_timeout(Some(WAIT))
        .runtime(::deadpool::Runtime::Tokio1)
        .build()
}

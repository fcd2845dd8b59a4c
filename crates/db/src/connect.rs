//! Connections and pools.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};

pub use crate::address::Address;

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
pub fn pool(address: &Address, size: usize) -> Result<Pool, deadpool::BuildError> {
    let mut settings = ManagerConfig::default();
    // Whether a connection was closed is known without asking the server, and asking is a round trip.
    settings.recycling_method = RecyclingMethod::Fast;
    let address = address.clone();
    settings.custom_setup = Box::new(move |_| {
        let address = address.clone();
        Box::pin(async move { establish(&address).await })
    });
    // The address is known to the setup alone: this text would be its password in the clear.
    let manager = AsyncDieselConnectionManager::<Conn>::new_with_config("", settings);
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(Duration::from_secs(3)))
        .recycle_timeout(Some(WAIT))
        .runtime(::deadpool::Runtime::Tokio1)
        .build()
}

/// Connects as diesel does, but encrypted where that is asked for, and keeps the causes when that fails:
/// "connection refused", say.
pub(crate) async fn establish(address: &Address) -> ConnectionResult<Conn> {
    let (client, connection) = address
        .config
        .connect(address.tls.clone())
        .await
        .map_err(|error| ConnectionError::BadConnection(format!("{:#}", anyhow::Error::from(error))))?;
    Conn::try_from_client_and_connection(client, connection).await
}

/// Makes a pool for work that is caused by rows which stay until it is done: its commits do not wait for the
/// disk. What a crash of PostgreSQL takes back of it is taken back in order, the removal of the cause
/// included, so that it is done again.
pub fn pool_for_jobs(address: &Address, size: usize) -> Result<Pool, deadpool::BuildError> {
    pool(&address.clone().with("synchronous_commit=off"), size)
}

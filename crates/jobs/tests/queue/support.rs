//! A database of its own for each test, with the queue's tables in it.

use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, Options};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use jobs::{CHANNEL, Listener, Pool, Runner};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;

const SCHEMA: &str = include_str!("../../../../migrations/2026-11-21-000001_create_jobs/up.sql");

/// `STOA_TEST_DATABASE_URL` names a server where databases may be made; without it there is a private one.
static SERVER: OnceCell<(String, Option<Cluster>)> = OnceCell::const_new();

async fn server_url() -> &'static str {
    let start = async {
        if let Ok(url) = std::env::var("STOA_TEST_DATABASE_URL") {
            return (url, None);
        }
        let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
        let cluster = Cluster::start(&dir, Options { durable: false }).await.unwrap();
        (cluster.url("postgres"), Some(cluster))
    };
    &SERVER.get_or_init(|| start).await.0
}

async fn administer(sql: String) {
    let (client, connection) = tokio_postgres::connect(server_url().await, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&sql).await.unwrap();
}

/// A database that goes when this value goes. Cloned contexts share it.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) pool: Pool,
    _dropped_last: Arc<Dropped>,
}

struct Dropped {
    name: String,
    server: &'static str,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        let (server, sql) = (self.server, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
                tokio::spawn(connection);
                client.batch_execute(&sql).await.unwrap();
            });
        };
        std::thread::spawn(remove).join().unwrap();
    }
}

impl Database {
    pub(crate) async fn new() -> Self {
        let name = format!("jobs_{:016x}", rand::random::<u64>());
        administer(format!("CREATE DATABASE {name}")).await;
        let server = server_url().await;
        let (address, options) = server.split_once('?').unwrap_or((server, ""));
        let url = format!("{}/{name}?{options}", address.rsplit_once('/').unwrap().0);
        let pool = pool(&url);
        let database = Self { url, pool, _dropped_last: Arc::new(Dropped { name, server }) };
        database.run(SCHEMA).await;
        database.run("CREATE TABLE effects (n BIGINT NOT NULL)").await;
        database
    }

    pub(crate) async fn conn(&self) -> Object<AsyncPgConnection> {
        self.pool.get().await.unwrap()
    }

    /// Runs statements without looking at their rows.
    pub(crate) async fn run(&self, sql: &str) {
        self.conn().await.batch_execute(sql).await.unwrap();
    }

    /// The one number that `sql` selects as `n`.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        diesel::sql_query(sql).get_result::<Row>(&mut self.conn().await).await.unwrap().n
    }

    /// Waits until the number that `sql` selects is `wanted`.
    pub(crate) async fn until(&self, sql: &str, wanted: i64) {
        let reached = async {
            while self.number(sql).await != wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(
            tokio::time::timeout(Duration::from_secs(20), reached).await.is_ok(),
            "never {wanted}: {sql}"
        );
    }

    pub(crate) fn listener(&self) -> Listener {
        Listener::new(self.url.parse().unwrap(), NoTls, &[CHANNEL])
    }
}

/// A pool of its own, as another process has one.
pub(crate) fn pool(url: &str) -> Pool {
    Pool::builder(AsyncDieselConnectionManager::new(url)).max_size(8).build().unwrap()
}

/// A runner at work, which its test may stop.
pub(crate) struct Running {
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) fn start<C: Clone + Send + Sync + 'static>(runner: Runner<C>) -> Running {
    let shutdown = CancellationToken::new();
    Running { task: tokio::spawn(runner.run(shutdown.clone())), shutdown }
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(20), self.task).await.unwrap().unwrap();
    }
}

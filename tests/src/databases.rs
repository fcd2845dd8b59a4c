//! One private PostgreSQL for all tests, and a database for each, copied from a migrated template.
//!
//! The cluster lives in the target folder and is shared by all test processes that run at a time; the last
//! one stops it (see the crate `cluster`). What a killed test left behind is removed by the next run.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cluster::Cluster;
use db::connect::Address;
use tokio::sync::OnceCell;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row};

/// What the database of a test is called: the number of its process, and its own within that.
const PREFIX: &str = "test_";
/// Held by whoever makes the template.
const LOCK: i64 = 0x7465_7374;

struct Shared {
    cluster: Cluster,
    template: String,
}

static SHARED: OnceCell<Shared> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A migrated, otherwise empty database, removed when this is dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
    /// Its address, as the settings take it.
    pub url: String,
}

impl Database {
    /// Makes one; the first in a run starts PostgreSQL and migrates the template.
    pub async fn create() -> Self {
        let shared = SHARED.get_or_init(Shared::prepare).await;
        let name = format!("{PREFIX}{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        shared.cluster.create_database(&name, Some(&shared.template)).await.expect("the template is there");
        let url = shared.cluster.url(&name);
        Self { name, url }
    }

    /// The folder of PostgreSQL's socket, whose name is `.s.PGSQL.5432`.
    pub fn socket_folder(&self) -> PathBuf {
        let (_, folder) = self.url.split_once("?host=").expect("the address names the folder");
        let folder = url::Url::parse(&format!("file://{folder}")).expect("the folder is a path");
        folder.to_file_path().expect("the folder is a path")
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection of the test's own.
    pub async fn client(&self) -> Client {
        connect(&self.url).await
    }

    /// The rows that a statement returns.
    pub async fn query(&self, statement: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        let rows = self.client().await.query(statement, parameters).await;
        rows.unwrap_or_else(|error| panic!("{statement}: {error:?}"))
    }

    /// The single number that a statement returns.
    pub async fn number(&self, statement: &str) -> i64 {
        self.query(statement, &[]).await[0].get(0)
    }

    /// Runs statements without parameters.
    pub async fn execute(&self, statements: &str) {
        let done = self.client().await.batch_execute(statements).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(shared) = SHARED.get() else { return };
        let name = std::mem::take(&mut self.name);
        // A drop cannot wait inside the test's runtime; a failure leaves work for the next run.
        let removing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let _ = runtime.map(|runtime| runtime.block_on(shared.cluster.drop_database(&name)));
        });
        let _ = removing.join();
    }
}

impl Shared {
    async fn prepare() -> Self {
        // An error says that a provider is installed, which is all that is wanted.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = target_folder().join("test-cluster");
        let cluster = Cluster::start(&folder, cluster::Options { durable: false });
        let cluster = cluster.await.unwrap_or_else(|error| panic!("no PostgreSQL for the tests: {error}"));
        let template = format!("template_{:016x}", fingerprint_of_migrations());
        let guard = connect(&cluster.url("postgres")).await;
        guard.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.expect("the lock is free in the end");
        if !cluster.has_database(&template).await.expect("the cluster answers") {
            make_template(&cluster, &guard, &template).await;
        }
        remove_leftovers(&cluster, &guard).await;
        Self { cluster, template }
    }
}

/// It gets its name when it is complete, so that a kill halfway leaves nothing that looks finished.
async fn make_template(cluster: &Cluster, guard: &Client, name: &str) {
    let unfinished = "template_unfinished";
    cluster.drop_database(unfinished).await.expect("an unfinished template can be removed");
    cluster.create_database(unfinished, None).await.expect("a template can be made");
    let address = Address::parse(&cluster.url(unfinished)).expect("the cluster has an address");
    db::migrations::run(&address).await.expect("the migrations run");
    for _ in 0..100 {
        // The connection that migrated may take a moment to end.
        if guard.batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the template could not be named");
}

/// Removes the databases of test processes that are gone.
async fn remove_leftovers(cluster: &Cluster, guard: &Client) {
    let rows = guard.query("SELECT datname::text FROM pg_database WHERE datname LIKE 'test\\_%'", &[]).await;
    for row in rows.expect("databases can be listed") {
        let name: String = row.get(0);
        let process = name.trim_start_matches(PREFIX).split('_').next().unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            // Another process may be doing the same.
            let _ = cluster.drop_database(&name).await;
        }
    }
}

fn fingerprint_of_migrations() -> u64 {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations"), &mut files);
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(&file).expect("a migration can be read").hash(&mut hasher);
    }
    hasher.finish()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the migrations are there").flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The folder of this build: a test's program is `target/debug/deps/name-hash`.
pub(crate) fn target_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(3).expect("a test's program lies three folders deep").to_owned()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QueryCounter;

    #[tokio::test(flavor = "multi_thread")]
    async fn each_test_has_a_migrated_database_of_its_own() {
        let (one, two) = tokio::join!(Database::create(), Database::create());
        one.execute("INSERT INTO tags (name, display_name) VALUES ('a', 'A')").await;
        assert_eq!(one.number("SELECT count(*) FROM tags").await, 1);
        assert_eq!(two.number("SELECT count(*) FROM tags").await, 0);
        let name = one.name().to_owned();
        drop(one);
        let left = two.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
        assert!(left.is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn queries_are_counted_on_the_wire() {
        let database = Database::create().await;
        let counter = QueryCounter::start(&database);
        let client = connect(&counter.url()).await;
        let statement = client.prepare("SELECT $1::bigint").await.expect("a statement");
        counter.take();
        for n in 0..5_i64 {
            client.query_one(&statement, &[&n]).await.expect("a row");
        }
        assert_eq!(counter.take(), 5);
        client.batch_execute("BEGIN; COMMIT").await.expect("a transaction");
        assert_eq!(counter.take(), 1);
    }
}

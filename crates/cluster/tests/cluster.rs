//! Private clusters, made for real in temporary folders.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use cluster::{Cluster, Options};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

const FAST: Options = Options { durable: false };
const DURABLE: Options = Options { durable: true };

/// A folder that the unprivileged user can reach too when root runs the tests.
fn folder() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir_in("/tmp").unwrap()
}

async fn connect(cluster: &Cluster, database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&cluster.url(database), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn answer(cluster: &Cluster, database: &str, query: &str) -> String {
    connect(cluster, database).await.query_one(query, &[]).await.unwrap().get(0)
}

/// The number in `postmaster.pid`.
fn pid(dir: &Path) -> Option<u32> {
    fs::read_to_string(dir.join("data/postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

#[tokio::test]
async fn databases_are_made_from_templates_and_survive_a_restart() {
    let (folder, started) = (folder(), Instant::now());
    let dir = folder.path().join("cluster");
    let cluster = Cluster::start(&dir, FAST).await.unwrap();
    println!("made and started in {:?}", started.elapsed());
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);

    cluster.create_database("template", None).await.unwrap();
    let template = connect(&cluster, "template").await;
    template.batch_execute("create table t (x text); insert into t values ('kept')").await.unwrap();
    drop(template);
    let odd = "odd \"name\"/ü";
    cluster.create_database(odd, Some("template")).await.unwrap();
    assert!(cluster.has_database(odd).await.unwrap());
    let twice = cluster.create_database(odd, None).await.unwrap_err().to_string();
    assert!(twice.contains("already exists"), "{twice}");
    cluster.stop().await.unwrap();
    assert_eq!(pid(&dir), None);

    let started = Instant::now();
    let cluster = Cluster::start(&dir, FAST).await.unwrap();
    println!("started again in {:?}", started.elapsed());
    assert_eq!(answer(&cluster, odd, "select x from t").await, "kept");
    cluster.drop_database(odd).await.unwrap();
    cluster.drop_database(odd).await.unwrap();
    assert!(!cluster.has_database(odd).await.unwrap());
    drop(cluster);
    assert_eq!(pid(&dir), None);
}

#[tokio::test]
async fn the_server_is_private() {
    let folder = folder();
    let cluster = Cluster::start(&folder.path().join("cluster"), FAST).await.unwrap();
    assert_eq!(answer(&cluster, "postgres", "show listen_addresses").await, "");
    assert_eq!(answer(&cluster, "postgres", "show unix_socket_permissions").await, "0700");
    assert_eq!(answer(&cluster, "postgres", "show server_encoding").await, "UTF8");
    assert_eq!(answer(&cluster, "postgres", "show fsync").await, "off");
    let data = fs::metadata(cluster.dir().join("data")).unwrap();
    assert_ne!(data.uid(), 0);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_last_user_stops_the_server() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    let (one, two) = tokio::join!(Cluster::start(&dir, FAST), Cluster::start(&dir, FAST));
    let (one, two) = (one.unwrap(), two.unwrap());
    one.stop().await.unwrap();
    assert_eq!(answer(&two, "postgres", "select 'still here'").await, "still here");
    two.stop().await.unwrap();
    assert_eq!(pid(&dir), None);
}

/// Not a test: what the process does that the tests below kill.
#[tokio::test]
#[ignore = "run by the tests of this file"]
async fn user_that_waits_for_its_end() {
    let dir = PathBuf::from(std::env::var_os("STOA_TEST_CLUSTER_DIR").unwrap());
    let cluster = Cluster::start(&dir, DURABLE).await.unwrap();
    cluster.create_database("left", None).await.unwrap();
    fs::write(dir.with_extension("ready"), "").unwrap();
    std::future::pending::<()>().await;
}

/// Starts a cluster in a process of its own and kills that.
async fn start_and_kill(dir: &Path) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "user_that_waits_for_its_end", "--ignored"])
        .env("STOA_TEST_CLUSTER_DIR", dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !dir.with_extension("ready").exists() {
        assert!(process.try_wait().unwrap().is_none(), "the process ended early");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test]
async fn a_server_whose_user_was_killed_ends_by_itself() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    start_and_kill(&dir).await;
    let killed = Instant::now();
    while pid(&dir).is_some() {
        assert!(killed.elapsed() < Duration::from_mins(1), "the server runs on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_whose_user_was_killed_is_taken_over() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    start_and_kill(&dir).await;
    let cluster = Cluster::start(&dir, DURABLE).await.unwrap();
    assert!(cluster.has_database("left").await.unwrap());
    // The watchdog of the killed process must not stop what is in use again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(cluster.has_database("left").await.unwrap());
    cluster.stop().await.unwrap();
    assert_eq!(pid(&dir), None);
}

#[tokio::test]
async fn what_was_committed_survives_a_crash_of_the_server() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    let cluster = Cluster::start(&dir, DURABLE).await.unwrap();
    cluster.create_database("kept", None).await.unwrap();
    kill(pid(&dir).unwrap());
    cluster.stop().await.unwrap();
    let cluster = Cluster::start(&dir, DURABLE).await.unwrap();
    assert!(cluster.has_database("kept").await.unwrap());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_that_names_another_process_is_no_obstacle() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    Cluster::start(&dir, FAST).await.unwrap().stop().await.unwrap();
    // Alive, and no PostgreSQL: this test.
    fs::write(dir.join("data/postmaster.pid"), format!("{}\n", std::process::id())).unwrap();
    let cluster = Cluster::start(&dir, FAST).await.unwrap();
    assert!(cluster.has_database("postgres").await.unwrap());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_that_was_cut_off_is_begun_again() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    fs::create_dir_all(dir.join("data.unfinished/base")).unwrap();
    fs::write(dir.join("data.unfinished/PG_VERSION"), "15\n").unwrap();
    let cluster = Cluster::start(&dir, FAST).await.unwrap();
    assert!(cluster.has_database("postgres").await.unwrap());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_too_long_for_a_socket_has_it_elsewhere() {
    let folder = folder();
    let dir = folder.path().join("x".repeat(100)).join("a folder, with a comma");
    let cluster = Cluster::start(&dir, FAST).await.unwrap();
    let sockets = answer(&cluster, "postgres", "show unix_socket_directories").await;
    assert!(sockets.contains("/tmp/stoa-"), "{sockets}");
    let sockets = PathBuf::from(sockets.trim_matches('"'));
    cluster.stop().await.unwrap();
    fs::remove_dir_all(sockets).unwrap();
}

#[tokio::test]
async fn data_of_a_version_that_is_not_installed_are_left_alone() {
    let folder = folder();
    let dir = folder.path().join("cluster");
    fs::create_dir_all(dir.join("data")).unwrap();
    fs::write(dir.join("data/PG_VERSION"), "9\n").unwrap();
    let sentence = Cluster::start(&dir, FAST).await.unwrap_err().to_string();
    assert!(sentence.contains("was made by PostgreSQL 9, which is not installed"), "{sentence}");
}

#[tokio::test]
async fn a_folder_out_of_reach_is_replaced_for_root() {
    let folder = folder();
    if fs::metadata(folder.path()).unwrap().uid() != 0 {
        return;
    }
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let cluster = Cluster::start(&closed.join("cluster"), FAST).await.unwrap();
    let place = cluster.dir().to_owned();
    assert!(place.starts_with("/var/lib/stoa"), "{}", place.display());
    assert_eq!(fs::canonicalize(closed.join("cluster/cluster")).unwrap(), place);
    cluster.stop().await.unwrap();
    fs::remove_dir_all(place).unwrap();
}

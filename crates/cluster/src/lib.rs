//! The private PostgreSQL of `stoa dev` and of the tests: how one is made, started, shared and stopped.
//!
//! A folder holds the whole cluster: the data (`data/`), the log (`postgres.log`), the socket and two lock
//! files. It listens on its unix socket only, and only its owner may open that. As root, the server runs as
//! `postgres` or `nobody`, because PostgreSQL refuses root.
//!
//! Several processes may use one folder at once. Each holds a shared lock on `users.lock`; who leaves last
//! stops the server. When a process is killed its locks go with it, and a watchdog of its own (a shell that
//! waits for its end) stops the server if nobody else is left. Where the program `flock` is missing there is
//! no watchdog: the server then runs on until the next [`Cluster::start`] takes it over.

mod databases;
mod error;
mod installation;
mod owner;
mod place;
mod postmaster;
mod watchdog;

pub use crate::error::Error;

use crate::installation::Installation;
use crate::owner::Owner;
use crate::place::Place;
use crate::watchdog::Watchdog;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

/// The PostgreSQL role that owns everything in a private cluster. It needs no password.
const ROLE: &str = "stoa";

/// How a cluster is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `false` for tests: nothing is flushed to disk, so a power cut may lose the cluster; many connections
    /// are allowed, and after a kill the server lingers for a few seconds for the next test.
    pub durable: bool,
}

/// A running private PostgreSQL. Dropping it (or better, awaiting [`Cluster::stop`]) stops the server,
/// unless another process uses it too.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    owner: Owner,
    installation: Installation,
    /// Holds a shared lock for as long as this value lives.
    users: Option<File>,
    watchdog: Option<Watchdog>,
}

impl Cluster {
    /// Starts the cluster in `dir`, making it first if there is none, or joins it if it is running already,
    /// be it used by another process or left over by one that was killed. Takes about a second the first
    /// time, a third of one afterwards, and returns when connections are accepted.
    ///
    /// If this is root and the unprivileged user cannot reach `dir` (it lies in `/root`, say), the cluster
    /// lives under `/var/lib/stoa` and `dir/cluster` is a link to it.
    pub async fn start(dir: &Path, options: Options) -> Result<Self, Error> {
        let dir = dir.to_owned();
        let prepared = tokio::task::spawn_blocking(move || Self::prepare(&dir, options)).await;
        let (cluster, starting) = prepared.map_err(|_| Error::Interrupted)??;
        postmaster::ensure_running(&cluster.installation, &cluster.owner, &cluster.place, options).await?;
        drop(starting);
        Ok(cluster)
    }

    /// Everything before the server: folders, locks, programs, the watchdog. Also returns the lock that
    /// keeps other processes from starting the same cluster meanwhile.
    fn prepare(dir: &Path, options: Options) -> Result<(Self, File), Error> {
        let caller = owner::current_uid()?;
        let place = Place::prepare(dir, caller)?;
        let owner = place.owner;
        let installation = Installation::find(place.data_version()?)?;
        let users = place.open_lock(&place.users_lock())?;
        users.lock_shared().map_err(Error::io("locking", &place.users_lock()))?;
        let starting = place.open_lock(&place.start_lock())?;
        starting.lock().map_err(Error::io("locking", &place.start_lock()))?;
        let watchdog = Watchdog::spawn(&installation, &owner, &place, options)?;
        Ok((Self { place, owner, installation, users: Some(users), watchdog: Some(watchdog) }, starting))
    }

    /// The address of a database, `postgres://stoa@/name?host=/socket/folder`, as tokio-postgres and psql
    /// read it. The database need not exist; `postgres` always does.
    pub fn url(&self, database: &str) -> String {
        let (database, host) =
            (percent_encoded(database.as_bytes()), percent_encoded(self.place.sockets_bytes()));
        format!("postgres://{ROLE}@/{database}?host={host}")
    }

    /// The folder the cluster lives in, which may differ from the one asked for (see [`Cluster::start`]).
    pub fn dir(&self) -> &Path {
        &self.place.dir
    }

    /// Whether there is a database of this name.
    pub async fn has_database(&self, name: &str) -> Result<bool, Error> {
        databases::exists(&self.url("postgres"), name).await
    }

    /// Makes a database, as a copy of `template` if given (about 0.1 s; nobody may be connected to it then).
    /// It is an error if there is one already.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<(), Error> {
        databases::create(&self.url("postgres"), name, template).await
    }

    /// Removes a database if it exists, ending the connections to it.
    pub async fn drop_database(&self, name: &str) -> Result<(), Error> {
        databases::drop(&self.url("postgres"), name).await
    }

    /// Leaves the cluster; the last one to leave stops the server (open transactions are rolled back, what
    /// was committed is kept) and waits until it has ended.
    pub async fn stop(mut self) -> Result<(), Error> {
        let stopped = tokio::task::spawn_blocking(move || self.leave()).await;
        stopped.map_err(|_| Error::Interrupted)?
    }

    fn leave(&mut self) -> Result<(), Error> {
        let Some(users) = self.users.take() else { return Ok(()) };
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.dismiss();
        }
        // An exclusive lock is to be had only if nobody else holds a shared one. Our own goes first, so that
        // of two that leave at once the later one gets it.
        users.unlock().map_err(Error::io("unlocking", &self.place.users_lock()))?;
        if users.try_lock().is_ok() {
            postmaster::stop(&self.installation, &self.owner, &self.place)?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; the next start takes over what is left.
        let _ = self.leave();
    }
}

fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes everything");
        }
    }
    text
}

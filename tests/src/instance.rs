//! A `stoa` process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rand::Rng;
use reqwest::StatusCode;
use tempfile::TempDir;

use crate::databases::target_folder;
use crate::{Client, Database, User};

/// Below the ports that the system gives to outgoing connections, so that a restarted instance finds its own
/// free again.
const PORTS: std::ops::Range<u16> = 10_000..32_000;
const START: Duration = Duration::from_mins(1);

/// How an instance differs from the usual one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Settings, as `("STOA_INSTANCE__REGISTRATIONS", "closed")`.
    pub settings: Vec<(&'static str, String)>,
    /// Arguments behind `serve`.
    pub arguments: Vec<&'static str>,
    /// Where the database is, if the process must not go there directly.
    pub database_url: Option<String>,
}

/// A running instance with a database of its own: development rules for federation, no rate limits, files in
/// a temporary folder. It is killed and removed when this is dropped; its log stays if the test fails.
#[derive(Debug)]
pub struct Instance {
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// `127.0.0.1:port`.
    pub domain: String,
    /// Its database.
    pub database: Database,
    options: Options,
    folder: Option<TempDir>,
    process: Option<Child>,
}

impl Instance {
    /// Starts one and waits until it is ready.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts several at once.
    pub async fn start_many<const N: usize>() -> [Self; N] {
        let starting: [_; N] = std::array::from_fn(|_| Self::start());
        let started = futures::future::join_all(starting).await;
        started.try_into().expect("as many were started as asked for")
    }

    /// Starts one that is different.
    pub async fn start_with(options: Options) -> Self {
        Self::start_on(Database::create().await, options).await
    }

    /// Starts one on a database that was made before.
    pub async fn start_on(database: Database, options: Options) -> Self {
        let domain = format!("127.0.0.1:{}", free_port());
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        let url = format!("http://{domain}");
        let mut instance = Self { url, domain, database, options, folder: Some(folder), process: None };
        instance.restart().await;
        instance
    }

    /// Starts it again after it was stopped or killed.
    pub async fn restart(&mut self) {
        assert!(self.process.is_none(), "the instance is running");
        let log = File::options().create(true).append(true).open(self.log()).expect("the log can be written");
        let mut command = self.command();
        command.arg("serve").args(&self.options.arguments);
        command.stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn().expect("the server's program can be started"));
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&mut self) {
        let (begun, client) = (Instant::now(), self.client());
        loop {
            if client.try_get("/health/ready").await.is_some_and(|answer| answer.status == StatusCode::OK) {
                return;
            }
            let process = self.process.as_mut().expect("it was just started");
            if let Some(status) = process.try_wait().expect("the process can be asked") {
                panic!("the instance ended with {status}\n{}", self.end_of_log());
            }
            assert!(begun.elapsed() < START, "the instance is not ready in time\n{}", self.end_of_log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Starts another process of the same instance: on the same database, on a port of its own.
    pub async fn beside(&self) -> Neighbour {
        let address = format!("127.0.0.1:{}", free_port());
        let log = File::options().create(true).append(true).open(self.log()).expect("the log can be written");
        let mut command = self.command();
        command.arg("serve").env("STOA_SERVER__LISTEN", &address).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().expect("the server's program can be started");
        let neighbour = Neighbour { url: format!("http://{address}"), process };
        let client = neighbour.client();
        crate::eventually("the second process is ready", async || {
            let answer = client.try_get("/health/ready").await?;
            (answer.status == StatusCode::OK).then_some(())
        })
        .await;
        neighbour
    }

    /// Kills it by SIGKILL, wherever it stands.
    pub fn kill_hard(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the process can be killed");
            process.wait().expect("the process has ended");
        }
    }

    /// Asks it to end and waits for that; returns how long it took. Panics if it did not end well.
    pub async fn stop_gracefully(&mut self) -> Duration {
        self.terminate();
        self.ended().await
    }

    /// Waits for the end that it was asked for; returns how long that took. Panics if it did not end well.
    pub async fn ended(&mut self) -> Duration {
        let begun = Instant::now();
        let mut process = self.process.take().expect("the instance is running");
        let status =
            tokio::task::spawn_blocking(move || process.wait()).await.expect("waiting does not panic");
        let status = status.expect("the process has ended");
        assert!(status.success(), "the instance ended with {status}\n{}", self.end_of_log());
        begun.elapsed()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let process = self.process.as_ref().expect("the instance is running");
        let sent = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the process could not be asked to end");
    }

    /// Runs another command of the program beside the server, such as `["account", "create", …]`.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(&[], arguments).await
    }

    /// The same with settings that differ from the instance's.
    pub async fn run_with(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::null()).envs(settings.iter().copied());
        let ran = tokio::task::spawn_blocking(move || command.output()).await;
        ran.expect("waiting does not panic").expect("the program can be started")
    }

    /// Somebody without an account.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// A new account, made through the public API.
    pub async fn user(&self, name: &str) -> User {
        User::sign_up(self, name).await
    }

    /// Makes everything that waits for its next attempt due now: deliveries and jobs.
    pub async fn retry_now(&self) {
        let statements = "UPDATE instances SET next_attempt_at = now() WHERE next_attempt_at > now(); \
             UPDATE jobs SET run_at = now() WHERE run_at > now(); \
             SELECT pg_notify('stoa_deliveries', ''), pg_notify('stoa_jobs', 'default'), \
             pg_notify('stoa_jobs', 'inbox'), pg_notify('stoa_jobs', 'push'), pg_notify('stoa_jobs', 'mail'), \
             pg_notify('stoa_jobs', 'cards')";
        self.database.execute(statements).await;
    }

    /// Everything logged so far.
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.folder().join("stoa.log")
    }

    fn folder(&self) -> &Path {
        self.folder.as_ref().expect("the folder stays until the end").path()
    }

    fn end_of_log(&self) -> String {
        let log = self.log_text();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// The program with the settings of this instance, and none of the test's own environment.
    fn command(&self) -> Command {
        let mut command = Command::new(program());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STOA_")) {
            command.env_remove(name);
        }
        let media = self.folder().join("media");
        command
            .current_dir(self.folder())
            .env("STOA_CONFIG", "/dev/null")
            .env("STOA_INSTANCE__DOMAIN", &self.domain)
            .env("STOA_SERVER__LISTEN", &self.domain)
            .env("STOA_DATABASE__URL", self.options.database_url.as_ref().unwrap_or(&self.database.url))
            .env("STOA_DATABASE__POOL_SIZE", "8")
            .env("STOA_STORAGE__PATH", media)
            .env("STOA_FEDERATION__INSECURE_DEV", "true")
            .env("STOA_RATE_LIMITS__ENABLED", "false")
            .env("STOA_METRICS__LISTEN", "")
            .env("STOA_LOG__FORMAT", "json");
        for (name, value) in &self.options.settings {
            command.env(name, value);
        }
        command
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            let kept = folder.keep();
            eprintln!("The log of {} is kept: {}", self.url, kept.join("stoa.log").display());
        }
    }
}

/// Another process of an [`Instance`], killed when this is dropped.
#[derive(Debug)]
pub struct Neighbour {
    url: String,
    process: Child,
}

impl Neighbour {
    /// Somebody without an account, who asks this process.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// The same person, who asks this process.
    pub fn user(&self, user: &User) -> User {
        User { client: self.client().with_token(&user.token), ..user.clone() }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server: the one named by `STOA_TEST_BIN`, else the one built beside this test.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("STOA_TEST_BIN") {
        return path.into();
    }
    let exe = std::env::current_exe().expect("a program knows where it is");
    let profile = exe.ancestors().nth(2).expect("a test's program lies in deps").to_owned();
    let path = profile.join("stoa");
    assert!(
        path.exists(),
        "there is no server at {} (target folder {}); build it with: cargo build --bin stoa",
        path.display(),
        target_folder().display()
    );
    path
}

/// A port of loopback that nobody uses.
pub(crate) fn free_port() -> u16 {
    let mut random = rand::rng();
    (0..1000)
        .map(|_| random.random_range(PORTS))
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of a thousand ports is free")
}

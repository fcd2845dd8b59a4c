//! What is measured: PostgreSQL, the server, and the people who have accounts there.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cluster::Cluster;
use tempfile::TempDir;
use tests::Client;
use tokio::time::sleep;
use tokio_postgres::NoTls;

use crate::processes::{Cpu, Memory, Processes};
use crate::remote::Remotes;
use crate::{data, machine};

/// Where the server's program is, if not in the target folder.
const PROGRAM: &str = "STOA_BENCH_BIN";
const DATABASE: &str = "bench";
const PASSWORD: &str = "correct horse battery";
/// How long no processor time may be used until all is taken to be done.
const QUIET: Duration = Duration::from_millis(300);
/// How long one batch may take to settle, or the server to start.
const PATIENCE: Duration = Duration::from_secs(30);
const STARTS: usize = 3;

/// Everything that runs, ended when this is dropped.
pub(crate) struct Stand {
    server: Server,
    cluster: Cluster,
    postmaster: u32,
    client: tokio_postgres::Client,
    pub(crate) remotes: Remotes,
    /// Somebody without a token.
    pub(crate) nobody: Client,
    /// Somebody for each of [`data::PEOPLE`], in that order.
    pub(crate) people: Vec<Client>,
    /// The statuses that [`data::THREADS`] begin with.
    pub(crate) roots: [i64; 2],
    folder: TempDir,
}

/// An idle server.
pub(crate) struct Idle {
    pub(crate) memory: Memory,
    /// Processor time in one second.
    pub(crate) cpu: Cpu,
}

impl Stand {
    /// Makes a database, fills it, and gets everything ready; the server does not run yet.
    pub(crate) async fn build() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(target_folder()?)?;
        let cluster =
            Cluster::start(&folder.path().join("postgres"), cluster::Options { durable: true }).await?;
        cluster.create_database(DATABASE, None).await?;
        let url = cluster.url(DATABASE);
        let postmaster = std::fs::read_to_string(cluster.dir().join("data/postmaster.pid"))?;
        let postmaster = postmaster.lines().next().unwrap_or_default().trim().parse()?;
        let remotes = Remotes::start().await?;
        let server = Server::new(&url, folder.path())?;
        server.run(&["migrate"])?;
        let mut people = Vec::new();
        for name in data::PEOPLE {
            let email = format!("{name}@example.org");
            server.run(&[
                "account",
                "create",
                name,
                "--email",
                &email,
                "--password",
                PASSWORD,
                "--confirmed",
            ])?;
            let token = server.run(&["token", "create", name])?;
            people.push(Client::new(&server.url).with_token(token.trim()));
        }
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(connection);
        let roots = data::fill(&client, &remotes).await.context("the database could not be filled")?;
        let nobody = Client::new(&server.url);
        Ok(Self { server, cluster, postmaster, client, remotes, nobody, people, roots, folder })
    }

    /// The server's address.
    pub(crate) fn url(&self) -> &str {
        &self.server.url
    }

    /// Starts the server, says how it is reached, and waits for Ctrl+C.
    pub(crate) async fn hold(&mut self) -> Result<()> {
        self.server.start().await?;
        let processes = self.processes()?;
        println!("server {} (process {}), PostgreSQL {}", self.url(), processes.server, processes.postmaster);
        println!("database {}", self.cluster.url(DATABASE));
        for (name, client) in data::PEOPLE.iter().zip(&self.people) {
            println!("token of {name}: {}", client.token().unwrap_or_default());
        }
        println!("statuses with replies: {:?}", self.roots);
        println!("an author elsewhere: writer7@{}", self.remotes.writer_host(7));
        Ok(tokio::signal::ctrl_c().await?)
    }

    /// How long the server takes from its start until it is ready, several times; it runs afterwards.
    pub(crate) async fn time_starts(&mut self) -> Result<Vec<Duration>> {
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            self.server.stop().await?;
            let begun = Instant::now();
            self.server.start().await?;
            starts.push(begun.elapsed());
        }
        Ok(starts)
    }

    /// Waits until nothing happens any more, and measures that.
    pub(crate) async fn idle(&self) -> Result<Idle> {
        let before = self.settled().await?;
        sleep(Duration::from_secs(3)).await;
        let used = self.processes()?.cpu()? - before;
        let cpu = Cpu { server: used.server / 3, database: used.database / 3 };
        Ok(Idle { memory: self.processes()?.memory()?, cpu })
    }

    pub(crate) fn processes(&self) -> Result<Processes> {
        let server = self.server.process.as_ref().context("the server does not run")?.id();
        Ok(Processes { server, postmaster: self.postmaster })
    }

    /// Waits until what was begun in the background is done, and returns the processor time used so far.
    pub(crate) async fn settled(&self) -> Result<Cpu> {
        let begun = Instant::now();
        loop {
            let used = self.quiet(begun).await?;
            if self.waiting().await? == 0 {
                return Ok(used);
            }
            if begun.elapsed() > PATIENCE {
                bail!("after {PATIENCE:?} there is still work in the background: {}", self.backlog().await?);
            }
        }
    }

    async fn quiet(&self, begun: Instant) -> Result<Cpu> {
        let mut last = self.processes()?.cpu()?;
        let mut since = Instant::now();
        while since.elapsed() < QUIET && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(25)).await;
            let now = self.processes()?.cpu()?;
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        Ok(last)
    }

    /// Jobs that are due, and deliveries.
    async fn waiting(&self) -> Result<i64> {
        self.number(
            "SELECT (SELECT count(*) FROM jobs WHERE run_at <= now()) + (SELECT count(*) FROM deliveries)",
        )
        .await
    }

    async fn backlog(&self) -> Result<String> {
        let rows = self.client.query("SELECT kind, max(last_error) FROM jobs GROUP BY kind", &[]).await?;
        let kinds = rows.iter().map(|row| {
            let error: Option<String> = row.get(1);
            format!("{} {}", row.get::<_, String>(0), error.unwrap_or_default())
        });
        Ok(kinds.collect::<Vec<_>>().join(", "))
    }

    /// The single number that a statement returns.
    pub(crate) async fn number(&self, statement: &str) -> Result<i64> {
        Ok(self.client.query_one(statement, &[]).await?.get(0))
    }

    /// Runs statements.
    pub(crate) async fn execute(&self, statements: &str) -> Result<()> {
        Ok(self.client.batch_execute(statements).await?)
    }

    /// Machine, database and program.
    pub(crate) async fn describe(&self) -> Result<Vec<String>> {
        let mut lines = machine::describe(&self.client).await?;
        let version = self.server.run(&["--version"])?;
        let data = "a reader follows 50 accounts on 50 hosts with 2,000 statuses of 24 words";
        lines.push(format!("{}; {data}", version.trim()));
        Ok(lines)
    }

    /// Stops everything in order and removes what was written.
    pub(crate) async fn end(mut self) -> Result<()> {
        self.server.stop().await?;
        drop(self.client);
        let place = self.cluster.dir().to_owned();
        self.cluster.stop().await?;
        if !place.starts_with(self.folder.path()) {
            // PostgreSQL's user may not be able to reach the target folder.
            std::fs::remove_dir_all(&place)?;
        }
        Ok(self.folder.close()?)
    }
}

/// `stoa serve`.
struct Server {
    program: PathBuf,
    /// `http://127.0.0.1:port`.
    url: String,
    domain: String,
    database: String,
    folder: PathBuf,
    process: Option<Child>,
}

impl Server {
    fn new(database: &str, folder: &Path) -> Result<Self> {
        let program = match std::env::var_os(PROGRAM) {
            Some(path) => PathBuf::from(path),
            None => target_folder()?.join("release/stoa"),
        };
        if !program.is_file() {
            bail!("{} is missing; build it with: cargo build --release --bin stoa", program.display());
        }
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let domain = format!("127.0.0.1:{port}");
        let program = program.canonicalize()?;
        let (database, folder) = (database.to_owned(), folder.to_owned());
        Ok(Self { program, url: format!("http://{domain}"), domain, database, folder, process: None })
    }

    /// Default settings as far as loopback allows, and none of this program's own environment.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STOA_")) {
            command.env_remove(name);
        }
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env("STOA_CONFIG", "/dev/null")
            .env("STOA_INSTANCE__DOMAIN", &self.domain)
            .env("STOA_SERVER__LISTEN", &self.domain)
            .env("STOA_DATABASE__URL", &self.database)
            .env("STOA_STORAGE__PATH", self.folder.join("media"))
            .env("STOA_FEDERATION__INSECURE_DEV", "true")
            .env("STOA_RATE_LIMITS__ENABLED", "false")
            .env("STOA_METRICS__LISTEN", "")
            .env("STOA_LOG__FORMAT", "json");
        command
    }

    /// Runs a command beside the server and returns what it prints.
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command().args(arguments).output()?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("stoa {} failed: {}", arguments.join(" "), complaint.trim());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts it and returns when it is ready.
    async fn start(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.join("stoa.log"))?;
        let started = self.command().arg("serve").stdout(Stdio::null()).stderr(log).spawn();
        let mut process = started.context("the server cannot be started")?;
        let (client, begun) = (Client::new(&self.url), Instant::now());
        loop {
            if client.try_get("/health/ready").await.is_some_and(|answer| answer.status.is_success()) {
                self.process = Some(process);
                return Ok(());
            }
            let ended = process.try_wait()?;
            if ended.is_some() || begun.elapsed() > PATIENCE {
                let _ = process.kill();
                let _ = process.wait();
                let log = std::fs::read_to_string(self.folder.join("stoa.log")).unwrap_or_default();
                bail!("the server did not start: {}", log.lines().last().unwrap_or_default());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Asks it to end and waits for that.
    async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        let asked = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            process.kill()?;
        }
        tokio::task::spawn_blocking(move || process.wait()).await??;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// This program is `target/release/bench`.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).context("this program lies in no target folder")?.to_owned())
}

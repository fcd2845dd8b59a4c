//! `stoa doctor`: whether everything is as it should be, and what to do where it is not.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use chrono::Utc;
use config::Config;
use db::Conn;
use services::{App, Urls};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use url::Url;

use crate::settings::Settings;
use crate::{logging, wiring};

/// For each thing that is asked over a wire.
const PATIENCE: Duration = Duration::from_secs(10);
/// Beyond this, other servers begin to refuse our signatures.
const MAX_CLOCK_OFFSET: f64 = 30.0;
const MAX_WEBFINGER: usize = 64 * 1024;

/// Prints a line for each check, and fails if one of them does.
pub(crate) async fn run(settings: Settings) -> Result<ExitCode> {
    logging::start_quietly(&settings.config.log);
    let mut report = Report { failed: 0 };
    check(&settings.config, &mut report).await?;
    settings.close().await?;
    if report.failed == 0 {
        println!("Everything is in order");
        return Ok(ExitCode::SUCCESS);
    }
    println!("To be looked at: {}", report.failed);
    Ok(ExitCode::FAILURE)
}

async fn check(config: &Config, report: &mut Report) -> Result<()> {
    report.line("settings", Ok(settings(config)));
    let app = wiring::app(config.clone(), wiring::COMMAND_CONNECTIONS)?;
    match app.pool.get().await.context("does not answer; start PostgreSQL and compare database.url") {
        Ok(mut conn) => {
            report.line("database", version(&mut conn).await);
            report.line("migrations", migrations(config).await);
            report.line("clock", clock(&mut conn).await);
        }
        Err(error) => report.line("database", Err(error)),
    }
    report.line("storage", storage(&app).await);
    report.line("search", search(config).await);
    if let Some(url) = &config.redis.url {
        report.line("redis", within(redis(url.expose())).await);
    }
    report.line("public address", public_address(config).await);
    Ok(())
}

struct Report {
    failed: usize,
}

impl Report {
    fn line(&mut self, what: &str, outcome: Result<String>) {
        match outcome {
            Ok(found) => println!("ok    {what}: {found}"),
            Err(error) => {
                self.failed += 1;
                println!("FAIL  {what}: {error:#}");
            }
        }
    }
}

/// That they are valid was seen when they were read.
fn settings(config: &Config) -> String {
    let mut found = format!("{}, reached at {}", config.instance.domain, config.origin());
    if config.federation.insecure_dev {
        found.push_str(" (federation.insecure_dev is on: for development only)");
    }
    found
}

async fn version(conn: &mut Conn) -> Result<String> {
    Ok(format!("PostgreSQL {}", db::health::server(conn).await?.version))
}

async fn migrations(config: &Config) -> Result<String> {
    let pending = db::migrations::pending(config.database_url()?.expose()).await?;
    ensure!(!pending, "the tables are older than this program; run: stoa migrate");
    Ok("the tables are up to date".to_owned())
}

async fn clock(conn: &mut Conn) -> Result<String> {
    let before = Utc::now();
    let theirs = db::health::server(conn).await?.now;
    let ours = before + (Utc::now() - before) / 2;
    let offset = (ours - theirs).as_seconds_f64();
    ensure!(
        offset.abs() <= MAX_CLOCK_OFFSET,
        "differs by {offset:.0} s from the database's; let both machines take their time by NTP"
    );
    Ok(format!("{offset:+.3} s against the database's"))
}

async fn storage(app: &App) -> Result<String> {
    let path = app.config.storage.path.display();
    app.media.check().await.with_context(|| format!("storage.path: {path} is not writable for this user"))?;
    Ok(format!("files can be written below {path}"))
}

async fn search(config: &Config) -> Result<String> {
    let Some(url) = &config.search.meilisearch_url else { return Ok("by PostgreSQL".to_owned()) };
    within(meilisearch(url)).await.context("search.meilisearch_url: start Meilisearch, or unset the key")
}

/// Asks for its health (<https://www.meilisearch.com/docs/reference/api/health>). Its address is the
/// administrator's own and often private, so this does not go through the guard of `fetch`.
async fn meilisearch(url: &Url) -> Result<String> {
    let host = url.host_str().context("has no host")?;
    let port = url.port_or_known_default().context("has no port")?;
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    if url.scheme() == "https" {
        return Ok("Meilisearch accepts connections".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let request = format!("GET {path}/health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    let answer = ask(&mut stream, &request, "\n").await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "something else answers there: {}", answer.trim());
    Ok("by Meilisearch".to_owned())
}

/// Any answer to a PING will do: one that asks for a password is Redis, too.
async fn redis(url: &str) -> Result<String> {
    let answer = match Url::parse(url)? {
        url if url.scheme().ends_with("unix") => {
            ask(&mut UnixStream::connect(url.path()).await?, "PING\r\n", "\n").await?
        }
        url => {
            let host = url.host_str().unwrap_or("127.0.0.1").trim_matches(['[', ']']).to_owned();
            let mut stream = TcpStream::connect((host, url.port().unwrap_or(6379))).await?;
            if url.scheme() == "rediss" {
                return Ok("accepts connections".to_owned());
            }
            ask(&mut stream, "PING\r\n", "\n").await?
        }
    };
    ensure!(
        answer.starts_with("+PONG") || answer.starts_with("-NOAUTH"),
        "redis.url: something else answers there"
    );
    Ok("answers".to_owned())
}

/// Sends a text and reads up to `end`, or 4 KiB.
async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    question: &str,
    end: &str,
) -> Result<String> {
    stream.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut chunk = [0; 512];
    while answer.len() < 4096 && !answer.ends_with(end.as_bytes()) {
        let count = stream.read(&mut chunk).await?;
        if count == 0 {
            break;
        }
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if answer.windows(end.len()).any(|window| window == end.as_bytes()) {
            break;
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// Asks as another server would: by WebFinger (RFC 7033), for the instance's own actor.
async fn public_address(config: &Config) -> Result<String> {
    let (origin, actor) = (config.origin(), Urls::new(config).actor(db::accounts::INSTANCE_ACTOR));
    let mut address = config.public_url();
    address.set_path("/.well-known/webfinger");
    address.query_pairs_mut().append_pair("resource", &actor);
    let client = wiring::client(config)?;
    let address = client.check(&address).context("other instances would refuse this address")?;
    let document = client.get_json(&address, "application/jrd+json", MAX_WEBFINGER).await.with_context(|| {
        format!("{origin} does not answer as other instances need it; is `stoa serve` running, and does the proxy reach it?")
    })?;
    let links = document.body.get("links").and_then(|links| links.as_array()).into_iter().flatten();
    let is_ours = links.into_iter().any(|link| link.get("href").is_some_and(|href| *href == actor));
    ensure!(is_ours, "{origin} is another instance, or its proxy answers WebFinger itself");
    Ok(format!("{origin} answers WebFinger"))
}

async fn within<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| bail!("no answer within {PATIENCE:?}"))
}

//! `stoa doctor`: whether everything is as it should be, and what to do where it is not.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use config::Config;
use db::Conn;
use services::{App, Urls};
use streaming::Counters;

use crate::settings::Settings;
use crate::{logging, wiring};

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
    report.line("mail", mail(config).await);
    report.line("search", search(&app).await);
    if let Some(counters) = wiring::counters(config)? {
        report.line("redis", redis(&counters).await);
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
    let (key, place) = wiring::place(&app.config.storage);
    app.media.check().await.with_context(|| format!("{key}: nothing can be written {place}"))?;
    Ok(format!("files can be written {place}"))
}

async fn mail(config: &Config) -> Result<String> {
    let works = worker::Mailer::new(config)?.check().await.context("look at mail.smtp_url")?;
    Ok(if works { "the mail server answers" } else { "no letters are sent: mail.smtp_url is not set" }
        .to_owned())
}

async fn search(app: &App) -> Result<String> {
    let Some(engine) = &app.search else { return Ok("by PostgreSQL".to_owned()) };
    engine
        .ping()
        .await
        .context("search.meilisearch_url: no answer; until there is one, PostgreSQL searches")?;
    Ok("by Meilisearch".to_owned())
}

async fn redis(counters: &Counters) -> Result<String> {
    counters
        .ping()
        .await
        .context("redis.url: no answer; until there is one, each process counts by itself")?;
    Ok("answers".to_owned())
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

//! `stoa doctor`: whether everything is as it should be, and what to do where it is not.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use config::Config;
use db::Conn;
use db::connect::Address;
use services::Urls;
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
    match wiring::address(config) {
        Ok(address) => database(&address, report).await?,
        Err(error) => report.line("database", Err(error.into())),
    }
    report.line("storage", storage(config).await);
    report.line("mail", mail(config).await);
    report.line("search", search(config).await);
    match wiring::counters(config) {
        Ok(None) => {}
        Ok(Some(counters)) => report.line("redis", redis(&counters).await),
        Err(error) => report.line("redis", Err(error.into())),
    }
    let found = public_address(config).await;
    let answers = found.is_ok();
    report.line("public address", found);
    if answers {
        report.line("public clock", public_clock(config).await);
    }
    Ok(())
}

async fn database(address: &Address, report: &mut Report) -> Result<()> {
    let pool = db::connect::pool(address, 1)?;
    match pool.get().await.context("does not answer; start PostgreSQL and compare database.url") {
        Ok(mut conn) => {
            report.line("database", version(&mut conn).await);
            report.line("migrations", migrations(address).await);
            report.line("clock", clock(&mut conn).await);
        }
        Err(error) => report.line("database", Err(error)),
    }
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

async fn migrations(address: &Address) -> Result<String> {
    let pending = db::migrations::pending(address).await?;
    ensure!(!pending, "the tables are older than this program; run: stoa migrate");
    Ok("the tables are up to date".to_owned())
}

async fn clock(conn: &mut Conn) -> Result<String> {
    let before = Utc::now();
    let theirs = db::health::server(conn).await?.now;
    let ours = before + (Utc::now() - before) / 2;
    within((ours - theirs).as_seconds_f64(), "the database's")
}

/// How far our clock is before, or behind, another one, if that is not too far.
fn within(offset: f64, whose: &str) -> Result<String> {
    ensure!(
        offset.abs() <= MAX_CLOCK_OFFSET,
        "differs by {offset:.0} s from {whose}; let both machines take their time by NTP"
    );
    Ok(format!("{offset:+.3} s against {whose}"))
}

async fn storage(config: &Config) -> Result<String> {
    let (key, place) = wiring::place(&config.storage);
    let store = wiring::store(&config.storage);
    store.check().await.with_context(|| format!("{key}: nothing can be written {place}"))?;
    Ok(format!("files can be written {place}"))
}

async fn mail(config: &Config) -> Result<String> {
    let works = worker::Mailer::new(config)?.check().await.context("look at mail.smtp_url")?;
    Ok(if works { "the mail server answers" } else { "no letters are sent: mail.smtp_url is not set" }
        .to_owned())
}

async fn search(config: &Config) -> Result<String> {
    let Some(engine) = wiring::search(config)? else { return Ok("by PostgreSQL".to_owned()) };
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

/// Compares our clock with that of whoever answers at the public address, by the `Date` of the answer: the proxy's,
/// where one stands before us, or again our own. Its seconds are whole.
async fn public_clock(config: &Config) -> Result<String> {
    let client = wiring::client(config)?;
    let address = client.check(&config.public_url())?;
    let before = Utc::now();
    let Some(theirs) = client.clock_at(&address).await? else {
        return Ok("whoever answers there does not tell the time".to_owned());
    };
    let ours = before + (Utc::now() - before) / 2;
    let offset = (ours - DateTime::<Utc>::from(theirs)).as_seconds_f64();
    within(offset, &format!("that of whoever answers at {}", config.origin()))
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

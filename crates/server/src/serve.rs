//! `stoa serve` and `stoa migrate`: starting in order, ending in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::middleware::from_fn_with_state;
use config::Config;
use services::App;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::health::Health;
use crate::http::Surroundings;
use crate::settings::Settings;
use crate::wiring::Parts;
use crate::{health, http, listen, logging, metrics, shutdown, wiring};

/// How long the database may take to appear: it often starts together with us.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs until it is asked to end.
pub(crate) async fn run(config: Config) -> Result<()> {
    logging::start(&config.log)?;
    let shutdown = shutdown::on_signal()?;
    until(config, shutdown, || {}).await
}

/// Runs until `shutdown`; calls `ready` when requests are answered.
pub(crate) async fn until(config: Config, shutdown: CancellationToken, ready: impl FnOnce()) -> Result<()> {
    // Before the long wait for the database: its certificates may be wrong.
    wiring::client(&config)?;
    let recorder = metrics::install(&config)?;
    if shutdown.run_until_cancelled(reach_database(&config)).await.transpose()?.is_none() {
        return Ok(());
    }
    let ran = wiring::migrate(&config).await?;
    for name in &ran {
        info!("The migration {name} has run");
    }
    let role = config.server.role;
    let parts = Parts::new(config.clone())?;
    wiring::prepare(&parts.app).await?;
    prepare_search(&parts.app).await;
    let health = Health::new(parts.app.pool.clone(), Arc::clone(&parts.app.media), parts.counters.clone());
    let mut tasks = JoinSet::new();
    if let Some((address, recorder)) = recorder {
        let socket = bind(address, "metrics.listen").await?;
        let routes = metrics::router(recorder, parts.pools(), parts.app.hub.clone())
            .merge(health::router(health.clone()));
        // Answers until the very end.
        tokio::spawn(async move { axum::serve(socket, routes).await });
    }
    if role.is_web() {
        let socket = bind(config.server.listen, "server.listen").await?;
        let routes = routes(&parts, health.clone());
        let around = Surroundings::new(&config, health.clone());
        let routes = http::surround(routes, &config, parts.counters.clone(), around.clone());
        let streams = &parts.streams;
        let state = api::ApiState::new(streams.app.clone(), Arc::new(streams.clone()));
        // Tells until the very end.
        tokio::spawn(api::tell(state, parts.app.hub.news()));
        tasks.spawn(listen::serve(socket, routes, around, health, shutdown.clone()));
    }
    info!("Stoa {} answers at {} (role {role})", env!("CARGO_PKG_VERSION"), config.origin());
    ready();
    background(&parts, role.is_worker(), &shutdown, &mut tasks).await;
    Ok(())
}

/// `stoa migrate`.
pub(crate) async fn migrate(settings: Settings) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let ran = wiring::migrate(&settings.config).await?;
    for name in &ran {
        println!("{name} has run");
    }
    if ran.is_empty() {
        println!("The database is up to date");
    }
    settings.close().await
}

/// Runs what happens beside the requests, if this process does that, and waits for the end of everything.
async fn background(parts: &Parts, is_worker: bool, shutdown: &CancellationToken, tasks: &mut JoinSet<()>) {
    let working = async {
        if is_worker {
            let background = parts.background.clone();
            let worker = worker::Parts {
                app: background.app.clone(),
                federation: background.clone(),
                mailer: parts.mailer.clone(),
            };
            tokio::join!(
                // Both are large, and live as long as the process.
                Box::pin(worker::run(worker, &parts.listener, shutdown.clone())),
                Box::pin(federation::delivery::run(background, &parts.listener, shutdown.clone())),
            );
        }
        shutdown.cancelled().await;
    };
    let answering = async {
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                warn!("A part of the server broke off: {error}");
                shutdown.cancel();
            }
        }
    };
    let everything = async { tokio::join!(working, answering) };
    let overdue = async {
        shutdown.cancelled().await;
        // A moment more than each part gives itself.
        sleep(listen::GRACE + Duration::from_secs(2)).await;
    };
    tokio::select! {
        ((), ()) = everything => info!("Everything has ended in order"),
        () = overdue => warn!("Not everything has ended in time; what is left is broken off"),
    }
}

/// One tree of routes. At the addresses of people's pages federation is asked first; what nobody knows is a
/// page, too, and below `/api` it is JSON.
fn routes(parts: &Parts, health: Health) -> Router {
    let resolver = Arc::new(parts.federation.clone());
    let pages = web::router(web::WebState { app: parts.app.clone(), resolver: resolver.clone() });
    api::router(api::ApiState::new(parts.app.clone(), resolver))
        .merge(federation::router(parts.inbox.clone()))
        .merge(pages.layer(from_fn_with_state(parts.federation.clone(), federation::negotiate)))
        .merge(health::router(health))
}

async fn bind(address: std::net::SocketAddr, key: &str) -> Result<TcpListener, config::Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| config::Error::key(key, format!("cannot listen at {address}: {error}")))
}

/// Tells Meilisearch, where there is one, what its indexes are like. Without an answer the server starts all the
/// same: PostgreSQL searches until there is one.
async fn prepare_search(app: &App) {
    if let Some(engine) = &app.search
        && let Err(error) = engine.prepare().await
    {
        warn!("search.meilisearch_url: {error}; PostgreSQL searches until it answers");
    }
}

/// Waits for the database, with a line of log while it does not answer.
async fn reach_database(config: &Config) -> Result<()> {
    let pool = db::connect::pool(&wiring::address(config)?, 1)?;
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(250);
    loop {
        let problem = match pool.get().await {
            Ok(mut conn) => match db::health::ping(&mut conn).await {
                Ok(()) => return Ok(()),
                Err(error) => anyhow::Error::from(error),
            },
            Err(error) => error.into(),
        };
        if Instant::now() + pause > deadline {
            return Err(problem.context("database.url: the database does not answer; is it running?"));
        }
        warn!("database.url: the database does not answer yet, trying again: {problem}");
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

//! How the parts are put together.

use std::sync::Arc;

use anyhow::{Context, Result};
use config::Config;
use db::Pool;
use federation::Federation;
use jobs::{Listener, Notice};
use services::keys::Keyring;
use services::numbers::Numbers;
use services::{App, Urls};
use streaming::{Feeds, Hub};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Connections of a command, which does one thing after the other.
pub(crate) const COMMAND_CONNECTIONS: usize = 2;
/// Connections that the gate of the inbox uses: a flood from elsewhere must not starve people here.
const INBOX_CONNECTIONS: usize = 4;
/// Connections beside those of the workers: the runner's own, the delivery engine's, schedules.
const SPARE_CONNECTIONS: usize = 6;
/// Home feeds kept in memory, of 800 ids each at most.
const CACHED_FEEDS: u64 = 10_000;
/// The channel that announces deliveries.
const DELIVERIES: &str = "stoa_deliveries";

/// Everything that a server consists of.
pub(crate) struct Parts {
    /// With the connections for requests.
    pub(crate) app: App,
    /// For the client API: looks things up elsewhere with the connections for requests.
    pub(crate) federation: Federation,
    /// For the inbox, with connections of its own.
    pub(crate) inbox: Federation,
    /// For the workers, with connections of their own.
    pub(crate) background: Federation,
    /// What happens in the database.
    pub(crate) listener: Listener,
}

impl Parts {
    /// Connects nothing yet, except the listener.
    pub(crate) fn new(config: Config) -> Result<Self> {
        let url = config.database_url()?.expose().to_owned();
        let jobs = &config.jobs;
        let workers = jobs.workers + jobs.inbox_workers + SPARE_CONNECTIONS;
        let app = app(config.clone(), config.database.pool_size.try_into()?)?;
        let federation = Federation::new(app.clone(), client(&config)?);
        let inbox = with_pool(&federation, db::connect::pool(&url, INBOX_CONNECTIONS)?);
        let background = with_pool(&federation, db::connect::pool_for_jobs(&url, workers)?);
        let listener = Listener::new(&url, &[jobs::CHANNEL, DELIVERIES, streaming::CHANNEL])?;
        tokio::spawn(hear(app.hub.clone(), listener.subscribe()));
        Ok(Self { app, federation, inbox, background, listener })
    }

    /// The pools by name, for the metrics.
    pub(crate) fn pools(&self) -> [(&'static str, Pool); 3] {
        let pool = |federation: &Federation| federation.app.pool.clone();
        [("requests", self.app.pool.clone()), ("inbox", pool(&self.inbox)), ("jobs", pool(&self.background))]
    }
}

/// What use cases need, with that many connections.
pub(crate) fn app(config: Config, connections: usize) -> Result<App> {
    let pool = db::connect::pool(config.database_url()?.expose(), connections)?;
    let hub = Hub::new(Feeds::new(CACHED_FEEDS));
    // The other kind of storage was refused when the settings were read.
    let media = Arc::new(media::Disk::new(&config.storage.path));
    let urls = Arc::new(Urls::new(&config));
    let (numbers, keys) = (Numbers::default(), Keyring::default());
    Ok(App { config: Arc::new(config), pool, urls, media, hub, numbers, keys })
}

/// The parts of a command that changes something, on a database that is up to date.
pub(crate) async fn command_app(config: &Config) -> Result<App> {
    migrate(config).await?;
    let app = app(config.clone(), COMMAND_CONNECTIONS)?;
    prepare_identity(&app).await?;
    Ok(app)
}

/// What must be so before the first request: the database belongs to this domain, and files can be kept.
pub(crate) async fn prepare(app: &App) -> Result<()> {
    prepare_identity(app).await?;
    if let Err(error) = app.media.check().await {
        let path = app.config.storage.path.display();
        let problem = format!("files cannot be kept below {path}: {:#}", anyhow::Error::from(error));
        return Err(config::Error::key("storage.path", problem).into());
    }
    Ok(())
}

async fn prepare_identity(app: &App) -> Result<()> {
    services::instance::prepare(app).await.map_err(|error| match error {
        // For whoever starts the program, the cause is what matters.
        services::Error::Internal(cause) => cause,
        other => other.into(),
    })
}

/// The way out.
pub(crate) fn client(config: &Config) -> Result<fetch::Client> {
    let settings = fetch::Settings {
        user_agent: format!("Stoa/{} (+{}/)", env!("CARGO_PKG_VERSION"), config.origin()),
        insecure_dev: config.federation.insecure_dev,
        extra_ca_file: config.federation.extra_ca_file.clone(),
    };
    let key = "federation.extra_ca_file";
    fetch::Client::new(settings).map_err(|error| match (&config.federation.extra_ca_file, error) {
        (Some(_), fetch::Error::Setup(problem)) => config::Error::key(key, problem).into(),
        (_, error) => error.into(),
    })
}

fn with_pool(federation: &Federation, pool: Pool) -> Federation {
    let mut other = federation.clone();
    other.app = federation.app.with_pool(pool);
    other
}

/// Hands what is heard on the bus to the hub.
async fn hear(hub: Hub, mut notices: Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::Notification { channel, payload }) if channel == streaming::CHANNEL => {
                hub.hear(&payload);
            }
            Ok(Notice::Notification { .. }) => {}
            Ok(Notice::Listening) | Err(RecvError::Lagged(_)) => hub.missed(),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Brings the tables up to date.
pub(crate) async fn migrate(config: &Config) -> Result<Vec<String>> {
    db::migrations::run(config.database_url()?.expose())
        .await
        .context("the database could not be prepared (see database.url)")
}

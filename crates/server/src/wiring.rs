//! How the parts are put together.

use std::sync::Arc;

use anyhow::{Context, Result};
use config::{Config, Secret, Storage, StorageKind};
use db::Pool;
use db::connect::Address;
use federation::Federation;
use jobs::{Listener, Notice};
use search::Meilisearch;
use services::keys::Keyring;
use services::numbers::Numbers;
use services::{App, Urls};
use streaming::{Counters, Feeds, Hub};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Connections of a command, which does one thing after the other.
pub(crate) const COMMAND_CONNECTIONS: usize = 2;
/// Connections that the gate of the inbox uses: a flood from elsewhere must not starve people here.
const INBOX_CONNECTIONS: usize = 4;
/// Connections beside those of the workers: the runner's own, the delivery engine's, schedules, letters.
const SPARE_CONNECTIONS: usize = 8;
/// Connections of the streams: a burst of news must not starve requests.
const STREAM_CONNECTIONS: usize = 4;
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
    /// For live updates, with connections of their own.
    pub(crate) streams: Federation,
    /// For the workers, with connections of their own.
    pub(crate) background: Federation,
    /// What all processes count together, in Redis.
    pub(crate) counters: Option<Arc<Counters>>,
    /// The way to the mail server.
    pub(crate) mailer: worker::Mailer,
    /// What happens in the database.
    pub(crate) listener: Listener,
}

impl Parts {
    /// Connects nothing yet, except the listener.
    pub(crate) fn new(config: Config) -> Result<Self> {
        let address = address(&config)?;
        let jobs = &config.jobs;
        let workers = jobs.workers + jobs.inbox_workers + worker::PUSHES + worker::CARDS + SPARE_CONNECTIONS;
        let app = app(config.clone(), config.database.pool_size.try_into()?)?;
        let mailer = worker::Mailer::new(&config)?;
        let federation = Federation::new(app.clone(), client(&config)?);
        let inbox = with_pool(&federation, db::connect::pool(&address, INBOX_CONNECTIONS)?);
        let streams = with_pool(&federation, db::connect::pool(&address, STREAM_CONNECTIONS)?);
        let background = with_pool(&federation, db::connect::pool_for_jobs(&address, workers)?);
        let listener =
            Listener::new(address.config, address.tls, &[jobs::CHANNEL, DELIVERIES, streaming::CHANNEL]);
        let counters = counters(&config)?.map(Arc::new);
        tokio::spawn(hear(app.clone(), listener.subscribe()));
        Ok(Self { app, federation, inbox, streams, background, counters, mailer, listener })
    }

    /// The pools by name, for the metrics.
    pub(crate) fn pools(&self) -> [(&'static str, Pool); 4] {
        let pool = |federation: &Federation| federation.app.pool.clone();
        [
            ("requests", self.app.pool.clone()),
            ("inbox", pool(&self.inbox)),
            ("streams", pool(&self.streams)),
            ("jobs", pool(&self.background)),
        ]
    }
}

/// What use cases need, with that many connections.
pub(crate) fn app(config: Config, connections: usize) -> Result<App> {
    let pool = db::connect::pool(&address(&config)?, connections)?;
    let hub = Hub::new(Feeds::new(CACHED_FEEDS));
    let media = store(&config.storage);
    let urls = Arc::new(Urls::new(&config));
    let search = search(&config)?;
    let (numbers, keys) = (Numbers::default(), Keyring::default());
    let filters = services::filters::Cache::default();
    Ok(App { config: Arc::new(config), pool, urls, media, search, hub, numbers, keys, filters })
}

/// Where the database is.
pub(crate) fn address(config: &Config) -> Result<Address, config::Error> {
    let address = Address::parse(config.database_url()?.expose());
    address.map_err(|problem| config::Error::key("database.url", format!("{problem:#}")))
}

/// Meilisearch, if that is configured.
pub(crate) fn search(config: &Config) -> Result<Option<Arc<Meilisearch>>, config::Error> {
    let Some(url) = &config.search.meilisearch_url else { return Ok(None) };
    let key = config.search.meilisearch_key.as_ref().map(Secret::expose);
    let name: String =
        config.instance.domain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let engine = Meilisearch::new(url.as_str(), key, format!("stoa_{name}_"));
    let engine =
        engine.map_err(|_| config::Error::key("search.meilisearch_key", "cannot stand in a header"))?;
    Ok(Some(Arc::new(engine)))
}

/// The counters in Redis, if that is configured.
pub(crate) fn counters(config: &Config) -> Result<Option<Counters>, config::Error> {
    let Some(url) = &config.redis.url else { return Ok(None) };
    let prefix = format!("stoa:{}:", config.instance.domain);
    // What is wrong with the address is not repeated: it may hold a password.
    let counters = Counters::new(url.expose(), prefix);
    counters.map(Some).map_err(|_| config::Error::key("redis.url", "is no address of a Redis server"))
}

/// Where files are kept.
pub(crate) fn store(settings: &Storage) -> Arc<dyn media::Store> {
    let secret = |secret: &Option<Secret>| {
        secret.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default()
    };
    match settings.kind {
        StorageKind::Disk => Arc::new(media::Disk::new(&settings.path)),
        StorageKind::S3 => Arc::new(media::S3::new(media::S3Settings {
            endpoint: settings.s3_endpoint.as_ref().map(ToString::to_string),
            bucket: settings.s3_bucket.clone().unwrap_or_default(),
            region: settings.s3_region.clone(),
            access_key: secret(&settings.s3_access_key),
            secret_key: secret(&settings.s3_secret_key),
            path_style: settings.s3_path_style,
        })),
    }
}

/// The place where files are kept, in words, and the setting that names it.
pub(crate) fn place(settings: &Storage) -> (&'static str, String) {
    match settings.kind {
        StorageKind::Disk => ("storage.path", format!("below {}", settings.path.display())),
        StorageKind::S3 => (
            "storage.s3_bucket",
            format!("in the bucket {}", settings.s3_bucket.as_deref().unwrap_or_default()),
        ),
    }
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
        let (key, place) = place(&app.config.storage);
        let problem = format!("files cannot be kept {place}: {:#}", anyhow::Error::from(error));
        return Err(config::Error::key(key, problem).into());
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

/// Hands what is heard on the bus to the hub and to what is kept.
async fn hear(app: App, mut notices: Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::Notification { channel, payload }) if channel == streaming::CHANNEL => {
                if let Some(message) = app.hub.hear(&payload) {
                    app.filters.hear(&message);
                }
            }
            Ok(Notice::Notification { .. }) => {}
            Ok(Notice::Listening) | Err(RecvError::Lagged(_)) => {
                app.hub.missed();
                app.filters.hear(&streaming::Message::Missed);
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Brings the tables up to date.
pub(crate) async fn migrate(config: &Config) -> Result<Vec<String>> {
    db::migrations::run(&address(config)?)
        .await
        .context("the database could not be prepared (see database.url)")
}

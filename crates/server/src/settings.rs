//! Settings of each command: what the configuration says, and which database is meant.

use std::path::Path;

use anyhow::{Context, Result};
use cluster::Cluster;
use config::{Config, Error, Role, Secret, sources};

/// Where `stoa dev` keeps its PostgreSQL.
const CLUSTER: &str = "data/postgres";
/// The name of its database.
const DATABASE: &str = "stoa";
/// What `stoa dev` is called when nobody says otherwise.
const DOMAIN: &str = "localhost:3000";
const DOMAIN_VARIABLE: &str = "STOA_INSTANCE__DOMAIN";

/// Settings with a database, and the private PostgreSQL that it lies in, if it does; to be kept as long as
/// the database is used.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) cluster: Option<Cluster>,
}

impl Settings {
    /// Leaves the private PostgreSQL, if there is one.
    pub(crate) async fn close(self) -> Result<()> {
        match self.cluster {
            Some(cluster) => Ok(cluster.stop().await?),
            None => Ok(()),
        }
    }
}

/// For `serve`: the database must be configured.
pub(crate) fn for_server(path: Option<&Path>, role: Option<Role>) -> Result<Config, Error> {
    let mut config = Config::load(path)?;
    config.database_url()?;
    config.server.role = role.unwrap_or(config.server.role);
    Ok(config)
}

/// For commands beside a server: the configured database, or the one that `stoa dev` made here, which may be
/// running meanwhile.
pub(crate) async fn for_command(path: Option<&Path>) -> Result<Settings> {
    let made_by_dev = || ["data", "cluster"].iter().any(|name| Path::new(CLUSTER).join(name).exists());
    match Config::load(path) {
        // The rules of development are not for an instance with a database of its own.
        Ok(config) if config.database.url.is_some() || !made_by_dev() => {
            config.database_url()?;
            Ok(Settings { config, cluster: None })
        }
        Err(error) if !made_by_dev() => Err(error.into()),
        _ => for_dev(path).await,
    }
}

/// For `dev`: what is not configured gets a value that works on this machine alone.
pub(crate) async fn for_dev(path: Option<&Path>) -> Result<Settings> {
    let mut config = match Config::load(path) {
        Err(error) if error.key_name() == Some("instance.domain") && !is_set(DOMAIN_VARIABLE) => {
            let domain = (DOMAIN_VARIABLE.to_owned(), DOMAIN.to_owned());
            Config::from_sources(&text(path), variables().chain([domain])).map_err(|_| error)?
        }
        loaded => loaded?,
    };
    // The guard accepts it on loopback addresses only.
    config.federation.insecure_dev |= config.server.listen.ip().is_loopback();
    if config.database.url.is_some() {
        return Ok(Settings { config, cluster: None });
    }
    let cluster = Cluster::start(Path::new(CLUSTER), cluster::Options { durable: true }).await?;
    if !cluster.has_database(DATABASE).await? {
        cluster.create_database(DATABASE, None).await.context("the private PostgreSQL is not usable")?;
    }
    config.database.url = Some(Secret::new(cluster.url(DATABASE)));
    Ok(Settings { config, cluster: Some(cluster) })
}

/// The settings file again; that it can be read was seen before.
fn text(path: Option<&Path>) -> String {
    let named = path.map(Path::to_owned).or_else(|| std::env::var_os(sources::FILE_VARIABLE).map(Into::into));
    std::fs::read_to_string(named.unwrap_or_else(|| "config/stoa.toml".into())).unwrap_or_default()
}

fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

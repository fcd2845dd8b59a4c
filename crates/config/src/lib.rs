//! Typed settings, read and validated once.
//!
//! Sources, later ones winning: the defaults of the structs, `config/stoa.toml`, the environment
//! (`STOA_<SECTION>__<KEY>`, see [`sources`]). A wrong key or value is one sentence that names the key.
//! In the file and in the environment an empty string means "not set".

mod cache;
mod check;
mod cidr;
mod database;
mod error;
mod federation;
mod instance;
mod jobs;
mod limits;
mod log;
mod mail;
mod media;
mod metrics;
mod rate_limits;
mod redis;
mod search;
mod secret;
mod server;
mod sessions;
pub mod sources;
mod storage;
mod unset;

pub use crate::cache::Cache;
pub use crate::cidr::Cidr;
pub use crate::database::Database;
pub use crate::error::Error;
pub use crate::federation::Federation;
pub use crate::instance::{Instance, Registrations, ShownTo};
pub use crate::jobs::Jobs;
pub use crate::limits::Limits;
pub use crate::log::{Log, LogFormat};
pub use crate::mail::Mail;
pub use crate::media::Media;
pub use crate::metrics::Metrics;
pub use crate::rate_limits::RateLimits;
pub use crate::redis::Redis;
pub use crate::search::Search;
pub use crate::secret::Secret;
pub use crate::server::{Role, Server};
pub use crate::sessions::Sessions;
pub use crate::storage::{Storage, StorageKind};

use serde::{Deserialize, Serialize};
use std::path::Path;
use url::Url;

/// Every setting of a process. [`Default`] holds the documented defaults; it lacks `instance.domain` and
/// therefore does not pass validation on its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What this instance is called and who may join.
    pub instance: Instance,
    /// Where it listens and how it is reached.
    pub server: Server,
    /// PostgreSQL.
    pub database: Database,
    /// What is kept in memory.
    pub cache: Cache,
    /// Redis.
    pub redis: Redis,
    /// Meilisearch.
    pub search: Search,
    /// Where media files are kept.
    pub storage: Storage,
    /// What uploads may be.
    pub media: Media,
    /// What statuses and profiles may be.
    pub limits: Limits,
    /// Sign-ins of the web pages.
    pub sessions: Sessions,
    /// How the rest of the network is spoken to.
    pub federation: Federation,
    /// How letters leave.
    pub mail: Mail,
    /// How often one caller may ask.
    pub rate_limits: RateLimits,
    /// Background work.
    pub jobs: Jobs,
    /// What is logged and how.
    pub log: Log,
    /// Prometheus.
    pub metrics: Metrics,
}

impl Config {
    /// Reads and validates the settings of this process. The file is `path`, else the one named by
    /// `STOA_CONFIG`, else `./config/stoa.toml` if there is one. A file that was named must exist.
    pub fn load(path: Option<&Path>) -> Result<Self, Error> {
        let toml = sources::read_file(path)?;
        Self::from_sources(&toml, sources::environment())
    }

    /// Reads and validates the text of a settings file and environment variables, given as name and value.
    pub fn from_sources(toml: &str, env: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let config = sources::merge(toml, env)?;
        check::check(&config)?;
        Ok(config)
    }

    /// The address under which people and other instances reach this one: `server.public_url`, or else
    /// `https://<instance.domain>` (`http` with `federation.insecure_dev` and on loopback names).
    ///
    /// # Panics
    /// If the settings did not come from [`Config::load`] or [`Config::from_sources`].
    pub fn public_url(&self) -> Url {
        self.server.public_url.clone().unwrap_or_else(|| {
            let scheme = if self.federation.insecure_dev || check::is_loopback_name(self.instance.host()) {
                "http"
            } else {
                "https"
            };
            Url::parse(&format!("{scheme}://{}", self.instance.domain)).expect("the domain was validated")
        })
    }

    /// [`Config::public_url`] without its final slash, to put paths behind.
    pub fn origin(&self) -> String {
        self.public_url().as_str().trim_end_matches('/').to_owned()
    }

    /// Where PostgreSQL is; an error that names the key if it is not set (only `stoa dev` can do without).
    pub fn database_url(&self) -> Result<&Secret, Error> {
        self.database.url.as_ref().ok_or_else(|| {
            Error::key(
                "database.url",
                "is missing; set it to an address such as postgres://stoa@localhost/stoa",
            )
        })
    }
}

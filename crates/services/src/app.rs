//! What every use case has at hand.

use std::sync::Arc;

use config::Config;
use db::connect::Pooled;

use crate::{Result, Urls};

/// The server's parts; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Settings.
    pub config: Arc<Config>,
    /// Database connections of this door: requests, inbox and jobs each have their own pool.
    pub pool: db::Pool,
    /// Addresses of what lives here.
    pub urls: Arc<Urls>,
    /// Files.
    pub media: Arc<dyn media::Store>,
    /// Meilisearch, where there is one.
    pub search: Option<Arc<search::Meilisearch>>,
    /// Live updates, and the cache of home feeds.
    pub hub: streaming::Hub,
    /// Numbers that everybody may ask for.
    pub numbers: crate::numbers::Numbers,
    /// Keys that were used lately.
    pub keys: crate::keys::Keyring,
    /// What viewers who came lately do not want to read.
    pub filters: crate::filters::Cache,
}

impl App {
    /// A connection, or [`crate::Error::Busy`] when none is free for two seconds.
    pub async fn conn(&self) -> Result<Pooled> {
        Ok(self.pool.get().await?)
    }

    /// The same parts with connections of their own.
    #[must_use]
    pub fn with_pool(&self, pool: db::Pool) -> Self {
        Self { pool, ..self.clone() }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("urls", &self.urls).finish_non_exhaustive()
    }
}

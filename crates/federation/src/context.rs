//! What federation has at hand.

use std::sync::Arc;

use services::App;

/// The server's parts and the way out; cheap to clone.
#[derive(Clone, Debug)]
pub struct Federation {
    /// The server's parts.
    pub app: App,
    /// The only way out.
    pub client: fetch::Client,
    pub(crate) keys: crate::gate::KeyCache,
    pub(crate) allowance: crate::gate::Allowance,
    pub(crate) flights: Arc<crate::fetching::Flights>,
    pub(crate) library: Arc<crate::activities::Library>,
}

impl Federation {
    /// Over these parts.
    pub fn new(app: App, client: fetch::Client) -> Self {
        let allowance = crate::gate::Allowance::new(&app.config.rate_limits);
        Self {
            app,
            client,
            keys: crate::gate::KeyCache::new(),
            allowance,
            flights: Arc::default(),
            library: Arc::default(),
        }
    }
}

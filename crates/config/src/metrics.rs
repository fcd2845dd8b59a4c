//! `[metrics]`

use crate::{server, unset};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};

/// Prometheus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Where `/metrics` is served, apart from the public address; `None`: nowhere.
    #[serde(serialize_with = "unset::serialize", deserialize_with = "server::optional_socket_address")]
    pub listen: Option<SocketAddr>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9090))) }
    }
}

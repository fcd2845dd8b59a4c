//! `[federation]`

use crate::unset;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How the rest of the network is spoken to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Federation {
    /// For development only: allows http, explicit ports, IP-literal hosts and private addresses, and takes
    /// `*.localhost` for 127.0.0.1. Accepted only while `server.listen` is a loopback address.
    pub insecure_dev: bool,
    /// A file of PEM certificates trusted besides the public authorities, for private networks and tests.
    #[serde(with = "unset")]
    pub extra_ca_file: Option<PathBuf>,
}

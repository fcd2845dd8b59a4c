//! `[database]`

use crate::{Secret, unset};
use serde::{Deserialize, Serialize};

/// PostgreSQL, the only truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host/name`, or `postgres://user@/name?host=/socket/folder`. `stoa dev`
    /// makes a private cluster of its own when there is none; everything else needs it.
    #[serde(with = "unset")]
    pub url: Option<Secret>,
    /// Connections kept for requests; 1 to 1,000.
    pub pool_size: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, pool_size: 10 }
    }
}

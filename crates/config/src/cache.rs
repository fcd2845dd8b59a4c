//! `[cache]`

use serde::{Deserialize, Serialize};

/// What a process keeps in memory to answer faster. Nothing in it is ever out of date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// For statuses and accounts as they are sent, in megabytes; 0 to 4096. One status takes about 2 kB.
    pub entities_mb: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self { entities_mb: 16 }
    }
}

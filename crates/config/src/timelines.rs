//! `[timelines]`

use serde::{Deserialize, Serialize};

/// Feeds and their fan-out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timelines {
    /// Newest statuses kept for each feed; older ones are looked up.
    pub feed_length: usize,
    /// Local followers from which on a status is put into the feeds of active followers only.
    pub fan_out_active_from: u64,
    /// Local followers from which on an author's statuses are merged in when a feed is read.
    pub merge_on_read_from: u64,
}

impl Default for Timelines {
    fn default() -> Self {
        Self { feed_length: 800, fan_out_active_from: 10_000, merge_on_read_from: 100_000 }
    }
}

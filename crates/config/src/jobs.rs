//! `[jobs]`

use serde::{Deserialize, Serialize};

/// Background work of this process; each kind has its own width, so that a flood of one does not starve
/// another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Jobs at once: events, fan-out, notifications, schedules.
    pub workers: usize,
    /// Activities from other instances at once.
    pub inbox_workers: usize,
    /// Remote hosts delivered to at once; one delivery at a time goes to each.
    pub delivery_hosts: usize,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { workers: 4, inbox_workers: 4, delivery_hosts: 64 }
    }
}

//! Computing what trends.

use std::time::Duration;

use anyhow::Result;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::Parts;

/// One calculation; a later one replaces what it found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Trends {}

impl Job for Trends {
    const KIND: &'static str = "trends";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 90;
    const MAX_ATTEMPTS: i32 = 2;
    const TIMEOUT: Duration = Duration::from_mins(2);

    fn dedup_key(&self) -> Option<String> {
        Some("trends".to_owned())
    }
}

/// Computes.
pub(crate) async fn run(parts: Parts, _: Trends) -> Result<()> {
    Ok(services::trends::refresh(&parts.app).await?)
}

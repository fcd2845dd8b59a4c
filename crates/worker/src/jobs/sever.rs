//! Ending what an account has with a host that it hid.

use std::time::Duration;

use anyhow::Result;
use db::{AccountId, relationships};
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::Parts;

/// So many accounts are looked for at once; each is a transaction of its own.
const BATCH: i64 = 100;

/// The follows both ways. What ended stays ended, so that it goes on where it was when it is interrupted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sever {
    pub(crate) account: AccountId,
    pub(crate) domain: String,
}

impl Job for Sever {
    const KIND: &'static str = "sever";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 10;
    const TIMEOUT: Duration = Duration::from_mins(10);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("sever:{}:{}", self.account, self.domain))
    }
}

/// Ends everything, one batch after another, unless the host is shown again meanwhile.
pub(crate) async fn run(parts: Parts, job: Sever) -> Result<()> {
    loop {
        let tied = {
            let mut conn = parts.app.conn().await?;
            relationships::tied_to_host(&mut conn, job.account, &job.domain, BATCH).await?
        };
        if tied.is_empty() {
            return Ok(());
        }
        for other in tied {
            if !services::mutes::sever(&parts.app, job.account, &job.domain, other).await? {
                return Ok(());
            }
        }
    }
}

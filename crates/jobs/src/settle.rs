//! Writing down what became of jobs.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Error;
use crate::execute::{Outcome, Verdict};
use crate::leases::Leases;

/// How often, and a second apart, an outcome that cannot be written is tried. What is lost then runs again.
const INSISTENCE: u32 = 600;
/// The same once the process is about to end.
const HASTE: u32 = 5;

/// Writes down what became of these jobs: one statement for all that are done, one for each failure. While the
/// database is away it waits; less patiently when `ending`.
pub(crate) async fn settle(leases: &Leases, batch: &[Outcome], ending: &CancellationToken) {
    let (mut ids, mut attempts, mut released) = (Vec::new(), Vec::new(), Vec::new());
    for Outcome { id, attempt, verdict } in batch {
        match verdict {
            Verdict::Done => {
                ids.push(*id);
                attempts.push(*attempt);
            }
            Verdict::Release => released.push(*id),
            Verdict::Retry { error, pause, dedup_key } => {
                insist(ending, || leases.retry(*id, *attempt, error, *pause, dedup_key.clone())).await;
            }
            Verdict::Bury { error } => insist(ending, || leases.bury(*id, *attempt, error)).await,
        }
    }
    if !ids.is_empty() {
        insist(ending, || leases.finish(&ids, &attempts)).await;
    }
    if !released.is_empty() {
        insist(ending, || leases.release(&released)).await;
    }
}

/// Repeats until it works or no longer matters.
async fn insist<F>(ending: &CancellationToken, write: impl Fn() -> F)
where
    F: Future<Output = Result<usize, Error>>,
{
    let (mut tries, mut hasty) = (0, 0);
    while tries < INSISTENCE && hasty < HASTE {
        match write().await {
            Ok(_) => return,
            Err(error) => warn!("Writing down the outcome of jobs failed, trying again: {error}"),
        }
        tries += 1;
        hasty += u32::from(ending.is_cancelled());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

//! Collects what lanes report and writes it in as few statements as the flow allows: whatever came in while
//! the last statement ran goes into the next one, so that nothing waits and a crash costs only what is in
//! flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use db::deliveries::{Free, Rest};
use tokio::sync::{Notify, mpsc};
use tracing::error;

use super::ledger::Ledger;

/// What a lane reports, in order.
#[derive(Debug)]
pub(super) enum Report {
    /// A delivery is done with: it arrived, or never will.
    Done(i64),
    /// The lane is through with what was loaded; `full` when there was more than that, `heard` the number of
    /// notices before it was claimed.
    Through { lane: Free, full: bool, heard: u64 },
    /// The lane failed and rests.
    Failed(Rest),
}

/// Most reports of one statement.
const MOST: usize = 1_000;
const PAUSE: Duration = Duration::from_secs(1);

/// Writes reports until all senders are gone; `freed` hears of lanes given back that may have more work:
/// `heard` counts the notices of new deliveries.
pub(super) async fn settle(
    mut reports: mpsc::Receiver<Report>,
    ledger: Arc<Ledger>,
    heard: Arc<AtomicU64>,
    freed: Arc<Notify>,
) {
    let mut batch = Vec::new();
    while reports.recv_many(&mut batch, MOST).await > 0 {
        let (mut done, mut free, mut rests) = (Vec::new(), Vec::new(), Vec::new());
        let (mut any_full, mut oldest) = (false, u64::MAX);
        for report in batch.drain(..) {
            match report {
                Report::Done(id) => done.push(id),
                Report::Through { lane, full, heard } => {
                    free.push(lane);
                    any_full |= full;
                    oldest = oldest.min(heard);
                }
                Report::Failed(rest) => rests.push(rest),
            }
        }
        // Deliveries that were made are removed before their lanes are free for others.
        while let Err(cause) = ledger.settle(&done, &free).await {
            error!(
                error = format!("{cause:#}"),
                "Could not note what was delivered, trying again: {cause:#}"
            );
            tokio::time::sleep(PAUSE).await;
        }
        while !rests.is_empty() {
            match ledger.rest(&rests).await {
                Ok(()) => rests.clear(),
                Err(cause) => {
                    error!(error = format!("{cause:#}"), "Could not let hosts rest, trying again: {cause:#}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        // Whoever heard of a new delivery while its lane was held found nothing to claim.
        if any_full || heard.load(Ordering::Relaxed) > oldest {
            freed.notify_one();
        }
    }
}

//! What happens by the clock.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Parts;
use crate::jobs::sweep::Sweep;
use crate::jobs::trends::Trends;

/// How often things are cleared away.
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// How often it is computed what trends.
const TRENDS_EVERY: Duration = Duration::from_mins(5);

/// Enqueues what is due until told to stop. Several processes may do so: a job that waits already is not
/// added again.
pub(crate) async fn run(parts: Parts, shutdown: CancellationToken) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    let mut trends = tokio::time::interval(TRENDS_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = sweep.tick() => {
                if let Err(error) = enqueue(&parts, &Sweep {}).await {
                    tracing::warn!(%error, "The sweep could not be enqueued");
                }
            }
            _ = trends.tick() => {
                if let Err(error) = enqueue(&parts, &Trends {}).await {
                    tracing::warn!(%error, "The calculation of trends could not be enqueued");
                }
            }
        }
    }
}

async fn enqueue<J: jobs::Job>(parts: &Parts, job: &J) -> anyhow::Result<()> {
    let mut conn = parts.app.conn().await?;
    jobs::enqueue(&mut conn, job).await?;
    Ok(())
}

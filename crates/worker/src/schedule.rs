//! What happens by the clock.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Parts;
use crate::jobs::sweep::Sweep;

/// How often things are cleared away.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Enqueues what is due until told to stop. Several processes may do so: a job that waits already is not
/// added again.
pub(crate) async fn run(parts: Parts, shutdown: CancellationToken) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = sweep.tick() => {
                if let Err(error) = enqueue_sweep(&parts).await {
                    tracing::warn!(%error, "The sweep could not be enqueued");
                }
            }
        }
    }
}

async fn enqueue_sweep(parts: &Parts) -> anyhow::Result<()> {
    let mut conn = parts.app.conn().await?;
    jobs::enqueue(&mut conn, &Sweep {}).await?;
    Ok(())
}

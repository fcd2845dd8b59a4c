//! Moving what waited in a notification request.

use services::notifications::SettleRequest;

use crate::Parts;

/// Shows what was accepted, or removes what was dismissed.
pub(crate) async fn run(parts: Parts, job: SettleRequest) -> anyhow::Result<()> {
    Ok(job.carry_out(&parts.app).await?)
}
